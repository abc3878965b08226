import { entriesOf, isObject, listOf, resolve, stringsIn } from './json.ts'
import type { Json, JsonObject } from './json.ts'

const MAX_SAMPLE_DEPTH = 20

/** A valid value for a schema: its example, default or first enum value, or a plain one. */
export function sample(document: JsonObject, schema: Json | undefined, depth = 0): Json {
  const resolved = resolve(document, schema)
  if (!resolved || depth > MAX_SAMPLE_DEPTH) {
    return null
  }
  const { example, default: fallback, const: constant } = resolved
  const lists = [resolved.enum, resolved['x-extensible-enum']].map((values) => listOf(values)[0])
  const given = [listOf(resolved.examples)[0], example, fallback, constant, ...lists]
  const value = given.find((candidate) => candidate !== undefined)
  if (value !== undefined) {
    return value
  }
  const [member] = [...listOf(resolved.oneOf), ...listOf(resolved.anyOf)]
  if (member !== undefined) {
    return sample(document, member, depth + 1)
  }
  if (Array.isArray(resolved.allOf)) {
    return Object.assign({}, ...resolved.allOf.map((part) => sample(document, part, depth + 1)))
  }
  return sampleOfType(document, resolved, depth)
}

function sampleOfType(document: JsonObject, schema: JsonObject, depth: number): Json {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'object' || isObject(schema.properties)) {
    const required = stringsIn(schema.required)
    const fields = entriesOf(schema.properties).filter(([name]) => required.includes(name))
    return Object.fromEntries(
      fields.map(([name, field]) => [name, sample(document, field, depth + 1)]),
    )
  }
  if (type === 'array') {
    return Number(schema.minItems ?? 0) > 0 ? [sample(document, schema.items, depth + 1)] : []
  }
  if (type === 'integer' || type === 'number') {
    return typeof schema.minimum === 'number' ? schema.minimum : 1
  }
  if (type === 'boolean') {
    return true
  }
  if (type === 'null') {
    return null
  }
  if (schema.format === 'uri') {
    return 'https://files.example.com/file'
  }
  if (schema.format === 'date-time') {
    return '2026-01-05T12:00:00.000Z'
  }
  return 'text'.padEnd(Number(schema.minLength ?? 0), 't')
}
