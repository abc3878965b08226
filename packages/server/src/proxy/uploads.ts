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
