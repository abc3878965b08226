/** HMAC-SHA256 (RFC 2104) of a text, by the platform's own cryptography. */
export async function hmac(secret: string, text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', await keyOf(secret, 'sign'), bytesOf(text)))
}

/** Whether `mac` is the HMAC-SHA256 of a text, told in a time that does not depend on where they differ. */
export async function isHmac(secret: string, text: string, mac: Uint8Array<ArrayBuffer>): Promise<boolean> {
  return crypto.subtle.verify('HMAC', await keyOf(secret, 'verify'), mac, bytesOf(text))
}

/** Whether one of several secrets passes a test. An empty one never does. */
export async function someSecret(secrets: string | readonly string[], passes: (secret: string) => Promise<boolean>): Promise<boolean> {
  for (const each of [secrets].flat()) if (each && (await passes(each))) return true
  return false
}

function keyOf(secret: string, use: 'sign' | 'verify'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytesOf(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [use])
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
