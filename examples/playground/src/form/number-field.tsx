import { Minus, Plus } from 'lucide-react'
import type { ReactElement } from 'react'
import {
  Button,
  FieldError,
  Group,
  Input,
  Label,
  NumberField as AriaNumberField,
  Slider,
  SliderOutput,
  SliderThumb,
  SliderTrack,
  Text,
} from 'react-aria-components'
import type { Control } from './control.ts'
import { wordsOf, type FieldProps } from './field-props.ts'

interface NumberFieldProps extends FieldProps {
  readonly control: Extract<Control, { kind: 'number' }>
}

/**
 * A number, by a handle where both of its bounds are known and it always has a value, and else
 * typed in.
 */
export function NumberField(props: NumberFieldProps): ReactElement {
  return props.control.slider ? <NumberSlider {...props} /> : <NumberInput {...props} />
}

function NumberSlider({
  name,
  field,
  value,
  onChange,
  problem,
  control,
}: NumberFieldProps): ReactElement {
  const { label, hint } = wordsOf(name, field)
  const { least = 0, most = 100, step } = control
  return (
    <div className="field">
      <Slider
        minValue={least}
        maxValue={most}
        step={step}
        value={typeof value === 'number' ? value : least}
        onChange={onChange}
        className="slider"
      >
        <Label className="field-label">{label}</Label>
        <SliderOutput className="slider-output" />
        <SliderTrack className="slider-track">
          <SliderThumb className="slider-thumb" />
        </SliderTrack>
      </Slider>
      {hint && <p className="hint">{hint}</p>}
      {problem && <p className="problem">{problem}</p>}
    </div>
  )
}

function NumberInput({
  name,
  field,
  value,
  onChange,
  problem,
  control,
}: NumberFieldProps): ReactElement {
  const { label, hint } = wordsOf(name, field)
  const { least, most, step } = control
  return (
    <AriaNumberField
      className="field"
      name={name}
      value={typeof value === 'number' ? value : Number.NaN}
      onChange={(number) => onChange(Number.isNaN(number) ? undefined : number)}
      {...(least === undefined ? {} : { minValue: least })}
      {...(most === undefined ? {} : { maxValue: most })}
      {...(step > 0 ? { step } : {})}
      formatOptions={{ useGrouping: false, maximumFractionDigits: 6 }}
      isInvalid={problem !== undefined}
      validationBehavior="aria"
    >
      <Label className="field-label">{label}</Label>
      <Group className="number-input">
        <Input className="input" placeholder={field.required ? '' : 'Not set'} />
        <Button slot="decrement" className="stepper">
          <Minus size={16} aria-hidden="true" />
        </Button>
        <Button slot="increment" className="stepper">
          <Plus size={16} aria-hidden="true" />
        </Button>
      </Group>
      {hint && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="problem">{problem}</FieldError>
    </AriaNumberField>
  )
}
