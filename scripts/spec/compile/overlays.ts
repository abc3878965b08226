import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { exec } from 'jsonpath-rfc9535'
import { assertSpec, isObject, listOf, valueAt } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { readDocument } from './read-document.ts'

export type Overlay = {
  /** The overlay's file. */
  file: string
  name: string
  /** The file of the document that it changes, from its `extends`. */
  target: string
  actions: Json[]
}

export async function readOverlays(directory: string): Promise<Overlay[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.yaml')).toSorted()
  return Promise.all(
    files.map(async (name) => {
      const file = join(directory, name)
      const { info, extends: target, actions } = await readDocument(file, name)
      assertSpec(
        typeof valueAt(info, 'x-reason') === 'string',
        `Overlay ${name} does not say why it exists: add info.x-reason`,
      )
      assertSpec(
        typeof target === 'string',
        `Overlay ${name} does not say which document it changes: add extends`,
      )
      assertSpec(listOf(actions).length > 0, `Overlay ${name} has no actions`)
      return { file, name, target: resolve(directory, target), actions: listOf(actions) }
    }),
  )
}

/** A copy of the document with the overlays applied. A target that matches nothing is an error. */
export function applyOverlays(document: JsonObject, overlays: Overlay[]): JsonObject {
  const result = structuredClone(document)
  for (const { name, actions } of overlays) {
    for (const action of actions) {
      applyAction(result, action, `Overlay ${name}`)
    }
  }
  return result
}

type Match = { value: Json; path: (string | number)[] }

function applyAction(document: JsonObject, action: Json, overlay: string): void {
  const [target, update, isRemoval, yields] = ['target', 'update', 'remove', 'x-yields'].map(
    (key) => valueAt(action, key),
  )
  assertSpec(typeof target === 'string', `${overlay} has an action without a target`)
  const matches: Match[] = []
  exec(document, target, (value, path) => matches.push({ value, path }))
  assertSpec(
    matches.length > 0,
    `${overlay}: nothing matches ${target}. If the document has changed, fix or delete the overlay.`,
  )
  // From the end, because removing an item of a list moves those behind it.
  for (const { value, path } of matches.toReversed()) {
    if (isRemoval === true) {
      remove(document, path)
    } else if (isObject(value) && isObject(update)) {
      merge(value, yields ? withoutKeysOf(update, value) : update)
    } else {
      assertSpec(
        Array.isArray(value) && update !== undefined,
        `${overlay}: the action for ${target} cannot be applied`,
      )
      value.push(structuredClone(update))
    }
  }
}

/** The part of an update that yields to what the document says itself. */
const withoutKeysOf = (update: JsonObject, value: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(update).filter(([key]) => !Object.hasOwn(value, key)))

function remove(document: JsonObject, path: (string | number)[]): void {
  const [key = '', ...reversed] = path.toReversed()
  const parent = valueAt(document, ...reversed.toReversed().map(String))
  if (Array.isArray(parent)) {
    parent.splice(Number(key), 1)
  } else if (isObject(parent)) {
    delete parent[key]
  }
}

/** As the Overlay specification has it: objects are merged, lists extended, values replaced. */
function merge(target: JsonObject, update: JsonObject): void {
  for (const [key, inner] of Object.entries(update)) {
    const current = target[key]
    if (isObject(current) && isObject(inner)) {
      merge(current, inner)
    } else if (Array.isArray(current) && Array.isArray(inner)) {
      current.push(...structuredClone(inner))
    } else {
      target[key] = structuredClone(inner)
    }
  }
}
