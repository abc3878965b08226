import type { Fields, ModelDescriptor } from '@apikley/types'
import { presetsOf, type Values } from '../form/values.ts'
import { urlIn } from '../form/media-files.ts'
import { readJson } from '../storage/stored.ts'

/** The part of the page that its URL holds: `/ideogram/v3-reframe?image_size=square`. */
export interface Place {
  readonly model: string
  /** Begins with `?`, or is empty. */
  readonly search: string
}

/** An input as the form sends it, by the name of its field. */
export type Input = Readonly<Record<string, unknown>>

/** Servers limit the length of a URL. A longer value stays in the storage of the tab. */
const MAX_VALUE_CHARACTERS = 2_000

export function placeOf({ pathname, search }: Pick<Location, 'pathname' | 'search'>): Place {
  return { model: decode(pathname.slice(1)), search }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

export function hrefOf({ model, search }: Place): string {
  return `/${model}${search}`
}

/** The query of an input, without files, secrets and long values. */
export function searchOf(input: Input): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(withoutFiles(input))) {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    if (encodeURIComponent(text).length <= MAX_VALUE_CHARACTERS && !hasSecret(value)) {
      query.set(name, text)
    }
  }
  return query.size > 0 ? `?${query}` : ''
}

/** An input as JSON can hold it. A field with a file is omitted. */
export function withoutFiles(input: Input): Input {
  return Object.fromEntries(
    Object.entries(input).filter(
      ([, value]) => ![value].flat().some((item) => item instanceof Blob) && value !== undefined,
    ),
  )
}

/** A signed URL gives access to its file, and its signature is in the query. */
function hasSecret(value: unknown): boolean {
  return [value].flat().some((item) => {
    const url = typeof item === 'string' ? urlIn(item) : undefined
    return url !== undefined && /[?#]|\/\/[^/]*@/.test(url)
  })
}

/** The values of a form, and the names in its URL that the model does not accept. */
export interface FormInUrl {
  readonly values: Values
  readonly ignored: readonly string[]
}

/** Reads the query of a URL. It may come from another version of the page, or from a person. */
export function readSearch(model: ModelDescriptor, search: string): FormInUrl {
  const found = [...new URLSearchParams(search)].map(
    ([name, text]) => [name, parse(model.fields, name, text)] as const,
  )
  const known = found.filter(([, value]) => value !== undefined)
  const wrong = wrongNames(model, Object.fromEntries(known))
  const accepted = known.filter(([name]) => !wrong.has(name))
  return {
    values: { ...presetsOf(model.fields), ...Object.fromEntries(accepted) },
    ignored: found.filter((entry) => !accepted.includes(entry)).map(([name]) => name),
  }
}

function parse(fields: Fields, name: string, text: string): unknown {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (field === undefined) {
    return undefined
  }
  const value = [field.schema.type].flat().includes('string') ? text : readJson(text)
  const isLoadable = [value].flat().every((url) => typeof url === 'string' && urlIn(url))
  return field.media && !isLoadable ? undefined : value
}

/** The fields whose values the descriptor refuses. */
function wrongNames(model: ModelDescriptor, input: Input): ReadonlySet<string> {
  const result = model['~standard'].validate(input)
  const issues = result instanceof Promise ? [] : (result.issues ?? [])
  return new Set(issues.map(({ path }) => String(path?.[0])))
}
