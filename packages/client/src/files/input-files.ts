import { messageOf } from '../errors.ts'
import { throwIfAborted } from '../http/abort.ts'
import { tagOf } from '../http/check-options.ts'
import { emit } from '../events.ts'
import { media } from '../generated/media.ts'
import { findFileProblem, findValueProblem, type FileLimits } from './check-file.ts'
import { isBinary, isNativeFile, readFile, type NativeFile, type UploadData } from './read-file.ts'
import type { Upload, UploadedFile, UploadProgress } from './upload.ts'

const FILE_DATA_URL = /^data:[\w.+-]+\/[\w.+-]+(;[\w.+-]+=[^;,]*)*;base64,/i

/**
 * Whether an input holds a file, at any depth: a Blob, a File, or a base64 `data:` URL. `run` and
 * `tasks.create` upload such files.
 *
 * @example
 * hasFiles({ image_url: new Blob() }) // true
 */
export function hasFiles(input: unknown): boolean {
  let found = false
  try {
    copyInput(input, (value) => {
      found ||= isFile(value) || isBinary(value)
      return found || undefined
    })
  } catch {
    // `tasks.create` refuses such an input.
  }
  return found
}

function isFile(value: unknown): value is Blob | NativeFile | `data:${string}` {
  return (
    value instanceof Blob ||
    isNativeFile(value) ||
    (typeof value === 'string' && FILE_DATA_URL.test(value))
  )
}

/** A file of an input. */
export interface InputFile {
  readonly data: UploadData
  readonly path: string
  readonly limits: FileLimits | undefined
}

/**
 * An input as JSON holds it, with its files.
 *
 * @throws {Error} for a value that JSON or a field for files does not hold
 */
export function readInput(
  model: string,
  input: unknown,
): { readonly copy: unknown; readonly files: readonly InputFile[] } {
  if (typeof model !== 'string' || model === '') {
    throw new Error('The model must be a text')
  }
  const files: InputFile[] = []
  const fields = Object.hasOwn(media, model) ? media[model] : undefined
  const copy = copyInput(input, (value, path, field) => {
    const limits = fields && Object.hasOwn(fields, field) ? fields[field] : undefined
    if (isFile(value) || (limits && isBinary(value))) {
      files.push({ data: value, path, limits })
      return value
    }
    if (limits && isUploaded(value)) {
      refuse(path, findFileProblem(limits, value.size, value.mimeType))
      return value.url
    }
    refuse(path, limits && findValueProblem(limits, value))
    return undefined
  })
  if (!isObject(copy) || Array.isArray(copy)) {
    throw new Error('input must be an object')
  }
  return { copy, files }
}

/** Whether a value is the result of `files.upload`. */
function isUploaded(value: unknown): value is UploadedFile {
  const { url, size, mimeType }: { readonly [name in keyof UploadedFile]?: unknown } = Object(value)
  return typeof url === 'string' && typeof size === 'number' && typeof mimeType === 'string'
}

function refuse(path: string, problem: string | undefined): void {
  if (problem !== undefined) {
    throw new Error(`${path} ${problem}`)
  }
}

/**
 * Reads and checks files, each once.
 *
 * @param onUpload receives the known size at once
 *
 * @throws {Error} for a file that cannot be read, or that its field does not take
 */
export async function readFiles(
  files: readonly InputFile[],
  signal: AbortSignal,
  onUpload: ((progress: UploadProgress) => void) | undefined,
): Promise<ReadonlyMap<unknown, Blob>> {
  if (files.length > 0) {
    const known = new Set(files.map(({ data }) => data))
    const total = sum(Array.from(known, (data) => (data instanceof Blob ? data.size : 0)))
    emit(onUpload, { loaded: 0, total })
  }
  const blobs = new Map<unknown, Blob>()
  for (const { data, path, limits } of files) {
    const blob =
      blobs.get(data) ??
      (await readFile(data, signal).catch((cause: unknown) => {
        throwIfAborted(signal)
        throw new Error(`${path}: ${messageOf(cause)}`, { cause })
      }))
    refuse(path, limits && findFileProblem(limits, blob.size, blob.type))
    blobs.set(data, blob)
  }
  return blobs
}

