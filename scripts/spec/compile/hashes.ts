import type { JsonObject } from './json.ts'
import { sha256 } from './lock.ts'
import { shapeOf, sortedKeys } from './shape.ts'

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
    canonicalSha256: sha256(JSON.stringify(sortedKeys(document))),
    shapeSha256: sha256(JSON.stringify(shapeOf(document))),
  }
}
