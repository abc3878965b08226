import type { ModelFileInput, ModelId, ModelInput } from '@apikley/types'
import { tell } from '../events.ts'
import type { Upload, UploadProgress } from './upload.ts'

/** A Blob, a File, or a file in a `data:` URL. */
type FileValue = Blob | `data:${string}`

/**
 * The input with the address of its upload in the place of every file in it, at any depth. The same
 * one is uploaded once. When one upload fails, the others are called off.
 */
export async function uploadFilesIn<M extends ModelId>(
  model: M,
  input: ModelFileInput<M>,
  upload: Upload,
  signal: AbortSignal,
  onUpload?: (progress: UploadProgress) => void,
): Promise<ModelInput<M>> {
  signal.throwIfAborted()
  const uploads = new Map<FileValue, Promise<string>>()
  const progress = new Map<FileValue, UploadProgress>()
  const all = new AbortController()
  const forward = (): void => all.abort(signal.reason)
  signal.addEventListener('abort', forward, { once: true })

  function start(file: FileValue): Promise<string> {
    progress.set(file, { loaded: 0, total: file instanceof Blob ? file.size : 0 })
    const onProgress =
      onUpload && ((its: UploadProgress) => tell(onUpload, sum(progress.set(file, its))))
    const uploaded = upload(file, { signal: all.signal, onProgress }).then(({ url }) => url)
    uploads.set(file, uploaded)
    return uploaded
  }

  async function replace(value: unknown): Promise<unknown> {
    if (isFile(value)) {
      return uploads.get(value) ?? start(value)
    }
    if (Array.isArray(value)) {
      return Promise.all(value.map(replace))
    }
    if (!isPlain(value)) {
      return value
    }
    return Object.fromEntries(
      await Promise.all(
        Object.entries(value).map(async ([key, item]) => [key, await replace(item)] as const),
      ),
    )
  }

  try {
    const replacing = hasFiles(input) ? replace(input) : input
    if (progress.size > 0) {
      tell(onUpload, sum(progress))
    }
    const replaced = await replacing
    if (!isInput(model, replaced)) {
      throw new TypeError('A file is left in the input')
    }
    return replaced
  } catch (error) {
    all.abort(error)
    throw error
  } finally {
    signal.removeEventListener('abort', forward)
  }
}

function sum(progress: ReadonlyMap<unknown, UploadProgress>): UploadProgress {
  let [loaded, total] = [0, 0]
  for (const its of progress.values()) {
    ;[loaded, total] = [loaded + its.loaded, total + its.total]
  }
  return { loaded, total }
}

/** Whether there is a file anywhere in a value. */
export function hasFiles(value: unknown): boolean {
  if (isFile(value)) {
    return true
  }
  return Array.isArray(value)
    ? value.some(hasFiles)
    : isPlain(value) && Object.values(value).some(hasFiles)
}

const isFile = (value: unknown): value is FileValue => value instanceof Blob || isDataUrl(value)

/** A `data:` URL of a file, as a value in an input; a text that only begins alike is none. */
function isDataUrl(value: unknown): value is `data:${string}` {
  return (
    typeof value === 'string' && /^data:[\w.+-]+\/[\w.+-]+(;[\w.+-]+=[^;,]*)*;base64,/i.test(value)
  )
}

/** A model's input and the input with files in it differ in nothing but the files. */
function isInput<M extends ModelId>(_model: M, value: unknown): value is ModelInput<M> {
  return !hasFiles(value)
}

/** An object literal; others, such as a URL, have a form of their own in JSON. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    return false
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
