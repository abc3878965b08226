import { ChevronDown } from 'lucide-react'
import type { ReactElement } from 'react'
import {
  Button,
  FieldError,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Text,
} from 'react-aria-components'
import type { Option } from './control.ts'
import { wordsOf, type FieldProps } from './field-props.ts'

interface SelectFieldProps extends FieldProps {
  readonly options: readonly Option[]
}

/** A choice among many, in a list that opens and is searched by typing. */
export function SelectField({
  name,
  field,
  value,
  onChange,
  problem,
  options,
}: SelectFieldProps): ReactElement {
  const { label, hint } = wordsOf(name, field)
  const index = options.findIndex((option) => option.value === value)
  const canBeUnset = !field.required && field.schema.default === undefined
  return (
    <Select
      className="field"
      name={name}
      placeholder="Not set"
      value={index < 0 ? null : String(index)}
      onChange={(key) => onChange(options[Number(key)]?.value)}
      isInvalid={problem !== undefined}
      validationBehavior="aria"
    >
      <Label className="field-label">{label}</Label>
      <Button className="select-button">
        <SelectValue />
        <ChevronDown size={16} aria-hidden="true" />
      </Button>
      {hint && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="problem">{problem}</FieldError>
      <Popover className="popover">
        <ListBox className="list-box">
          {canBeUnset && (
            <ListBoxItem id="unset" className="list-item">
              Not set
            </ListBoxItem>
          )}
          {options.map((option, index) => (
            <ListBoxItem
              key={option.label}
              id={String(index)}
              textValue={option.label}
              className="list-item"
            >
              {option.label}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  )
}
