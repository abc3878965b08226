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

/** Compares the HMACs under a random key, so that timing does not reveal where texts differ. */
export async function timingSafeEqual(a: string, b: string): Promise<boolean> {
  const key = crypto.randomUUID()
  return (await hmac(key, a)) === (await hmac(key, b))
}

/** Whether one of the secrets passes a test. An empty secret never passes. */
export async function matchesAnySecret(
  secrets: string | readonly string[],
  matches: (secret: string) => Promise<boolean>,
): Promise<boolean> {
  for (const secret of [secrets].flat()) {
    if (secret && (await matches(secret))) {
      return true
    }
  }
  return false
}
