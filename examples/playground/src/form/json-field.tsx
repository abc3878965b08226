import { useState, type ReactElement } from 'react'
import { FieldError, Label, TextArea, TextField } from 'react-aria-components'
import { fieldHint, fieldLabel, type FieldProps } from './field-props.ts'
import { Hint } from './hint.tsx'

/** A value without a control of its own, as JSON. */
export default function JsonField({
  name,
  field,
  value,
  onChange,
  problems,
  path,
}: FieldProps): ReactElement {
  const [text, setText] = useState(() =>
    value === undefined ? '' : JSON.stringify(value, undefined, 2),
  )
  const [syntaxProblem, setSyntaxProblem] = useState<string>()
  const change = (typed: string): void => {
    setText(typed)
    try {
      onChange(typed.trim() === '' ? undefined : JSON.parse(typed))
      setSyntaxProblem(undefined)
    } catch {
      setSyntaxProblem('This is not valid JSON.')
    }
  }
  const problem = syntaxProblem ?? problems[path]
  return (
    <TextField
      className="field"
      name={path}
      value={text}
      onChange={change}
      isInvalid={problem !== undefined}
      validationBehavior="aria"
    >
      <Label className="field-label">{fieldLabel(name, field)}</Label>
      <TextArea className="input code-input" rows={5} spellCheck="false" />
      <Hint isDescription text={`${fieldHint(name, field)} As JSON.`} />
      <FieldError className="problem">{problem}</FieldError>
    </TextField>
  )
}
