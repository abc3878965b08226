import type { ReactElement } from 'react'
import { FieldError, Label, Radio, RadioGroup } from 'react-aria-components'
import type { Option } from './control.ts'
import { wordsOf, type FieldProps } from './field-props.ts'
import { Shape } from '../frame/shape.tsx'

interface ChoiceFieldProps extends FieldProps {
  readonly options: readonly Option[]
  readonly look: 'frames' | 'row'
}

/** The key of an option that leaves the field out. */
const unset = 'unset'

/** A choice among few, all of which are seen: they say more than a description of them. */
export function ChoiceField({
  name,
  field,
  value,
  onChange,
  problem,
  options,
  look,
}: ChoiceFieldProps): ReactElement {
  const { label } = wordsOf(name, field)
  const canBeUnset = !field.required && field.schema.default === undefined
  const change = (key: string): void => onChange(options[Number(key)]?.value)
  return (
    <RadioGroup
      className="field"
      name={name}
      value={keyOf(options, value, canBeUnset)}
      onChange={change}
      isInvalid={problem !== undefined}
      validationBehavior="aria"
      orientation="horizontal"
    >
      <Label className="field-label">{label}</Label>
      <div className={look === 'frames' ? 'frames' : 'segments'}>
        {canBeUnset && (
          <Radio value={unset} className={look === 'frames' ? 'frame-option' : 'segment'}>
            Not set
          </Radio>
        )}
        {options.map(({ label, ratio }, index) => (
          <Radio
            key={label}
            value={String(index)}
            className={look === 'frames' ? 'frame-option' : 'segment'}
          >
            {look === 'frames' && <Shape ratio={ratio} />}
            <span>{label}</span>
          </Radio>
        ))}
      </div>
      <FieldError className="problem">{problem}</FieldError>
    </RadioGroup>
  )
}

function keyOf(options: readonly Option[], value: unknown, canBeUnset: boolean): string | null {
  const index = options.findIndex((option) => option.value === value)
  if (index >= 0) {
    return String(index)
  }
  return canBeUnset ? unset : null
}
