import { fieldsOf, isObject, listOf, requiredOf, type Json, type JsonObject } from './json.ts'
import { sample } from './sample.ts'
import { isValidExample } from './schemas.ts'

export type Repaired = { value: Json; changes: string[] }

/**
 * The value that is nearest to an example and that its schema accepts: without undeclared fields,
 * and with samples for the rest. Undefined when no value is found that the schema accepts.
 *
 * @param schema without references
 */
export function repair(schema: Json | undefined, example: Json): Repaired | undefined {
  if (!isObject(schema)) {
    return { value: example, changes: [] }
  }
  const { value, changes } = fit(schema, example, [])
  if (value !== undefined && isValidExample(schema, value)) {
    return { value, changes }
  }
  const other = sample({}, schema)
  return isValidExample(schema, other)
    ? { value: other, changes: ['the example was replaced: it does not match its schema'] }
    : undefined
}

type Fitted = { value: Json | undefined; changes: string[] }

function fit(schema: Json | undefined, value: Json, path: string[]): Fitted {
  if (!isObject(schema)) {
    return { value, changes: [] }
  }
  const members = [...listOf(schema.oneOf), ...listOf(schema.anyOf)].filter(isObject)
  if (members.length > 0 && !schema.properties) {
    // The first member that accepts the value, or the one that needs the fewest changes.
    const tries = members.map((member) => fit(member, value, path))
    return tries.reduce((a, b) => (b.changes.length < a.changes.length ? b : a))
  }
  const fields = fieldsOf({}, schema)
  if (isObject(value) && Object.keys(fields).length > 0) {
    return fitObject(schema, fields, value, path)
  }
  const items =
    Array.isArray(value) && isObject(schema.items)
      ? value.map((item, index) => fit(schema.items, item, [...path, String(index)]))
      : undefined
  const fitted = items
    ? items.map((item) => item.value).filter((item) => item !== undefined)
    : value
  const changes = items?.flatMap((item) => item.changes) ?? []
  if (isValidExample(schema, fitted)) {
    return { value: fitted, changes }
  }
  const other = sample({}, schema)
  const isValid = isValidExample(schema, other)
  const what = `does not match its schema and was ${isValid ? 'replaced' : 'dropped'}`
  return {
    value: isValid ? other : undefined,
    changes: [...changes, `${path.join('.') || 'the example'} ${what}`],
  }
}

function fitObject(
  schema: JsonObject,
  fields: JsonObject,
  value: JsonObject,
  path: string[],
): Fitted {
  const isOpen = schema.additionalProperties !== undefined && schema.additionalProperties !== false
  const result: JsonObject = {}
  const changes: string[] = []
  for (const [name, inner] of Object.entries(value)) {
    const place = [...path, name]
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (field === undefined && !isOpen) {
      changes.push(`${place.join('.')} is not declared and was dropped`)
      continue
    }
    const fitted = fit(field, inner, place)
    changes.push(...fitted.changes)
    if (fitted.value !== undefined) {
      result[name] = fitted.value
    }
  }
  for (const name of requiredOf({}, schema).filter((each) => !Object.hasOwn(result, each))) {
    result[name] = sample({}, fields[name])
    changes.push(`${[...path, name].join('.')} is required and was added`)
  }
  return { value: result, changes }
}
