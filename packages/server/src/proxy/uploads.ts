import type { OperationData } from '@apikley/types'
import type { ProxyOptions } from './options.ts'
import { notOpen } from './refusal.ts'

/** Where uploads go. */
export const uploadPath = 'uploads'

/**
 * What a slow line carries, in bytes per ms (0.5 Mbit/s): a file has that much more time, as with
 * the client.
 */
const slowLine = 64

/** The largest file, in bytes, unless `maxBytes` says otherwise. */
const largest = 20 * 2 ** 20

/** How long a file of so many bytes, or the largest one, may take, in ms. */
export function uploadTime(
  { uploads }: ProxyOptions,
  requestTimeout: number,
  bytes?: number,
): number {
  return requestTimeout + (bytes ?? ((uploads && uploads.maxBytes) || largest)) / slowLine
}

/** @throws {ApikleyError} a refusal, when uploads are not open */
export function uploadRules({ uploads = {} }: ProxyOptions): {
  maxBytes: number
  types: readonly string[]
  fromUrl: boolean
} {
  if (uploads === false) {
    throw notOpen('Uploads are', 'uploads')
  }
  const { maxBytes = largest, types = ['image/*', 'video/*', 'audio/*'], fromUrl = false } = uploads
  return { maxBytes, types, fromUrl }
}

/**
 * A name of its own for every file, so that nobody replaces the file of another, with what is safe
 * of the given one at its end.
 */
export function fileNameFor(given: unknown): string {
  const safe = String(given)
    .replaceAll(/[^\w.-]+|\.{2,}/g, '-')
    .slice(-80)
  return `${crypto.randomUUID()}-${safe}`
}

/** What a page gets to know of its file; what the service says of the account stays here. */
export function shownFile({
  fileName,
  downloadUrl,
  fileSize,
  mimeType,
  uploadedAt,
}: UploadedFile): UploadedFile {
  return { fileName, filePath: fileName, downloadUrl, fileSize, mimeType, uploadedAt }
}

type UploadedFile = OperationData<'upload-file-stream'>
