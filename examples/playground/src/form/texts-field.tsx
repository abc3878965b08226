import { Plus, X } from 'lucide-react'
import type { ReactElement } from 'react'
import { Button, Group, Input, TextField } from 'react-aria-components'
import { wordsOf, type FieldProps } from './field-props.ts'

interface TextsFieldProps extends FieldProps {
  /** How many. */
  readonly most: number | undefined
}

/** A list of short texts, which grows and shrinks. */
export function TextsField({
  name,
  field,
  value,
  onChange,
  problem,
  most,
}: TextsFieldProps): ReactElement {
  const { label, hint } = wordsOf(name, field)
  const given = Array.isArray(value) ? value.map(String) : []
  const texts = given.length === 0 ? [''] : given
  const change = (index: number, text: string): void => onChange(texts.with(index, text))
  return (
    <Group className="field" aria-label={label}>
      <span className="field-label" aria-hidden="true">
        {label}
      </span>
      {texts.map((text, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- nothing tells two texts apart but their place
        <div className="number-input" key={index}>
          <TextField
            className="grow"
            aria-label={`${label} ${index + 1}`}
            value={text}
            onChange={(typed) => change(index, typed)}
          >
            <Input className="input" />
          </TextField>
          {texts.length > 1 && (
            <Button
              className="stepper"
              aria-label={`Remove ${label} ${index + 1}`}
              onPress={() => onChange(texts.toSpliced(index, 1))}
            >
              <X size={16} aria-hidden="true" />
            </Button>
          )}
        </div>
      ))}
      {texts.length < (most ?? Number.POSITIVE_INFINITY) && (
        <Button className="button quiet" onPress={() => onChange([...texts, ''])}>
          <Plus size={16} aria-hidden="true" /> Add another
        </Button>
      )}
      {hint && <p className="hint">{hint}</p>}
      {problem && <p className="problem">{problem}</p>}
    </Group>
  )
}
