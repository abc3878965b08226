import { Minus, Plus } from 'lucide-react'
import type { ReactElement } from 'react'
import {
  Button,
  FieldError,
  Group,
  Input,
  Label,
  NumberField as AriaNumberField,
} from 'react-aria-components'
import type { Control } from './control.ts'
import { fieldHint, fieldLabel, type FieldProps } from './field-props.ts'
import { Hint } from './hint.tsx'

interface NumberFieldProps extends FieldProps {
  readonly control: Extract<Control, { kind: 'number' }>
}

/** A number, with buttons for one step up or down. */
export default function NumberField({
  name,
  field,
  value,
  onChange,
  problems,
  path,
  control: { min, max, step },
}: NumberFieldProps): ReactElement {
  return (
    <AriaNumberField
      className="field"
      name={path}
      value={typeof value === 'number' ? value : Number.NaN}
      onChange={(number) => onChange(Number.isNaN(number) ? undefined : number)}
      {...(min === undefined ? {} : { minValue: min })}
      {...(max === undefined ? {} : { maxValue: max })}
      {...(step > 0 ? { step } : {})}
      formatOptions={{ useGrouping: false, maximumFractionDigits: 6 }}
      isInvalid={path in problems}
      validationBehavior="aria"
    >
      <Label className="field-label">{fieldLabel(name, field)}</Label>
      <Group className="number-input">
        <Input className="input" placeholder={field.required ? '' : 'Not set'} />
        <Button slot="decrement" className="icon-button">
          <Minus size={16} aria-hidden="true" />
        </Button>
        <Button slot="increment" className="icon-button">
          <Plus size={16} aria-hidden="true" />
        </Button>
      </Group>
      <Hint isDescription text={fieldHint(name, field)} />
      <FieldError className="problem">{problems[path]}</FieldError>
    </AriaNumberField>
  )
}
