import { keysOf, listOf, subjectOf, toJsonPath, valueAt, type JsonObject } from './json.ts'
import { createTaskPath } from './model-document.ts'
import { reachable } from './operations.ts'
import type { Published } from './published.ts'
import { readParsed } from './read-document.ts'

/** A published document, and its file. */
export type Origin = { published: Published; file: string }

/** A place in the file of a published document. */
export type Place = {
  origin: Origin
  line: number | undefined
  /** The JSONPath of the place, for an overlay of the document. */
  target: string
}

/** Finds the published document, and the place in it, that a place of the compiled one is from. */
export async function locate(
  { document, origins }: { document: JsonObject; origins: Origin[] },
  keys: string[],
): Promise<Place | undefined> {
  const found = sourceOf(document, origins, keys)
  if (!found) {
    return undefined
  }
  const { file } = found.origin
  const { value, lineOf } = await readParsed(file, file)
  const path = follow(value, found.keys)
  return { origin: found.origin, line: lineOf(path), target: toJsonPath(value, path) }
}

const media = ['content', 'application/json']

function sourceOf(
  document: JsonObject,
  origins: Origin[],
  keys: string[],
): { origin: Origin; keys: string[] } | undefined {
  const [first, second, third = '', ...rest] = keys
  const createTask = ['paths', createTaskPath, 'post', 'requestBody', ...media]
  if (first === 'paths') {
    const isModel = createTask.every((key, index) => keys[index] === key)
    const [kind, model] = keys.slice(createTask.length)
    const subject = isModel && kind === 'examples' ? model : undefined
    const wanted = subject ?? subjectOf({ path: second ?? '', method: third })
    const origin = origins.find(({ published }) => published.subject === wanted)
    const path = subject === undefined ? keys : [...createTask, 'example', ...keys.slice(8)]
    return origin && { origin, keys: path }
  }
  if (first !== 'components' || second !== 'schemas') {
    return undefined
  }
  for (const origin of origins) {
    const { published } = origin
    if (published.kind === 'model' && third === `${published.name}Request`) {
      return { origin, keys: [...createTask, 'schema', ...rest] }
    }
    if (published.kind === 'model' && third === `${published.name}Input`) {
      return { origin, keys: [...createTask, 'schema', 'properties', 'input', ...rest] }
    }
    if (published.kind === 'operation') {
      const { path, method } = published
      const answer = ['paths', path, method, 'responses', '200']
      const used = reachable(document, valueAt(document, ...answer))
      if (used.has(`#/components/schemas/${third}`)) {
        return { origin, keys: [...answer, ...media, 'schema', 'properties', 'data', ...rest] }
      }
    }
  }
  return undefined
}

/** The path of a place in a document with references and `allOf`, as far as the place exists. */
function follow(document: JsonObject, keys: string[]): string[] {
  let path: string[] = []
  for (const key of keys) {
    path = referenced(document, path)
    const members = listOf(valueAt(document, ...path, 'allOf')).map((_, index) =>
      referenced(document, [...path, 'allOf', String(index)]),
    )
    const owner = [path, ...members].find((each) => valueAt(document, ...each, key) !== undefined)
    if (owner === undefined) {
      return path
    }
    path = [...owner, key]
  }
  return path
}

function referenced(document: JsonObject, path: string[]): string[] {
  const ref = valueAt(document, ...path, '$ref')
  return typeof ref === 'string' ? referenced(document, keysOf(ref)) : path
}
