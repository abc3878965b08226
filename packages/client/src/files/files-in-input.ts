import type { ModelFileInput, ModelId, ModelInput } from '@apikley/types'
import { isRecord } from '../transport/answer.ts'
import type { UploadedFile } from './upload.ts'

/** The input with the address of its upload in the place of every Blob and File, at any depth. The same Blob is uploaded once. */
export async function uploadFilesIn<M extends ModelId>(
  model: M,
  input: ModelFileInput<M>,
  upload: (file: Blob) => Promise<UploadedFile>,
): Promise<ModelInput<M>> {
  const uploads = new Map<Blob, Promise<UploadedFile>>()

  async function replace(value: unknown): Promise<unknown> {
    if (value instanceof Blob) {
      const started = uploads.get(value) ?? upload(value)
      uploads.set(value, started)
      return (await started).url
    }
    if (Array.isArray(value)) return Promise.all(value.map(replace))
    if (!isRecord(value)) return value
    return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([key, item]) => [key, await replace(item)] as const)))
  }

  const replaced = await replace(input)
  if (!isInput(model, replaced)) throw new TypeError('unreachable')
  return replaced
}

/** Whether there is a Blob or File anywhere in a value. */
export function hasFiles(value: unknown): boolean {
  if (value instanceof Blob) return true
  return Array.isArray(value) ? value.some(hasFiles) : isRecord(value) && Object.values(value).some(hasFiles)
}

/** A model's input and the input with files in it differ in nothing but the files. */
function isInput<M extends ModelId>(_model: M, value: unknown): value is ModelInput<M> {
  return !hasFiles(value)
}
