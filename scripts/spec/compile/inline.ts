import { isObject, resolve, SpecError, type Json, type JsonObject } from './json.ts'

/**
 * A part of a document is some hundred values large; references that refer to others many times
 * over make billions of a few.
 */
const mostValues = 100_000

/** A part of a document without references into it, which the compiled document does not carry. */
export function inline(document: JsonObject, value: Json, source: string): Json {
  let values = 0

  function copy(value: Json, depth: number): Json {
    if (depth > 50) {
      throw new SpecError(`${source}: a schema nests more than 50 levels deep, or refers to itself`)
    }
    if (++values > mostValues) {
      throw new SpecError(`${source}: its references unfold to more than ${mostValues} values`)
    }
    if (Array.isArray(value)) {
      return value.map((item) => copy(item, depth + 1))
    }
    if (!isObject(value)) {
      return value
    }
    const { $ref, ...own } = value
    const base = typeof $ref === 'string' ? resolve(document, { $ref }) : undefined
    const entries = Object.entries({ ...base, ...own })
    return Object.fromEntries(entries.map(([key, item]) => [key, copy(item, depth + 1)]))
  }

  return copy(value, 0)
}
