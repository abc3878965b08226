import type { ModelFileInput, ModelId, ModelInput } from '@apikley/types'
import type { Upload } from './upload.ts'

/**
 * The input with the address of its upload in the place of every Blob and File, at any depth. The same Blob is uploaded once. When one
 * upload fails, the others are called off.
 */
export async function uploadFilesIn<M extends ModelId>(
  model: M,
  input: ModelFileInput<M>,
  upload: Upload,
  signal: AbortSignal,
): Promise<ModelInput<M>> {
  signal.throwIfAborted()
  const uploads = new Map<Blob, Promise<string>>()
  const all = new AbortController()
  const forward = (): void => all.abort(signal.reason)
  signal.addEventListener('abort', forward, { once: true })

  function start(file: Blob): Promise<string> {
    const uploaded = upload(file, { signal: all.signal }).then(({ url }) => url)
    uploads.set(file, uploaded)
    return uploaded
  }

  async function replace(value: unknown): Promise<unknown> {
    if (value instanceof Blob) return uploads.get(value) ?? start(value)
    if (Array.isArray(value)) return Promise.all(value.map(replace))
    if (!isPlain(value)) return value
    return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([key, item]) => [key, await replace(item)] as const)))
  }

  try {
    const replaced = hasFiles(input) ? await replace(input) : input
    if (!isInput(model, replaced)) throw new TypeError('A file is left in the input')
    return replaced
  } catch (error) {
    all.abort(error)
    throw error
  } finally {
    signal.removeEventListener('abort', forward)
  }
}

/** Whether there is a Blob or File anywhere in a value. */
export function hasFiles(value: unknown): boolean {
  if (value instanceof Blob) return true
  return Array.isArray(value) ? value.some(hasFiles) : isPlain(value) && Object.values(value).some(hasFiles)
}

/** A model's input and the input with files in it differ in nothing but the files. */
function isInput<M extends ModelId>(_model: M, value: unknown): value is ModelInput<M> {
  return !hasFiles(value)
}

/** An object literal; others, such as a URL, have a form of their own in JSON. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
