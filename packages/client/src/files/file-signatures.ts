/* oxlint-disable no-control-regex -- file signatures hold control characters */
/** The formats of inputs and results: extension, type, and first bytes as Latin-1 text. */
const FORMATS: readonly (readonly [extension: string, type: string, start: RegExp])[] = [
  ['png', 'image/png', /^\x89PNG/],
  ['jpg', 'image/jpeg', /^\xff\xd8\xff/],
  ['webp', 'image/webp', /^RIFF.{4}WEBP/s],
  ['gif', 'image/gif', /^GIF8/],
  ['bmp', 'image/bmp', /^BM.{4}\0{4}/s],
  ['tiff', 'image/tiff', /^(II\*\0|MM\0\*)/],
  ['heic', 'image/heic', /^.{4}ftyp(he[iv]|mif1|msf1)/s],
  ['avif', 'image/avif', /^.{4}ftypavi/s],
  ['mov', 'video/quicktime', /^.{4}(ftypqt|moov|mdat|wide)/s],
  ['m4a', 'audio/mp4', /^.{4}ftypM4[AB]/s],
  ['mp4', 'video/mp4', /^.{4}ftyp/s],
  ['mkv', 'video/x-matroska', /^\x1aE\xdf\xa3.{0,40}matroska/s],
  ['webm', 'video/webm', /^\x1aE\xdf\xa3/],
  ['avi', 'video/x-msvideo', /^RIFF.{4}AVI /s],
  ['wav', 'audio/wav', /^RIFF.{4}WAVE/s],
  ['ogg', 'audio/ogg', /^OggS/],
  ['flac', 'audio/flac', /^fLaC/],
  ['mp3', 'audio/mpeg', /^(ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb])/],
  ['aac', 'audio/aac', /^\xff[\xf0\xf1\xf8\xf9]/],
  ['wma', 'audio/x-ms-wma', /^0&\xb2u/],
  ['pdf', 'application/pdf', /^%PDF/],
  ['zip', 'application/zip', /^PK\x03\x04/],
  ['gz', 'application/gzip', /^\x1f\x8b/],
  // The rest is text, which has no NUL.
  ['html', 'text/html', /^(\xef\xbb\xbf)?\s*<(!doctype h|html|head|body|script|title)[^\0]*$/i],
  ['svg', 'image/svg+xml', /^(\xef\xbb\xbf)?\s*(<[?!][^\0]*)?<svg[^\0]*$/i],
  ['xml', 'application/xml', /^(\xef\xbb\xbf)?\s*<[?!a-z][^\0]*$/i],
  ['json', 'application/json', /^(\xef\xbb\xbf)?\s*[{[][^\0]*$/],
]

/** Other names of the types above, without `x-` and `vnd.`. */
const ALIASES: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/heif': 'image/heic',
  'audio/mp3': 'audio/mpeg',
  'audio/m4a': 'audio/mp4',
  'audio/wave': 'audio/wav',
  'video/avi': 'video/msvideo',
  'video/m4v': 'video/mp4',
  'text/xml': 'application/xml',
}

/** Without parameters. Empty for another text. */
const plainType = (type: string): string =>
  /^[\w.+-]+\/[\w.+*-]+/.exec(type.toLowerCase())?.[0] ?? ''

/** One name for each type: `audio/x-wav` and `audio/wav` are the same. */
export function canonicalType(type: string): string {
  const plain = plainType(type).replace(/\/(x-|vnd\.)/, '/')
  return ALIASES[plain] ?? plain
}

export function typeOfBytes(head: Uint8Array): string | undefined {
  const text = String.fromCharCode(...head)
  return FORMATS.find(([, , start]) => start.test(text))?.[1]
}

/** The type by the extension of a file name or path. */
export function typeOfName(name: string): string | undefined {
  const extension = /\.(\w+)$/.exec(name.toLowerCase())?.[1]?.replace('jpeg', 'jpg')
  return FORMATS.find(([known]) => known === extension)?.[1]
}

/** With its dot, or empty if the type is unknown. */
export function extensionOf(type: string): string {
  const format = findFormat(type) ?? findFormat(type.replace('audio/', 'video/'))
  return format ? `.${format[0]}` : ''
}

/** The usual name of a type. */
export const commonType = (type: string): string => findFormat(type)?.[1] ?? plainType(type)

const findFormat = (type: string): (typeof FORMATS)[number] | undefined =>
  FORMATS.find(([, known]) => canonicalType(known) === canonicalType(type))

/** The last part of a path or URL. */
export const baseName = (path: string): string =>
  path.replace(/[?#].*/s, '').replace(/.*[/\\]/s, '')
