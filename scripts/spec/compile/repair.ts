import { fieldsOf, isObject, listOf, requiredOf, type Json, type JsonObject } from './json.ts'
import { sample } from './sample.ts'
import { isValidExample } from './schemas.ts'

export type Repaired = { value: Json; changes: string[] }

/**
 * The value that is nearest to an example and that its schema accepts: without undeclared fields,
 * and with samples for the rest. Undefined when the schema accepts no value that can be found.
 *
 * @param schema without references
 */
export function repair(schema: Json | undefined, example: Json): Repaired | undefined {
  if (!isObject(schema)) {
    return { value: example, changes: [] }
  }
  const changes: string[] = []
  const fitted = fit(schema, example, [], changes)
  if (fitted !== undefined && isValidExample(schema, fitted)) {
    return { value: fitted, changes }
  }
  const value = sample({}, schema)
  return isValidExample(schema, value)
    ? { value, changes: ['the example was replaced: it does not match its schema'] }
    : undefined
}

function fit(
  schema: Json | undefined,
  value: Json,
  path: string[],
  changes: string[],
): Json | undefined {
  if (!isObject(schema)) {
    return value
  }
  const members = [...listOf(schema.oneOf), ...listOf(schema.anyOf)]
  if (members.length > 0 && !schema.properties) {
    return fitMember(members.filter(isObject), value, path, changes)
  }
  const fields = fieldsOf({}, schema)
  if (isObject(value) && Object.keys(fields).length > 0) {
    return fitObject(schema, fields, value, path, changes)
  }
  if (Array.isArray(value) && isObject(schema.items)) {
    const items = value.map((item, index) =>
      fit(schema.items, item, [...path, String(index)], changes),
    )
    const list = items.filter((item) => item !== undefined)
    return isValidExample(schema, list) ? list : replaced(schema, path, changes)
  }
  return isValidExample(schema, value) ? value : replaced(schema, path, changes)
}

/** A value for the first member that accepts it, or else for the first member. */
function fitMember(
  members: JsonObject[],
  value: Json,
  path: string[],
  changes: string[],
): Json | undefined {
  const tries = members.map((member) => {
    const own: string[] = []
    return { value: fit(member, value, path, own), own }
  })
  const best = tries.toSorted((a, b) => a.own.length - b.own.length)[0]
  changes.push(...(best?.own ?? []))
  return best?.value
}

function fitObject(
  schema: JsonObject,
  fields: JsonObject,
  value: JsonObject,
  path: string[],
  changes: string[],
): JsonObject {
  const isOpen = schema.additionalProperties !== undefined && schema.additionalProperties !== false
  const result: JsonObject = {}
  for (const [name, inner] of Object.entries(value)) {
    const place = [...path, name]
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (field === undefined && !isOpen) {
      changes.push(`${place.join('.')} is not declared and was dropped`)
      continue
    }
    const fitted = fit(field, inner, place, changes)
    if (fitted !== undefined) {
      result[name] = fitted
    }
  }
  for (const name of requiredOf({}, schema)) {
    if (!Object.hasOwn(result, name)) {
      result[name] = sample({}, fields[name])
      changes.push(`${[...path, name].join('.')} is required and was added`)
    }
  }
  return result
}

/** A sample in place of a value that does not fit. */
function replaced(schema: JsonObject, path: string[], changes: string[]): Json | undefined {
  const value = sample({}, schema)
  const isValid = isValidExample(schema, value)
  changes.push(
    `${path.join('.') || 'the example'} does not match its schema and was ${isValid ? 'replaced' : 'dropped'}`,
  )
  return isValid ? value : undefined
}
