import { emit } from '../events.ts'
import type { Upload, UploadProgress } from './upload.ts'

/** A Blob, a File, or a base64 `data:` URL. */
export type FileValue = Blob | `data:${string}`

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
    copyInput(input, () => {
      found = true
    })
  } catch {
    // `tasks.create` refuses such an input.
  }
  return found
}

function isFile(value: unknown): value is FileValue {
  return value instanceof Blob || (typeof value === 'string' && FILE_DATA_URL.test(value))
}

/**
 * A copy of an input as JSON holds it, with `onFile` in place of each file.
 *
 * @throws {TypeError} for a value that JSON cannot hold: a cycle, NaN, a promise, a Map, bytes
 */
export function copyInput(
  value: unknown,
  onFile: (file: FileValue) => unknown,
  path = 'input',
  parents: readonly unknown[] = [],
): unknown {
  if (isFile(value)) {
    return onFile(value)
  }
  const copy = (child: unknown, key: string | number): unknown =>
    copyInput(child, onFile, `${path}.${key}`, [...parents, value])
  if (parents.includes(value) && typeof value === 'object') {
    throw new TypeError(`${path} is circular`)
  }
  if (Array.isArray(value)) {
    return Array.from(value, copy)
  }
  if (isObject(value)) {
    // A class instance is copied as JSON writes it: its own fields, or its `toJSON`.
    const json = typeof value.toJSON === 'function' ? value.toJSON() : undefined
    // An invalid Date is null. A Buffer of Node is a list of numbers.
    if (json !== undefined && json !== null && !ArrayBuffer.isView(value)) {
      return copyInput(json, onFile, path, [...parents, value])
    }
    if (tagOf(value) === 'Object') {
      const entries = Object.entries(value).filter(([, child]) => child !== undefined)
      return Object.fromEntries(entries.map(([key, child]) => [key, copy(child, key)]))
    }
  }
  if (value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)) {
    return value
  }
  const isNamed = value === undefined || typeof value === 'number'
  const what = isNamed ? String(value) : `a ${tagOf(value)}`
  throw new TypeError(`${path} is ${what}, which JSON cannot hold`)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1)

/**
 * Uploads files, each once, and returns their URLs. If one upload fails, the others are aborted.
 *
 * @param onUpload receives the sum of all uploads
 */
export async function uploadFiles(
  files: ReadonlySet<FileValue>,
  upload: Upload,
  signal: AbortSignal,
  onUpload: ((progress: UploadProgress) => void) | undefined,
): Promise<ReadonlyMap<FileValue, string>> {
  const all = new AbortController()
  const abort = (): void => all.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  const progress = new Map<FileValue, UploadProgress>()
  const report = (file: FileValue, part: UploadProgress): void => {
    progress.set(file, part)
    emit(onUpload, sum(progress))
  }
  for (const file of files) {
    progress.set(file, { loaded: 0, total: file instanceof Blob ? file.size : 0 })
  }
  emit(onUpload, sum(progress))
  try {
    const uploads = Array.from(files, async (file) => {
      const onProgress = onUpload && ((part: UploadProgress): void => report(file, part))
      return [file, (await upload(file, { signal: all.signal, onProgress })).url] as const
    })
    return new Map(await Promise.all(uploads))
  } catch (error) {
    all.abort(error)
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function sum(progress: ReadonlyMap<unknown, UploadProgress>): UploadProgress {
  const parts = [...progress.values()]
  return {
    loaded: parts.reduce((bytes, { loaded }) => bytes + loaded, 0),
    total: parts.reduce((bytes, { total }) => bytes + total, 0),
  }
}
