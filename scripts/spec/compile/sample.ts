import { isObject, resolve, type Json, type JsonObject } from './json.ts'

/**
 * A value that fits a schema, for what comes without an example: the schema's own example, default
 * or first enum value, or the plainest one.
 */
export function sample(document: JsonObject, schema: Json | undefined, depth = 0): Json {
  const resolved = resolve(document, schema)
  if (!resolved || depth > 20) {
    return null
  }
  if (Array.isArray(resolved.examples) && resolved.examples[0] !== undefined) {
    return resolved.examples[0]
  }
  for (const keyword of ['example', 'default', 'const'] as const) {
    if (resolved[keyword] !== undefined) {
      return resolved[keyword]
    }
  }
  for (const keyword of ['enum', 'x-extensible-enum'] as const) {
    const values = resolved[keyword]
    if (Array.isArray(values) && values[0] !== undefined) {
      return values[0]
    }
  }
  const [member] = [resolved.oneOf, resolved.anyOf].flatMap((members) =>
    Array.isArray(members) ? members : [],
  )
  if (member !== undefined) {
    return sample(document, member, depth + 1)
  }
  if (Array.isArray(resolved.allOf)) {
    return Object.assign({}, ...resolved.allOf.map((part) => sample(document, part, depth + 1)))
  }
  const type = Array.isArray(resolved.type) ? resolved.type[0] : resolved.type
  if (type === 'object' || isObject(resolved.properties)) {
    const properties = Object.entries(isObject(resolved.properties) ? resolved.properties : {})
    const required = Array.isArray(resolved.required) ? resolved.required : []
    return Object.fromEntries(
      properties
        .filter(([name]) => required.includes(name))
        .map(([name, field]) => [name, sample(document, field, depth + 1)]),
    )
  }
  if (type === 'array') {
    return typeof resolved.minItems === 'number' && resolved.minItems > 0
      ? [sample(document, resolved.items, depth + 1)]
      : []
  }
  if (type === 'integer' || type === 'number') {
    return typeof resolved.minimum === 'number' ? resolved.minimum : 1
  }
  if (type === 'boolean') {
    return true
  }
  if (type === 'null') {
    return null
  }
  if (resolved.format === 'uri') {
    return 'https://files.example.com/file'
  }
  if (resolved.format === 'date-time') {
    return '2026-01-05T12:00:00.000Z'
  }
  return 'text'.padEnd(typeof resolved.minLength === 'number' ? resolved.minLength : 0, 't')
}
