import type { OperationData } from '@apikley/types'
import type { ProxyOptions, UploadRules } from './options.ts'
import { notOpen } from './refusal.ts'

/** Where uploads go. */
export const uploadPath = 'uploads'

/** @throws {ApikleyError} a refusal, when uploads are not open */
export function uploadRules({ uploads = {} }: ProxyOptions): UploadRules {
  if (uploads === false) throw notOpen('Uploads are', 'uploads')
  return uploads
}

/** A name of its own for every file, so that nobody replaces the file of another, with what is safe of the given one at its end. */
export function fileNameFor(given: unknown): string {
  const safe = String(given)
    .replaceAll(/[^\w.-]+|\.{2,}/g, '-')
    .slice(-80)
  return `${crypto.randomUUID()}-${safe}`
}

/** What a page gets to know of its file; what the service says of the account stays here. */
export function shownFile({ fileName, downloadUrl, fileSize, mimeType, uploadedAt }: UploadedFile): UploadedFile {
  return { fileName, filePath: fileName, downloadUrl, fileSize, mimeType, uploadedAt }
}

type UploadedFile = OperationData<'upload-file-stream'>
