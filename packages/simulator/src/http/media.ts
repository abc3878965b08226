import { createHash } from 'node:crypto'

/** The MIME types of results and uploads, by file extension. */
const MIME_TYPES = new Map([
  ['gif', 'image/gif'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['png', 'image/png'],
  ['webp', 'image/webp'],
  ['mp4', 'video/mp4'],
  ['mp3', 'audio/mpeg'],
  ['txt', 'text/plain'],
])

export function extensionOf(mimeType: string): string {
  const [extension = 'bin'] = [...MIME_TYPES].find(([, type]) => type === mimeType) ?? []
  return extension
}

/** The MIME type of a file: the declared one, or else that of its extension. */
export function mimeTypeOf(declared: string | undefined, name: string): string {
  const type = declared?.split(';')[0]?.trim().toLowerCase()
  if (type && /^[\w.+-]+\/[\w.+-]+$/.test(type) && type !== 'application/octet-stream') {
    return type
  }
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  return MIME_TYPES.get(extension) ?? 'application/octet-stream'
}

/** A GIF of one pixel (GIF89a, a palette of two). Its colour depends on the path. */
export function placeholderGif(path: string): Uint8Array<ArrayBuffer> {
  const colour = createHash('sha256').update(path).digest().subarray(0, 3)
  const header = [0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0x80, 0, 0]
  const image = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b]
  return new Uint8Array([...header, ...colour, 0, 0, 0, ...image])
}
