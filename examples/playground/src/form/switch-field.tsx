import { useId, type ReactElement } from 'react'
import { Switch } from 'react-aria-components'
import { fieldHint, fieldLabel, type FieldProps } from './field-props.ts'
import { Hint } from './hint.tsx'

/** On or off. */
export default function SwitchField({
  name,
  field,
  value,
  onChange,
  problems,
  path,
}: FieldProps): ReactElement {
  const id = useId()
  return (
    <div className="field">
      <Switch
        className="switch"
        name={path}
        isSelected={value === true}
        onChange={onChange}
        aria-describedby={id}
      >
        <span className="field-label">{fieldLabel(name, field)}</span>
        <span className="switch-track" aria-hidden="true" />
      </Switch>
      <Hint id={id} text={fieldHint(name, field)} />
      <p className="problem">{problems[path]}</p>
    </div>
  )
}
