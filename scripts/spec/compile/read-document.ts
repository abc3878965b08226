import { readFileSync, statSync } from 'node:fs'
import { isNode, LineCounter, parseDocument, type Document } from 'yaml'
import { assertSpec, isObject, SpecError, type Json, type JsonObject } from './json.ts'

/** Limits of a document. Published ones have about 10 kB and nest 20 levels deep. */
export const MAX_BYTES = 5_000_000
const MAX_DEPTH = 100
const MAX_ALIASES = 100

/** A document, and the line of each of its values. */
export type Parsed = { value: JsonObject; lineOf: (path: string[]) => number | undefined }

/** A command reads each document a few times, and parsing takes most of its time. */
const known = new Map<string, Parsed>()

export async function readParsed(file: string, name: string): Promise<Parsed> {
  const text = await readText(file, name)
  const parsed = known.get(text) ?? parse(text, name)
  known.set(text, parsed)
  return parsed
}

export async function readDocument(file: string, name: string): Promise<JsonObject> {
  return structuredClone((await readParsed(file, name)).value)
}

/** The text of a file, if it is UTF-8 and not too large. */
export async function readText(file: string, name: string): Promise<string> {
  const { size } = statSync(file)
  assertSpec(size <= MAX_BYTES, `${name}: is larger than the limit of ${MAX_BYTES} bytes`)
  const bytes = readFileSync(file)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new SpecError(`${name}: is not text in UTF-8`)
  }
}

/**
 * Parses YAML or JSON from outside. Nothing is fetched, and aliases are limited. Refused are custom
 * tags, keys that every object inherits, and references that leave the document.
 *
 * @param linesBefore lines of the file that stand before the text, for messages
 */
export function parse(text: string, name: string, linesBefore = 0): Parsed {
  const lines = new LineCounter()
  const document = guard(name, () =>
    parseDocument(text, {
      uniqueKeys: true,
      strict: true,
      merge: true,
      lineCounter: lines,
      prettyErrors: false,
    }),
  )
  const [problem] = [...document.errors, ...document.warnings]
  if (problem?.message.includes('call stack')) {
    throw tooDeep(name)
  }
  if (problem) {
    const line = lines.linePos(problem.pos[0]).line + linesBefore
    throw new SpecError(`${name}: ${problem.message.split('\n')[0]} at line ${line}`)
  }
  const value = guard(name, (): Json => document.toJS({ maxAliasCount: MAX_ALIASES }))
  assertSpec(isObject(value), `${name} is not a YAML mapping`)
  check(value, name, 0)
  return {
    value,
    lineOf: (path) => {
      const line = lineIn(document, lines, path)
      return line === undefined ? undefined : line + linesBefore
    },
  }
}

function guard<Result>(name: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) {
      throw tooDeep(name)
    }
    throw error instanceof Error ? new SpecError(`${name}: ${error.message}`) : error
  }
}

const tooDeep = (name: string): SpecError =>
  new SpecError(`${name}: nests deeper than ${MAX_DEPTH} levels`)

/** Every object inherits these keys, so a lookup would find them where no document set them. */
const INHERITED_KEYS = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype'])

function check(value: Json, name: string, depth: number): void {
  if (typeof value !== 'object' || value === null) {
    return
  }
  if (depth > MAX_DEPTH) {
    throw tooDeep(name)
  }
  for (const [key, inner] of Object.entries(value)) {
    assertSpec(!INHERITED_KEYS.has(key), `${name}: a key may not be called ${key}`)
    if (key === '$ref' && typeof inner === 'string' && !inner.startsWith('#/')) {
      throw new SpecError(
        `${name}: a reference leaves the document: ${JSON.stringify(inner.slice(0, 100))}`,
      )
    }
    check(inner, name, depth + 1)
  }
}

/** The line of a value, or of the nearest value around it. */
function lineIn(document: Document, lines: LineCounter, path: string[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) {
      return lines.linePos(node.range[0]).line
    }
  }
  return undefined
}
