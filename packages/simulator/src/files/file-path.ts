/**
 * Where an uploaded file goes, or why it goes nowhere. Nothing is ever written to a disk; these
 * rules keep addresses honest: a path that climbs, in whatever spelling, is refused rather than
 * cleaned.
 */
export function filePath(
  directory: string,
  name: string,
): { readonly path: string } | { readonly refused: string } {
  if (directory.length > 512) {
    return { refused: 'uploadPath is longer than 512 characters' }
  }
  if (name.length > 255) {
    return { refused: 'fileName is longer than 255 characters' }
  }
  if (/[\\/]/.test(decoded(name))) {
    return { refused: 'fileName should be a name without a path' }
  }
  const parts = directory.split('/')
  if (parts.some((part) => !isPlain(part))) {
    return { refused: 'uploadPath should be a path of plain names, without a slash at either end' }
  }
  if (!isPlain(name)) {
    return { refused: 'fileName should be a plain name' }
  }
  return { path: [...parts, name].join('/') }
}

function isPlain(part: string): boolean {
  const text = decoded(part)
  return (
    text !== '' &&
    text !== '.' &&
    text !== '..' &&
    // oxlint-disable-next-line no-control-regex -- a URL holds no control character
    !/[\u0000-\u001f\u007f\\/]|\p{Surrogate}/u.test(text)
  )
}

/** Without percent encoding, however often it was applied. */
function decoded(text: string): string {
  for (let depth = 0, current = text; depth < 5; depth++) {
    let next: string
    try {
      next = decodeURIComponent(current)
    } catch {
      return current
    }
    if (next === current) {
      return current
    }
    current = next
  }
  // Encoded five times over: nothing that a name needs.
  return '..'
}

/** A path as part of an address. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
