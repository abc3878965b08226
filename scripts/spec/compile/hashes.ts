import { createHash } from 'node:crypto'
import { isObject, type Json, type JsonObject } from './json.ts'

/** Three hashes of a document. They tell how far a new version differs. */
export type Hashes = {
  /** Of the bytes. */
  sha256: string
  /** Of the values, with sorted keys: without layout and comments. */
  canonicalSha256: string
  /** As canonicalSha256, but without descriptions and examples. */
  shapeSha256: string
}

export function hashesOf(text: string, document: JsonObject): Hashes {
  return {
    sha256: sha256(text),
    canonicalSha256: sha256(JSON.stringify(sortKeys(document))),
    shapeSha256: sha256(JSON.stringify(shapeOf(document))),
  }
}

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

/** A document or schema without prose and examples, with sorted keys. */
export function shapeOf(value: Json): Json {
  return sortKeys(value, (key) => !PROSE_KEYWORDS.has(key))
}

/** @param isNameMap whether the keys are names of fields, as below `properties` */
function sortKeys(
  value: Json,
  keep: (key: string) => boolean = () => true,
  isNameMap = false,
): Json {
  if (Array.isArray(value)) {
    return value.map((item) => sortKeys(item, keep))
  }
  if (!isObject(value)) {
    return value
  }
  const entries = Object.entries(value)
    .filter(([key]) => isNameMap || keep(key))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, sortKeys(inner, keep, key === 'properties' && !isNameMap)]),
  )
}
