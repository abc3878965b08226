import type { FieldCases, RequestCases } from './tables.ts'

/** One request that has to be accepted or refused. */
export interface RequestCase {
  readonly title: string
  readonly value: object
}

/**
 * The request itself, its required fields alone, and every value of an enum or at a limit. One
 * request has the next value of every field.
 */
export function acceptedRequests({ value, fields }: RequestCases): RequestCase[] {
  const places = fieldsIn(fields, value).map(({ path, field }) => ({
    path,
    items: [...(field.values ?? []), ...(field.accepted ?? [])],
  }))
  const count = Math.max(0, ...places.map(({ items }) => items.length))
  const varied = Array.from({ length: count }, (_, index) => {
    const changes = places.filter(({ items }) => index < items.length)
    const titles = changes.map(({ path, items }) => titleOf(path, items[index]))
    const change = (current: object, { path, items }: (typeof places)[number]): object =>
      changed(current, path, items[index])
    return { title: titles.join(', '), value: changes.reduce(change, value) }
  })
  const required = { title: 'the required fields alone', value: requiredOnly(fields, value) }
  return [{ title: 'the example', value }, required, ...varied]
}

/** One request for each violation: a required field is missing, or a value is wrong. */
export function refusedRequests({ in: place, value, fields }: RequestCases): RequestCase[] {
  return fieldsIn(fields, value).flatMap(({ path, field }) => {
    // The document says nothing about a path without its parameter.
    const missing =
      field.required && place !== 'path'
        ? [{ title: `${path.join('.')} is missing`, value: changed(value, path, undefined) }]
        : []
    const wrong = (field.refused ?? []).map((item) => ({
      title: titleOf(path, item),
      value: changed(value, path, item),
    }))
    return [...missing, ...wrong]
  })
}

interface Place {
  readonly path: readonly string[]
  readonly field: FieldCases
}

function fieldsIn(
  fields: Readonly<Record<string, FieldCases>>,
  value: object,
  parent: readonly string[] = [],
): Place[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const path = [...parent, name]
    const inner: unknown = Reflect.get(value, name)
    return [
      { path, field },
      ...(field.fields && isObject(inner) ? fieldsIn(field.fields, inner, path) : []),
    ]
  })
}

function requiredOnly(fields: Readonly<Record<string, FieldCases>>, value: object): object {
  const entries = Object.entries(value).flatMap(([name, item]: [string, unknown]) => {
    const field = fields[name]
    if (!field?.required) {
      return []
    }
    return [[name, field.fields && isObject(item) ? requiredOnly(field.fields, item) : item]]
  })
  return Object.fromEntries(entries)
}

/** A copy of a request with another value at a path, or without the field. */
function changed(value: object, [name = '', ...rest]: readonly string[], item: unknown): object {
  const { [name]: inner, ...others }: Record<string, unknown> = { ...value }
  if (rest.length > 0) {
    return { ...others, [name]: changed(isObject(inner) ? inner : {}, rest, item) }
  }
  return item === undefined ? others : { ...others, [name]: item }
}

function titleOf(path: readonly string[], value: unknown): string {
  const text = JSON.stringify(value)
  return `${path.join('.')} is ${text.length > 60 ? `${text.length - 2} characters` : text}`
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Blob)
}
