import type { ReactElement } from 'react'
import {
  FieldError,
  Input,
  Label,
  TextArea,
  TextField as AriaTextField,
} from 'react-aria-components'
import { fieldHint, fieldLabel, type FieldProps } from './field-props.ts'
import { Hint } from './hint.tsx'

interface TextFieldProps extends FieldProps {
  readonly isLong: boolean
  /** In characters. */
  readonly max: number | undefined
}

/** A text: one line, or an area for a prompt. */
export default function TextField({
  name,
  field,
  value,
  onChange,
  problems,
  path,
  isLong,
  max,
}: TextFieldProps): ReactElement {
  const text = typeof value === 'string' ? value : ''
  const limit = max === undefined ? '' : ` of ${max.toLocaleString('en-US')}`
  const count = isLong && limit ? `${text.length.toLocaleString('en-US')}${limit} characters.` : ''
  return (
    <AriaTextField
      className="field"
      name={path}
      value={text}
      onChange={onChange}
      isInvalid={path in problems}
      validationBehavior="aria"
      {...(max === undefined ? {} : { maxLength: max })}
    >
      <Label className="field-label">{fieldLabel(name, field)}</Label>
      {isLong ? <TextArea className="input" rows={3} /> : <Input className="input" />}
      <Hint isDescription text={[fieldHint(name, field), count].filter(Boolean).join(' ')} />
      <FieldError className="problem">{problems[path]}</FieldError>
    </AriaTextField>
  )
}
