import type { OperationData } from '@apikley/types'
import { messageOf, unsent, type ApikleyError } from '../errors.ts'
import { emit } from '../events.ts'
import { uploadFileStream, uploadFileUrl } from '../generated/operations.ts'
import { raceAbort, toAborted } from '../http/abort.ts'
import type { OperationClient } from '../http/api.ts'
import { checkOptions } from '../http/check-options.ts'
import type { Transport } from '../options.ts'
import { hold, parseUrl, randomId } from '../runtime.ts'
import { extensionOf } from './file-signatures.ts'
import { readFile, type UploadData } from './read-file.ts'
import { createProgressFetch } from './upload-progress.ts'

export interface UploadOptions {
  /**
   * The name of the file. A file of the same name in the same directory is replaced. Default: a
   * random prefix and the file's own name.
   */
  readonly fileName?: string | undefined
  /** Default: `uploads`. */
  readonly directory?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface UploadDataOptions extends UploadOptions {
  /**
   * Called from 0 to all bytes, and again from 0 when the upload is retried. In a page with a
   * proxy and the platform's own `fetch` it is called during the upload; elsewhere at its start and
   * end. Its errors are ignored.
   */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined
}

/** In bytes. */
export interface UploadProgress {
  readonly loaded: number
  readonly total: number
}

export interface UploadedFile {
  /** The URL for a model's input, for instance as `image_url`. */
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

const UPLOAD_TTL_MS = 3 * 24 * 60 * 60 * 1000
const DEFAULT_DIRECTORY = 'uploads'

export function createUpload(client: OperationClient): Upload {
  const { transport } = client
  return async (data, options) => {
    const { fileName, directory = DEFAULT_DIRECTORY, onProgress, signal } = checkOptions(options)
    const reading = readFile(data, signal, fileName)
    const file = await raceAbort(hold(transport.clock, reading), signal).catch((cause: unknown) => {
      throw signal?.aborted ? toAborted(cause, signal) : unusable(cause)
    })
    const name = fileName ?? uniqueName(transport, file instanceof File ? file.name : '', file.type)
    const report = (share: number): void => {
      const progress = { loaded: Math.round(share * file.size), total: file.size }
      emit(transport.onEvent, { type: 'upload', fileName: name, ...progress })
      emit(onProgress, progress)
    }
    const fetch = observedFetch(transport, report, onProgress !== undefined)
    const observed = { ...client, transport: { ...transport, fetch } }
    const body = { file, uploadPath: directory, fileName: name }
    return toUploadedFile(transport, await uploadFileStream(observed, body, { signal }))
  }
}

export function createUploadFromUrl(client: OperationClient): UploadFromUrl {
  return async (url, options) => {
    const { fileName, directory = DEFAULT_DIRECTORY, signal } = checkOptions(options)
    const fileUrl = String(url)
    if (!parseUrl(fileUrl)) {
      throw unusable(new Error(`${fileUrl} is not a valid URL`))
    }
    const name = fileName ?? uniqueName(client.transport, new URL(fileUrl).pathname, '')
    const body = { fileUrl, uploadPath: directory, fileName: name }
    return toUploadedFile(client.transport, await uploadFileUrl(client, body, { signal }))
  }
}

function toUploadedFile(
  { clock }: Transport,
  { downloadUrl: url, fileName, fileSize: size, ...data }: OperationData<'upload-file-stream'>,
): UploadedFile {
  const uploadedAt = Date.parse(data.uploadedAt) || clock.now()
  const expiresAt = uploadedAt + UPLOAD_TTL_MS
  return { url, fileName, size, mimeType: data.mimeType, expiresAt }
}

/**
 * A `fetch` that reports the uploaded share of every attempt.
 *
 * @param detailed whether to report during the upload, where the platform can
 */
function observedFetch(
  transport: Transport,
  report: (share: number) => void,
  detailed: boolean,
): typeof globalThis.fetch {
  return async (input, init) => {
    report(0)
    let send = transport.fetch
    const isPage = !transport.ownFetch && typeof XMLHttpRequest === 'function'
    // XMLHttpRequest follows redirects, so it must not send a key.
    if (detailed && isPage && !new Headers(init?.headers).has('authorization')) {
      send = createProgressFetch(report, transport.maxResponseBytes)
    }
    const response = await send(input, init)
    if (!init?.signal?.aborted) {
      report(1)
    }
    return response
  }
}

/** A random prefix and the safe characters of a name, so that no other file is replaced. */
function uniqueName({ random }: Transport, path: string, type: string): string {
  const [, stem = '', ending = ''] = /([^/]*?)(\.[a-z0-9]{1,8})?$/i.exec(path) ?? []
  const safe = stem.replaceAll(/[^\w.-]+/g, '-').replace(/^[.-]+/, '')
  const extension = ending || extensionOf(type)
  return `${randomId(random).slice(0, 16)}-${safe.slice(-80) || 'file'}${extension}`
}

function unusable(cause: unknown): ApikleyError {
  return unsent('invalid-input', `${messageOf(cause)}.`, cause)
}
