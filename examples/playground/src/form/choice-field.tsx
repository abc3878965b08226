import type { ReactElement } from 'react'
import { FieldError, Label, Radio, RadioGroup } from 'react-aria-components'
import { Shape } from '../frame/shape.tsx'
import type { Option } from './control.ts'
import { fieldHint, fieldLabel, type FieldProps } from './field-props.ts'
import { Hint } from './hint.tsx'
import { Picker } from './picker.tsx'

interface ChoiceFieldProps extends FieldProps {
  readonly options: readonly Option[]
  readonly look: 'frames' | 'row' | 'list'
}

/** The key of the option that leaves the field out. */
const UNSET = 'unset'

/** One of several values. Few options are all visible. Many open as a list with a search. */
export function ChoiceField(props: ChoiceFieldProps): ReactElement {
  const { name, field, value, onChange, problems, path, options, look } = props
  const canBeUnset = !field.required && field.schema.default === undefined
  const index = options.findIndex((option) => option.value === value)
  const unset = canBeUnset ? UNSET : ''
  const choices = options.map(({ label, ratio }, key) => ({ id: String(key), label, ratio }))
  const all = canBeUnset ? [{ id: UNSET, label: 'Not set', ratio: undefined }, ...choices] : choices
  const common = { label: fieldLabel(name, field), chosen: index < 0 ? unset : String(index) }
  const choose = (key: string): void => onChange(options[Number(key)]?.value)
  const hint = fieldHint(name, field)
  if (look === 'list') {
    return (
      <Picker
        {...common}
        text={options[index]?.label ?? 'Not set'}
        onChoose={choose}
        sections={[{ options: all }]}
        hint={hint}
        problem={problems[path]}
      />
    )
  }
  return (
    <RadioGroup
      className="field"
      name={path}
      value={common.chosen}
      onChange={choose}
      isInvalid={path in problems}
      validationBehavior="aria"
      orientation="horizontal"
    >
      <Label className="field-label">{common.label}</Label>
      <div className={look === 'frames' ? 'frames' : 'segments'}>
        {all.map(({ id, label, ratio }) => (
          <Radio key={id} value={id} className={look === 'frames' ? 'frame-option' : 'segment'}>
            {look === 'frames' && id !== UNSET && <Shape ratio={ratio} />}
            <span>{label}</span>
          </Radio>
        ))}
      </div>
      <Hint isDescription text={hint} />
      <FieldError className="problem">{problems[path]}</FieldError>
    </RadioGroup>
  )
}
