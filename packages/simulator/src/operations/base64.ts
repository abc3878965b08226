/** The longest head of a data URL that is read, in characters. */
const longestHead = 256

/**
 * Base64, bare or as a data URL; nothing when it is neither. In one pass, however long and strange
 * the text is.
 */
export function readBase64(
  text: string,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly mimeType: string | undefined } | undefined {
  const comma = text.startsWith('data:') ? text.indexOf(',') : -1
  if (comma > longestHead) {
    return undefined
  }
  const head = /^data:([^;]*)(?:;.*)?;base64,$/s.exec(text.slice(0, comma + 1))
  if (comma >= 0 && !head) {
    return undefined
  }
  const data = text.slice(comma + 1).replaceAll(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(data)) {
    return undefined
  }
  return { bytes: new Uint8Array(Buffer.from(data, 'base64')), mimeType: head?.[1] }
}
