import { ApikleyError } from '../errors.ts'
import { uploadFileStream, uploadFileUrl } from '../generated/operations.ts'
import { randomId } from '../runtime.ts'
import type { OperationClient } from '../transport/send.ts'
import type { OperationData } from '@apikley/types'

export interface UploadOptions {
  /** The name to keep the file under; a file of the same name in the same directory is replaced. Default: the file's own name behind a random prefix. */
  readonly fileName?: string | undefined
  /** Default: `uploads`. */
  readonly directory?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface UploadedFile {
  /** What goes into a model's input, for instance as `image_url`. */
  readonly url: string
  readonly fileName: string
  /** In bytes. */
  readonly size: number
  readonly mimeType: string
  /** When the service is expected to delete it, in Unix ms: 3 days after the upload. */
  readonly expiresAt: number
}

export type Upload = (data: Blob | ArrayBuffer | Uint8Array<ArrayBuffer>, options?: UploadOptions) => Promise<UploadedFile>
export type UploadFromUrl = (url: string | URL, options?: UploadOptions) => Promise<UploadedFile>

const kept = 3 * 24 * 60 * 60 * 1000

export function createUpload(client: OperationClient): Upload {
  return async (data, { fileName, directory = 'uploads', signal } = {}) => {
    const file = data instanceof Blob ? data : new Blob([data])
    const name = fileName ?? uniqueName(client, file instanceof File ? file.name : '', file.type)
    return read(client, await uploadFileStream(client, { file, uploadPath: directory, fileName: name }, { signal }))
  }
}

export function createUploadFromUrl(client: OperationClient): UploadFromUrl {
  return async (url, { fileName, directory = 'uploads', signal } = {}) => {
    const given = String(url)
    if (!URL.canParse(given)) throw new ApikleyError({ kind: 'invalid-input', message: `Not an address: ${given}. Nothing was sent.` })
    const { pathname } = new URL(given)
    const name = fileName ?? uniqueName(client, pathname.slice(pathname.lastIndexOf('/') + 1), '')
    return read(client, await uploadFileUrl(client, { fileUrl: given, uploadPath: directory, fileName: name }, { signal }))
  }
}

function read({ transport }: OperationClient, data: OperationData<'upload-file-stream'>): UploadedFile {
  const uploadedAt = Date.parse(data.uploadedAt)
  return {
    url: data.downloadUrl,
    fileName: data.fileName,
    size: data.fileSize,
    mimeType: data.mimeType,
    expiresAt: (Number.isNaN(uploadedAt) ? transport.clock.now() : uploadedAt) + kept,
  }
}

/** A name that nothing is overwritten by, with what is safe of the given one at its end. */
function uniqueName({ transport }: OperationClient, given: string, type: string): string {
  const [, stem = given, ending = ''] = /^(.*?)(\.[a-z0-9]{1,8})?$/is.exec(given) ?? []
  const safe = stem
    .replaceAll(/[^\w.-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(-80)
  const known = /^[a-z]+\/([a-z0-9]+)$/.exec(type)?.[1]
  return `${randomId(transport.random).slice(0, 16)}-${safe || 'file'}${ending || (known ? `.${known}` : '')}`
}
