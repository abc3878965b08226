import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { exec } from 'jsonpath-rfc9535'
import { assertSpec, isObject, listOf, SpecError, valueAt } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { readDocument } from './read.ts'

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
  const target = valueAt(action, 'target')
  const update = valueAt(action, 'update')
  assertSpec(typeof target === 'string', `${overlay} has an action without a target`)
  const matches: Match[] = []
  exec(document, target, (value, path) => matches.push({ value, path }))
  assertSpec(
    matches.length > 0,
    `${overlay}: nothing matches ${target}. If the document has changed, fix or delete the overlay.`,
  )
  // From the end, because removing an item of a list moves those behind it.
  for (const { value, path } of matches.toReversed()) {
    if (valueAt(action, 'remove') === true) {
      remove(document, path)
    } else if (isObject(value) && isObject(update)) {
      merge(value, update)
    } else if (Array.isArray(value) && update !== undefined) {
      value.push(structuredClone(update))
    } else {
      throw new SpecError(`${overlay}: the action for ${target} cannot be applied`)
    }
  }
}

function remove(document: JsonObject, path: (string | number)[]): void {
  const key = path.at(-1)
  let parent: Json | undefined = document
  for (const step of path.slice(0, -1)) {
    parent = Array.isArray(parent) ? parent[Number(step)] : valueAt(parent, String(step))
  }
  if (Array.isArray(parent)) {
    parent.splice(Number(key), 1)
  } else if (isObject(parent) && key !== undefined) {
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
