import { hmac } from '../signature.ts'

/** The HMAC-SHA256 of a text, in base64url (RFC 4648, section 5) without padding. */
export async function digestOf(key: string, text: string): Promise<string> {
  return (await hmac(key, text)).replaceAll(
    /[+/=]/g,
    (character) => ({ '+': '-', '/': '_' })[character] ?? '',
  )
}
