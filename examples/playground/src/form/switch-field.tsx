import type { ReactElement } from 'react'
import { Switch } from 'react-aria-components'
import { wordsOf, type FieldProps } from './field-props.ts'

/** On or off. */
export function SwitchField({ name, field, value, onChange, problem }: FieldProps): ReactElement {
  const { label, hint } = wordsOf(name, field)
  return (
    <div className="field">
      <Switch className="switch" name={name} isSelected={value === true} onChange={onChange}>
        <span className="field-label">{label.replace(' (optional)', '')}</span>
        <span className="switch-track" aria-hidden="true" />
      </Switch>
      {hint && <p className="hint">{hint}</p>}
      {problem && <p className="problem">{problem}</p>}
    </div>
  )
}
