import { readFile, stat } from 'node:fs/promises'
import { LineCounter, parseDocument, type Document } from 'yaml'
import { isObject, SpecError, type Json, type JsonObject } from './json.ts'

/**
 * What a document may be, at most. Those of this family have some 10 kB and nest 20 levels deep.
 */
export const limits = { bytes: 5_000_000, depth: 100, aliases: 100 }

/** A document, and where in its text each value stands. */
export type Parsed = { value: JsonObject; lineOf: (path: string[]) => number | undefined }

export async function readDocument(file: string, name: string): Promise<JsonObject> {
  const { size } = await stat(file)
  if (size > limits.bytes) {
    throw new SpecError(
      `${name}: ${size} bytes are more than the ${limits.bytes} that a document may have`,
    )
  }
  return parse(await readFile(file, 'utf8'), name).value
}

/**
 * Reads YAML or JSON that comes from outside. Nothing in it is expanded or fetched: aliases are
 * bounded, custom tags, keys that reach into prototypes, and references that leave the document are
 * refused.
 *
 * @param before how many lines stand before the text in its file, for messages
 */
export function parse(text: string, name: string, before = 0): Parsed {
  const lines = new LineCounter()
  const document = guarded(name, () =>
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
    throw new SpecError(
      `${name}: ${problem.message.split('\n')[0]} at line ${lines.linePos(problem.pos[0]).line + before}`,
    )
  }
  const value = guarded(name, (): Json => document.toJS({ maxAliasCount: limits.aliases }))
  if (!isObject(value)) {
    throw new SpecError(`${name} is not a YAML mapping`)
  }
  check(value, name, 0)
  return { value, lineOf: (path) => lineOf(document, lines, path) }
}

function guarded<Result>(name: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) {
      throw tooDeep(name)
    }
    if (error instanceof Error) {
      throw new SpecError(`${name}: ${error.message}`)
    }
    throw error
  }
}

const tooDeep = (name: string): SpecError =>
  new SpecError(`${name}: nests deeper than ${limits.depth} levels`)

/**
 * What every object has already: a program that looks a key up finds it where no document has put
 * it.
 */
const forbidden = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype'])

function check(value: Json, name: string, depth: number): void {
  if (typeof value !== 'object' || value === null) {
    return
  }
  if (depth > limits.depth) {
    throw tooDeep(name)
  }
  for (const [key, inner] of Object.entries(value)) {
    if (forbidden.has(key)) {
      throw new SpecError(`${name}: a key may not be called ${key}`)
    }
    if (key === '$ref' && typeof inner === 'string' && !inner.startsWith('#/')) {
      throw new SpecError(
        `${name}: a reference leaves the document: ${JSON.stringify(inner.slice(0, 100))}`,
      )
    }
    check(inner, name, depth + 1)
  }
}

/** The line of a value, or of the nearest one around it. */
function lineOf(document: Document, lines: LineCounter, path: string[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true)
    if (
      typeof node === 'object' &&
      node !== null &&
      'range' in node &&
      Array.isArray(node.range) &&
      typeof node.range[0] === 'number'
    ) {
      return lines.linePos(node.range[0]).line
    }
  }
  return undefined
}
