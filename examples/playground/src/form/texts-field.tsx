import { Plus, X } from 'lucide-react'
import { useId, useRef, type ReactElement } from 'react'
import { Button, Group, Input, TextField } from 'react-aria-components'
import { fieldHint, fieldLabel, type FieldProps } from './field-props.ts'
import { Hint } from './hint.tsx'
import { labelOf } from './label.ts'

interface TextsFieldProps extends FieldProps {
  /** The largest number of texts. */
  readonly max: number
}

/** A list of short texts. */
export default function TextsField({
  name,
  field,
  value,
  onChange,
  problems,
  path,
  max,
}: TextsFieldProps): ReactElement {
  const id = useId()
  const add = useRef<HTMLButtonElement>(null)
  const label = labelOf(name)
  const entries = Array.isArray(value) ? value.map(String) : []
  const texts = entries.length === 0 ? [''] : entries
  return (
    <Group className="field" aria-label={label} aria-describedby={id}>
      <span className="field-label" aria-hidden="true">
        {fieldLabel(name, field)}
      </span>
      {texts.map((text, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- a text has no other key than its place
        <div className="number-input" key={index}>
          <TextField
            className="grow"
            aria-label={`${label} ${index + 1}`}
            value={text}
            onChange={(typed) => onChange(texts.with(index, typed))}
          >
            <Input className="input" />
          </TextField>
          {texts.length > 1 && (
            <Button
              className="icon-button"
              aria-label={`Remove ${label} ${index + 1}`}
              onPress={() => {
                onChange(texts.toSpliced(index, 1))
                add.current?.focus()
              }}
            >
              <X size={16} aria-hidden="true" />
            </Button>
          )}
        </div>
      ))}
      <Button
        className="button quiet"
        ref={add}
        isDisabled={texts.length >= max}
        onPress={() => onChange([...texts, ''])}
      >
        <Plus size={16} aria-hidden="true" /> Add another
      </Button>
      <Hint id={id} text={fieldHint(name, field)} />
      <p className="problem">{problems[path]}</p>
    </Group>
  )
}
