import { readFile } from 'node:fs/promises'
import { parseDocument } from 'yaml'
import { isObject, SpecError, type Json, type JsonObject } from './json.ts'

/** Reads a YAML or JSON document. Aliases are bounded, custom tags refused: documents come from outside. */
export async function readDocument(file: string, name: string): Promise<JsonObject> {
  const document = parseDocument(await readFile(file, 'utf8'), { uniqueKeys: true, strict: true })
  const [problem] = [...document.errors, ...document.warnings]
  if (problem) throw new SpecError(`${name}: ${problem.message}`)
  const value: Json = document.toJS({ maxAliasCount: 100 })
  if (!isObject(value)) throw new SpecError(`${name} is not a YAML mapping`)
  return value
}
