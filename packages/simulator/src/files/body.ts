import type { Incoming } from '../incoming.ts'

/** A body was longer than it may be. */
export class BodyTooLarge extends Error {
  constructor(limit: number) {
    super(`The body is larger than ${limit} bytes`)
  }
}

/**
 * The bytes of a body, no more than `limit` of them.
 *
 * @throws {BodyTooLarge} as soon as that is certain
 */
export async function readBytes(
  { headers, body }: Pick<Incoming, 'headers' | 'body'>,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(headers.get('content-length')) > limit) {
    throw new BodyTooLarge(limit)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > limit) {
      throw new BodyTooLarge(limit)
    }
    chunks.push(chunk)
  }
  return join(chunks, size)
}

export function join(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}