/**
 * A copy of an input as JSON holds it.
 *
 * @param replace returns what stands in place of a value, or `undefined` to copy it. A member of a
 *   list has the name of the list's field.
 * @throws {Error} for a value that JSON cannot hold: a cycle, NaN, a promise, a Map, bytes, or an
 *   object of a class without `toJSON`
 */
export function copyInput(
  value: unknown,
  replace: (value: unknown, path: string, field: string) => unknown,
  path = 'input',
  field = '',
  parents: readonly unknown[] = [],
): unknown {
  const replaced = replace(value, path, field)
  if (replaced !== undefined) {
    return replaced
  }
  const copy = (child: unknown, key: string | number): unknown => {
    const name = typeof key === 'string' ? key : field
    return copyInput(child, replace, `${path}.${key}`, name, [...parents, value])
  }
  if (parents.includes(value) && typeof value === 'object') {
    throw new TypeError(`${path} is circular`)
  }
  if (Array.isArray(value)) {
    refuse(path, findLoss(value))
    return Array.from(value, copy)
  }
  if (isObject(value)) {
    const json = typeof value.toJSON === 'function' ? value.toJSON() : undefined
    // An invalid Date is null. A Buffer of Node is a list of numbers.
    if (json !== undefined && json !== null && !ArrayBuffer.isView(value)) {
      return copyInput(json, replace, path, field, [...parents, value])
    }
    if (tagOf(value) === 'Object') {
      refuse(path, findLoss(value))
      const entries = Object.entries(value).filter(([, child]) => child !== undefined)
      return Object.fromEntries(entries.map(([key, child]) => [key, copy(child, key)]))
    }
  }
  if (value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)) {
    return value
  }
  if (tagOf(value) === 'Promise') {
    throw new TypeError(`${path} is a Promise. Put await before it`)
  }
  const isNamed = value === undefined || typeof value === 'number'
  const what = isNamed ? String(value) : `a ${tagOf(value)}`
  throw new TypeError(`${path} is ${what}, which JSON cannot hold`)
}

/** Why JSON would silently drop a part of an object or a list. */
function findLoss(value: object): string | undefined {
  const isEnumerable = (key: symbol): boolean =>
    Object.prototype.propertyIsEnumerable.call(value, key)
  const symbol = Object.getOwnPropertySymbols(value).find(isEnumerable)
  // The indexes of a list come first.
  const key = Array.isArray(value) ? Object.keys(value)[value.length] : undefined
  if (symbol || key !== undefined) {
    return `has the key ${String(symbol ?? key)}, which JSON drops`
  }
  const prototype: object | null = Object.getPrototypeOf(value)
  // A plain object may come from another realm.
  const isPlain =
    Array.isArray(value) || prototype === null || Object.hasOwn(prototype, 'isPrototypeOf')
  return isPlain
    ? undefined
    : 'has a class, whose private fields JSON drops. Pass a plain object, or give it toJSON'
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/**
 * Uploads files and returns their URLs.
 *
 * @param signal the caller aborts it if this fails, so that other uploads end
 * @param onUpload receives the sum of all uploads
 */
export async function uploadFiles(
  files: ReadonlyMap<unknown, Blob>,
  upload: Upload,
  signal: AbortSignal,
  onUpload: ((progress: UploadProgress) => void) | undefined,
): Promise<ReadonlyMap<unknown, string>> {
  const total = sum(Array.from(files.values(), ({ size }) => size))
  const loaded = new Map<unknown, number>()
  const report = (): void => emit(onUpload, { loaded: sum([...loaded.values()]), total })
  report()
  const uploads = Array.from(files, async ([data, file]) => {
    const onProgress = (part: UploadProgress): void => {
      loaded.set(data, part.loaded)
      report()
    }
    const { url } = await upload(file, { signal, onProgress: onUpload && onProgress })
    return [data, url] as const
  })
  return new Map(await Promise.all(uploads))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
