import { ApikleyError } from '../errors.ts'
import { tell } from '../events.ts'
import { uploadFileStream, uploadFileUrl } from '../generated/operations.ts'
import { randomId } from '../runtime.ts'
import { orAborted } from '../transport/abort.ts'
import type { OperationClient, Transport } from '../transport/send.ts'
import { toBlob, type UploadData } from './data.ts'
import type { OperationData } from '@apikley/types'

export interface UploadOptions {
  /**
   * The name to keep the file under; a file of the same name in the same directory is replaced.
   * Default: the file's own name behind a random prefix.
   */
  readonly fileName?: string | undefined
  /** Default: `uploads`. */
  readonly directory?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface UploadDataOptions extends UploadOptions {
  /**
   * Called as the bytes go, from none to all of them, and from the beginning when the upload is
   * sent again. Pages that use the platform's own `fetch` and a proxy are told on the way;
   * elsewhere platforms do not say, and it is called at the beginning and at the end. What it
   * throws is ignored.
   */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined
}

/** In bytes. */
export interface UploadProgress {
  readonly loaded: number
  readonly total: number
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

export type Upload = (data: UploadData, options?: UploadDataOptions) => Promise<UploadedFile>
export type UploadFromUrl = (url: string | URL, options?: UploadOptions) => Promise<UploadedFile>

const kept = 3 * 24 * 60 * 60 * 1000

export function createUpload(client: OperationClient): Upload {
  return async (data, { fileName, directory = 'uploads', onProgress, signal } = {}) => {
    const file = await orAborted(toBlob(data, signal), signal)
    const name = fileName ?? uniqueName(client, file instanceof File ? file.name : '', file.type)
    const report = (part: number): void => {
      const progress = { loaded: Math.round(part * file.size), total: file.size }
      tell(client.transport.onEvent, { type: 'upload', fileName: name, ...progress })
      tell(onProgress, progress)
    }
    const observed = {
      ...client,
      transport: observe(client.transport, report, onProgress !== undefined),
    }
    return read(
      client,
      await uploadFileStream(observed, { file, uploadPath: directory, fileName: name }, { signal }),
    )
  }
}

/** Reports how much of every attempt's body has gone. */
function observe(
  transport: Transport,
  report: (part: number) => void,
  onTheWay: boolean,
): Transport {
  const observed: typeof fetch = async (input, init) => {
    report(0)
    const isPage = !transport.ownFetch && typeof XMLHttpRequest === 'function'
    const send =
      onTheWay && isPage && !new Headers(init?.headers).has('authorization')
        ? // Without its progress an upload is still an upload.
          await import('./upload-progress.ts').then(
            ({ createProgressFetch }) => createProgressFetch(report),
            () => transport.fetch,
          )
        : transport.fetch
    const response = await send(input, init)
    if (!init?.signal?.aborted) {
      report(1)
    }
    return response
  }
  return { ...transport, fetch: observed }
}

export function createUploadFromUrl(client: OperationClient): UploadFromUrl {
  return async (url, { fileName, directory = 'uploads', signal } = {}) => {
    const given = String(url)
    if (!URL.canParse(given)) {
      throw new ApikleyError({
        kind: 'invalid-input',
        message: `Not an address: ${given}. Nothing was sent.`,
      })
    }
    const { pathname } = new URL(given)
    const name = fileName ?? uniqueName(client, pathname.slice(pathname.lastIndexOf('/') + 1), '')
    return read(
      client,
      await uploadFileUrl(
        client,
        { fileUrl: given, uploadPath: directory, fileName: name },
        { signal },
      ),
    )
  }
}

function read(
  { transport }: OperationClient,
  data: OperationData<'upload-file-stream'>,
): UploadedFile {
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
