import { createHash } from 'node:crypto'
import { isObject, type Json } from './json.ts'

export const sha256 = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')

/** Keywords that describe a document to people. */
export const PROSE_KEYWORDS: ReadonlySet<string> = new Set([
  'description',
  'summary',
  'title',
  'example',
  'examples',
  'externalDocs',
  'contact',
])

/**
 * A document or schema without prose and examples.
 *
 * @param isNameMap whether the keys are names of fields, as below `properties`
 */
export function shapeOf(value: Json, isNameMap = false): Json {
  if (Array.isArray(value)) {
    return value.map((item) => shapeOf(item))
  }
  if (!isObject(value)) {
    return value
  }
  const entries = Object.entries(value).filter(([key]) => isNameMap || !PROSE_KEYWORDS.has(key))
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, shapeOf(inner, key === 'properties' && !isNameMap)]),
  )
}
