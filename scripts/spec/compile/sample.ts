import { entriesOf, isObject, listOf, resolve, stringsIn } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { inline, isValidExample } from './schemas.ts'

const MAX_SAMPLE_DEPTH = 20

/** A value for a schema: its first example, default or enum value that is valid, or a plain one. */
export function sample(document: JsonObject, schema: Json | undefined, depth = 0): Json {
  const resolved = resolve(document, schema)
  if (!resolved || depth > MAX_SAMPLE_DEPTH) {
    return null
  }
  const [first, ...known] = ['examples', 'enum', 'x-extensible-enum'].map(
    (keyword) => listOf(resolved[keyword])[0],
  )
  const given = [first, resolved.example, resolved.default, resolved.const, ...known]
  const value = given.find((candidate) => {
    const whole = candidate === undefined ? null : inline(document, resolved, 'the document')
    return candidate !== undefined && isObject(whole) && isValidExample(whole, candidate)
  })
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
  const media = schema['x-apikley-media'] ?? null
  if (type === 'array') {
    const item = media === null ? schema.items : { 'x-apikley-media': media }
    return Number(schema.minItems ?? 0) > 0 ? [sample(document, item, depth + 1)] : []
  }
  if (type === 'integer' || type === 'number') {
    return typeof schema.minimum === 'number' ? schema.minimum : 1
  }
  if (type === 'boolean' || type === 'null') {
    return type === 'boolean' ? true : null
  }
  const text = 'text'.padEnd(Number(schema.minLength ?? 0), 't')
  const format = media === null ? schema.format : 'uri'
  return TEXTS[String(format)] ?? text
}

const TEXTS: Record<string, string> = {
  uri: 'https://files.example.com/file',
  'date-time': '2026-01-05T12:00:00.000Z',
}
