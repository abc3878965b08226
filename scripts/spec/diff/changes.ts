import { isDeepStrictEqual } from 'node:util'
import { isObject, type Json, type JsonObject } from '../compile/json.ts'
import { modelsOf } from '../generate/document.ts'

/** A place where two versions of the compiled document differ. */
export type Change = {
  /** A model id, `GET /path`, the name of a component, or another part of the document. */
  subject: string
  /** The keys below it, for instance `input.image_size.enum`. */
  place: string
  /** The old and the new value, shortened. */
  text: string
}

type Difference = { keys: string[]; old: Json | undefined; now: Json | undefined }

/** All differences, except those that repeat a new or removed model. */
export function changesBetween(base: JsonObject, revision: JsonObject): Change[] {
  const models = [...modelsOf(base), ...modelsOf(revision)]
  const requests = new Map(models.map(({ id, name }) => [`${name}Request`, id]))
  const inputs = new Map(models.map(({ id, name }) => [`${name}Input`, id]))
  return compare(base, revision)
    .filter(({ keys }) => !REPEATS_MODELS.test(keys.join(' ')))
    .map(({ keys, old, now }) => {
      const [first = '', second = '', third = '', ...below] = keys
      let subject = first
      let rest = keys.slice(1)
      if (first === 'paths') {
        subject = `${third.toUpperCase()} ${second}`
        rest = below
      } else if (first === 'components') {
        subject = requests.get(third) ?? inputs.get(third) ?? third
        rest = inputs.has(third) ? ['input', ...below] : below
      }
      // The step from an object to its fields is not shown.
      const place = rest.filter((key) => key !== 'properties').join('.')
      return { subject, place, text: toText(old, now) }
    })
}

const REPEATS_MODELS = /^components schemas CreateTaskRequest|^paths \S+createTask post requestBody/

function compare(old: Json | undefined, now: Json | undefined): Difference[] {
  if (isDeepStrictEqual(old, now)) {
    return []
  }
  if (!isObject(old) || !isObject(now)) {
    return [{ keys: [], old, now }]
  }
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])]
  return keys.flatMap((key) =>
    compare(old[key], now[key]).map((found) => ({ ...found, keys: [key, ...found.keys] })),
  )
}

/** `old → new`, with long values cut. */
export function toText(old: Json | undefined, now: Json | undefined): string {
  return [old, now].map(shorten).join(' → ')
}

const MAX_TEXT_LENGTH = 60

function shorten(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > MAX_TEXT_LENGTH ? `${line.slice(0, MAX_TEXT_LENGTH - 1)}…` : line
}
