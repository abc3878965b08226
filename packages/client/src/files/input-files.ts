import type { ModelFileInput, ModelId, ModelInput } from '@apikley/types'
import { emit } from '../events.ts'
import type { Upload, UploadProgress } from './upload.ts'

/** A Blob, a File, or a base64 `data:` URL. */
type FileValue = Blob | `data:${string}`

const FILE_DATA_URL = /^data:[\w.+-]+\/[\w.+-]+(;[\w.+-]+=[^;,]*)*;base64,/i

/**
 * Whether an input holds a file, at any depth: a Blob, a File, or a base64 `data:` URL. `run` and
 * `tasks.create` upload such files.
 *
 * @example
 * hasFiles({ image_url: new Blob() }) // true
 */
export function hasFiles(value: unknown): boolean {
  if (isFile(value)) {
    return true
  }
  return Array.isArray(value)
    ? value.some(hasFiles)
    : isPlainObject(value) && Object.values(value).some(hasFiles)
}

function isFile(value: unknown): value is FileValue {
  return value instanceof Blob || (typeof value === 'string' && FILE_DATA_URL.test(value))
}

/** An object literal. Others, such as a URL, have their own form in JSON. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    return false
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

interface UploadListeners {
  /** Called before the first upload. */
  readonly onStart: () => void
  readonly onUpload: ((progress: UploadProgress) => void) | undefined
}

/**
 * Uploads the files of an input and replaces each with its URL. An input without files is returned
 * as it is. The same file is uploaded once. If one upload fails, the others are aborted.
 */
export async function uploadInputFiles<M extends ModelId>(
  input: ModelFileInput<M>,
  upload: Upload,
  signal: AbortSignal,
  listeners: UploadListeners,
): Promise<ModelInput<M>>
export async function uploadInputFiles(
  input: unknown,
  upload: Upload,
  signal: AbortSignal,
  { onStart, onUpload }: UploadListeners,
): Promise<unknown> {
  signal.throwIfAborted()
  if (!hasFiles(input)) {
    return input
  }
  onStart()
  const uploads = new Map<FileValue, Promise<string>>()
  const progress = new Map<FileValue, UploadProgress>()
  const all = new AbortController()
  const forward = (): void => all.abort(signal.reason)
  signal.addEventListener('abort', forward, { once: true })

  function start(file: FileValue): Promise<string> {
    progress.set(file, { loaded: 0, total: file instanceof Blob ? file.size : 0 })
    const onProgress =
      onUpload && ((part: UploadProgress): void => emit(onUpload, sum(progress.set(file, part))))
    const url = upload(file, { signal: all.signal, onProgress }).then((uploaded) => uploaded.url)
    uploads.set(file, url)
    return url
  }

  async function replace(value: unknown): Promise<unknown> {
    if (isFile(value)) {
      return uploads.get(value) ?? start(value)
    }
    if (Array.isArray(value)) {
      return Promise.all(value.map(replace))
    }
    if (!isPlainObject(value)) {
      return value
    }
    const entries = Object.entries(value).map(
      async ([key, item]) => [key, await replace(item)] as const,
    )
    return Object.fromEntries(await Promise.all(entries))
  }

  try {
    const replaced = replace(input)
    emit(onUpload, sum(progress))
    return await replaced
  } catch (error) {
    all.abort(error)
    throw error
  } finally {
    signal.removeEventListener('abort', forward)
  }
}

function sum(progress: ReadonlyMap<unknown, UploadProgress>): UploadProgress {
  const total = { loaded: 0, total: 0 }
  for (const part of progress.values()) {
    total.loaded += part.loaded
    total.total += part.total
  }
  return total
}
