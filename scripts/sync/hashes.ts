import { createHash } from 'node:crypto'
import { isObject, type Json, type JsonObject } from '../compile/json.ts'

/** What tells one version of a document from another. */
export type Hashes = {
  /** Of the bytes. */
  sha256: string
  /** Of what they mean: keys sorted, without layout and comments. */
  canonicalSha256: string
  /** Of what a program would notice: also without descriptions and examples. */
  shapeSha256: string
}

export function hashesOf(text: string, document: JsonObject): Hashes {
  return {
    sha256: sha256(text),
    canonicalSha256: sha256(JSON.stringify(sorted(document, () => true))),
    shapeSha256: sha256(JSON.stringify(sorted(document, (key) => !prose.has(key)))),
  }
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const prose = new Set(['description', 'summary', 'title', 'example', 'examples', 'externalDocs', 'contact'])

/** With sorted keys. Below `properties` every key is the name of a field, `description` too. */
function sorted(value: Json, keep: (key: string) => boolean, names = false): Json {
  if (Array.isArray(value)) return value.map((item) => sorted(item, keep))
  if (!isObject(value)) return value
  const keys = Object.keys(value).filter((key) => names || keep(key))
  return Object.fromEntries(keys.toSorted().map((key) => [key, sorted(value[key] ?? null, keep, key === 'properties' && !names)]))
}
