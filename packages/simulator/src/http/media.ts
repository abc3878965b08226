/** The MIME types of results and uploads, by file extension. */
const MIME_TYPES = new Map([
  ['gif', 'image/gif'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['png', 'image/png'],
  ['webp', 'image/webp'],
  ['mp4', 'video/mp4'],
  ['mp3', 'audio/mpeg'],
  ['wav', 'audio/wav'],
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
