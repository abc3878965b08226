import type { Field, FieldSchema, Fields } from '@apikley/types'
import { labelOf, optionLabel } from './label.ts'

/** The values of a form by field name. A file is a File or a URL. An empty field is undefined. */
export type Values = Readonly<Record<string, unknown>>

export function presetsOf(fields: Fields): Values {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, presetOf(field)]))
}

/** The value of an untouched field. */
export function presetOf({ schema, required }: Field): unknown {
  if (schema.default !== undefined) {
    return schema.default
  }
  // A switch that is off shows a value, so the form sends that value.
  return required && schema.type === 'boolean' ? false : undefined
}

/** Whether a value differs from the preset of its field. */
export function isChanged(field: Field, value: unknown): boolean {
  const preset = presetOf(field)
  return !(isEmpty(value) && isEmpty(preset)) && !isSame(value, preset)
}

/** The input of a task: the required fields, and the fields that differ from their defaults. */
export function inputOf(fields: Fields, values: Values): Record<string, unknown> {
  const filled = Object.entries(fields).filter(([name, { required, schema }]) => {
    const value = values[name]
    return !isEmpty(value) && (required || !isSame(value, schema.default))
  })
  return Object.fromEntries(filled.map(([name, { schema }]) => [name, trim(schema, values[name])]))
}

/** Without the empty entries of a list and the empty members of its rows. */
function trim(schema: FieldSchema, value: unknown): unknown {
  if (!Array.isArray(value)) {
    return value
  }
  const properties = schema.items?.properties
  return value
    .filter((item) => !isEmpty(item))
    .map((item) => (properties && isObject(item) ? filledMembers(item) : item))
}

function filledMembers(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => !isEmpty(value)))
}

function isSame(value: unknown, other: unknown): boolean {
  // JSON has no files.
  const hasFile = [value].flat().some((item) => item instanceof Blob)
  return !hasFile && JSON.stringify(value) === JSON.stringify(other)
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.every(isEmpty))
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The length of a text in a summary, in characters. */
const MAX_SUMMARY_LENGTH = 60

/** A short form of an input: `Portrait 16:9 · Turbo`. */
export function summaryOf(fields: Fields, input: Values): string {
  const parts = Object.entries(input).flatMap(([name, value]) => {
    const field = fields[name]
    if (!field || field.media) {
      return []
    }
    if (typeof value === 'boolean') {
      return value ? [labelOf(name)] : []
    }
    if (typeof value === 'number' || (typeof value === 'string' && field.schema.enum)) {
      const label = optionLabel(value)
      return [/^[\d.]+$/.test(label) ? `${labelOf(name)}: ${label}` : label]
    }
    if (typeof value !== 'string') {
      return []
    }
    return [value.length > MAX_SUMMARY_LENGTH ? `${value.slice(0, MAX_SUMMARY_LENGTH)}…` : value]
  })
  return parts.join(' · ')
}
