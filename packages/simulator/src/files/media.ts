/** The ending of a file's name for the types that results have. */
const endings: Readonly<Record<string, string>> = {
  'image/gif': 'gif',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'video/mp4': 'mp4',
  'audio/mpeg': 'mp3',
  'text/plain': 'txt',
}

export function endingOf(mimeType: string): string {
  return endings[mimeType] ?? 'bin'
}

/**
 * The type of an upload: what was declared, unless that says nothing; then what the name or the
 * first bytes say.
 */
export function mimeTypeOf(declared: string | undefined, name: string, bytes: Uint8Array): string {
  const type = declared?.split(';')[0]?.trim().toLowerCase()
  if (type && /^[\w.+-]+\/[\w.+-]+$/.test(type) && type !== 'application/octet-stream') {
    return type
  }
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  const byName = Object.entries(endings).find(
    ([, known]) => known === (ending === 'jpeg' ? 'jpg' : ending),
  )
  return byName?.[0] ?? typeOfBytes(bytes) ?? 'application/octet-stream'
}

function typeOfBytes(bytes: Uint8Array): string | undefined {
  const start = String.fromCodePoint(...bytes.subarray(0, 12))
  if (start.startsWith('\u0089PNG')) {
    return 'image/png'
  }
  if (start.startsWith('\u00ff\u00d8\u00ff')) {
    return 'image/jpeg'
  }
  if (start.startsWith('GIF8')) {
    return 'image/gif'
  }
  return start.startsWith('RIFF') && start.endsWith('WEBP') ? 'image/webp' : undefined
}

/** A GIF of one pixel in a colour of its own (GIF89a, a palette of two). */
export function pixel(colour: number): Uint8Array<ArrayBuffer> {
  const [red, green, blue] = [(colour >>> 16) & 255, (colour >>> 8) & 255, colour & 255]
  const header = [0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0x80, 0, 0]
  const image = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b]
  return new Uint8Array([...header, red, green, blue, 0, 0, 0, ...image])
}
