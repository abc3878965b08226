/** HMAC-SHA256 (RFC 2104) of a text, in base64. */
export async function hmac(secret: string, text: string): Promise<string> {
  const encoder = new TextEncoder()
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const bytes = encoder.encode(secret)
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign'])
  const mac = await crypto.subtle.sign('HMAC', key, encoder.encode(text))
  return btoa(String.fromCharCode(...new Uint8Array(mac)))
}

/** HMAC-SHA256 of a text, in base64url without padding (RFC 4648, section 5). */
export async function hmacBase64Url(secret: string, text: string): Promise<string> {
  const base64 = await hmac(secret, text)
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/**
 * Whether a text equals the value that `compute` returns for one of the secrets. An empty secret
 * never matches. It compares HMACs under a random key, so that timing does not reveal where texts
 * differ.
 */
export async function matchesAnySecret(
  text: string,
  secrets: string | readonly string[],
  compute: (secret: string) => string | Promise<string>,
): Promise<boolean> {
  const key = crypto.randomUUID()
  const digest = await hmac(key, text)
  for (const secret of [secrets].flat()) {
    if (secret && digest === (await hmac(key, await compute(secret)))) {
      return true
    }
  }
  return false
}
