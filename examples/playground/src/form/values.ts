import type { Field, Fields } from '@apikley/types'
import { controlOf } from './control.ts'
import { labelOf, optionLabel } from './label.ts'

/**
 * What is filled in, by the name of its field. Files are there as they are; what is not filled in
 * is undefined.
 */
export type Values = Readonly<Record<string, unknown>>

export function presetsOf(fields: Fields): Values {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, presetOf(field)]))
}

/** What a field has before anyone has touched it. */
export function presetOf({ schema, required }: Field): unknown {
  if (schema.default !== undefined) {
    return schema.default
  }
  // A switch that is off says no, and the handle of a slider has to be somewhere: what they show is
  // what is sent.
  if (required && schema.type === 'boolean') {
    return false
  }
  return required && schema.enum === undefined && schema.minimum !== undefined
    ? schema.minimum
    : undefined
}

/**
 * The input for a task: what is required, and what differs from what the service would take by
 * itself.
 */
export function inputOf(fields: Fields, values: Values): Record<string, unknown> {
  const filled = Object.entries(fields).filter(([name, { required, schema }]) => {
    const value = values[name]
    return (
      !isEmpty(value) &&
      (required ||
        JSON.stringify(value) !== JSON.stringify(schema.default) ||
        value instanceof Blob)
    )
  })
  return Object.fromEntries(filled.map(([name, field]) => [name, valueOf(field, values[name])]))
}

function valueOf(field: Field, value: unknown): unknown {
  if (controlOf(field).kind === 'texts' && Array.isArray(value)) {
    return value.filter((text) => text !== '')
  }
  return value
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === '' ||
    (Array.isArray(value) && value.every((item) => item === ''))
  )
}

/** What was chosen, in few words: `Portrait 16:9 · Turbo`. */
export function summaryOf(fields: Fields, input: Values): string {
  const chosen = Object.entries(input).flatMap(([name, value]) => {
    const field = fields[name]
    if (!field || field.media) {
      return []
    }
    if (typeof value === 'boolean') {
      return value ? [labelOf(name)] : []
    }
    if (typeof value === 'number' || (typeof value === 'string' && field.schema.enum)) {
      const told = optionLabel(value)
      return [/^[\d.]+$/.test(told) ? `${labelOf(name)}: ${told}` : told]
    }
    return typeof value === 'string' ? [value.length > 60 ? `${value.slice(0, 60)}…` : value] : []
  })
  return chosen.join(' · ')
}
