import type { Field } from '@apikley/types'
import { labelOf } from './label.ts'

/** What every control of a field is given. */
export interface FieldProps<Value = unknown> {
  readonly name: string
  readonly field: Field
  readonly value: Value
  readonly onChange: (value: Value) => void
  /** What is wrong with the value. */
  readonly problem: string | undefined
}

/** The name of a field as the form shows it, and what to know about it. */
export function wordsOf(
  name: string,
  { required, schema }: Field,
): { readonly label: string; readonly hint: string | undefined } {
  const optional = !required && schema.default === undefined
  return {
    label: optional ? `${labelOf(name)} (optional)` : labelOf(name),
    hint: hintOf(schema.description),
  }
}

/** The first sentence; the documents have words that were never filled in, which say nothing. */
function hintOf(description: string | undefined): string | undefined {
  const text = description?.split(/\n|(?<=\.)\s/)[0]?.trim()
  return text && text.toLowerCase() !== 'select description' ? text : undefined
}
