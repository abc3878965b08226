import type { ProxyOptions } from './options.ts'
import { refusal } from './refusal.ts'

/** Where uploads go. */
export const uploadPath = 'uploads'

/** @throws {ApikleyError} a refusal, when uploads are not open */
export function openUploads({ uploads = {} }: ProxyOptions): { readonly maxBytes: number; readonly accepts: (type: string) => boolean } {
  if (uploads === false) throw refusal(403, 'feature-disabled', 'Uploads are not allowed here. The proxy option `uploads` opens them.')
  const { maxBytes = 20 * 2 ** 20, types = ['image/*', 'video/*', 'audio/*'] } = uploads
  return {
    maxBytes,
    accepts: (type) =>
      /^[\w.+-]+\/[\w.+-]+$/.test(type) &&
      types.some((allowed) => allowed === type || (allowed.endsWith('/*') && type.startsWith(allowed.slice(0, -1)))),
  }
}

/** A name of its own for every file, so that nobody replaces the file of another, with what is safe of the given one at its end. */
export function fileNameFor(given: string): string {
  const safe = given
    .replaceAll(/[^\w.-]+/g, '-')
    .replaceAll(/\.{2,}/g, '.')
    .replace(/^[.-]+/, '')
    .slice(-80)
  return `${crypto.randomUUID()}-${safe || 'file'}`
}
