import { useState, type ReactElement } from 'react'
import {
  FieldError,
  Input,
  Label,
  Text,
  TextArea,
  TextField as AriaTextField,
} from 'react-aria-components'
import { wordsOf, type FieldProps } from './field-props.ts'

interface TextFieldProps extends FieldProps {
  readonly long: boolean
  /** In characters. */
  readonly most: number | undefined
}

/** Words: one line, or room for a prompt. */
export function TextField({
  name,
  field,
  value,
  onChange,
  problem,
  long,
  most,
}: TextFieldProps): ReactElement {
  const { label, hint } = wordsOf(name, field)
  const text = typeof value === 'string' ? value : ''
  return (
    <AriaTextField
      className="field"
      name={name}
      value={text}
      onChange={onChange}
      isInvalid={problem !== undefined}
      validationBehavior="aria"
      {...(most === undefined ? {} : { maxLength: most })}
    >
      <Label className="field-label">{label}</Label>
      {long ? <TextArea className="input" rows={4} /> : <Input className="input" />}
      <Text slot="description" className="hint">
        {[hint, long && most !== undefined ? `${text.length} of ${most} characters` : undefined]
          .filter(Boolean)
          .join(' · ')}
      </Text>
      <FieldError className="problem">{problem}</FieldError>
    </AriaTextField>
  )
}

/** What has no control of its own, written as JSON. */
export function JsonField({ name, field, value, onChange, problem }: FieldProps): ReactElement {
  const { label, hint } = wordsOf(name, field)
  const [text, setText] = useState(() =>
    value === undefined ? '' : JSON.stringify(value, undefined, 2),
  )
  const [wrong, setWrong] = useState<string>()
  const change = (typed: string): void => {
    setText(typed)
    try {
      onChange(typed.trim() === '' ? undefined : JSON.parse(typed))
      setWrong(undefined)
    } catch {
      setWrong('This is not JSON yet.')
    }
  }
  const told = wrong ?? problem
  return (
    <AriaTextField
      className="field"
      name={name}
      value={text}
      onChange={change}
      isInvalid={told !== undefined}
      validationBehavior="aria"
    >
      <Label className="field-label">{label}</Label>
      <TextArea className="input code-input" rows={5} spellCheck="false" />
      <Text slot="description" className="hint">
        {[hint, 'JSON'].filter(Boolean).join(' · ')}
      </Text>
      <FieldError className="problem">{told}</FieldError>
    </AriaTextField>
  )
}
