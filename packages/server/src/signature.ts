/** HMAC-SHA256 (RFC 2104) of a text, by the platform's own cryptography, in base64. */
export async function hmac(secret: string, text: string): Promise<string> {
  const encoder = new TextEncoder()
  const key = await crypto.subtle.importKey(
    'raw',
    encoder.encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  const mac = await crypto.subtle.sign('HMAC', key, encoder.encode(text))
  return btoa(String.fromCharCode(...new Uint8Array(mac)))
}

/**
 * Whether two texts are the same. The time that it takes tells nothing of them: what is compared is
 * made of them with a key that nobody knows.
 */
export async function isSame(one: string, other: string): Promise<boolean> {
  const blind = crypto.randomUUID()
  return (await hmac(blind, one)) === (await hmac(blind, other))
}

/** Whether one of several secrets passes a test. An empty one never does. */
export async function someSecret(
  secrets: string | readonly string[],
  passes: (secret: string) => Promise<boolean>,
): Promise<boolean> {
  for (const each of [secrets].flat()) {
    if (each && (await passes(each))) {
      return true
    }
  }
  return false
}
