import { isObject, resolve, SpecError, type Json, type JsonObject } from './json.ts'

/** A part of a document without references into it, which the compiled document does not carry. */
export function inline(document: JsonObject, value: Json, source: string, depth = 0): Json {
  if (depth > 50) throw new SpecError(`${source}: a schema nests more than 50 levels deep, or refers to itself`)
  if (Array.isArray(value)) return value.map((item) => inline(document, item, source, depth + 1))
  if (!isObject(value)) return value
  const { $ref, ...own } = value
  const base = typeof $ref === 'string' ? resolve(document, { $ref }) : undefined
  const entries = Object.entries({ ...base, ...own })
  return Object.fromEntries(entries.map(([key, item]) => [key, inline(document, item, source, depth + 1)]))
}
