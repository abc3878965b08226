/** A request, in process or from a socket. A `Request` of the platform is one. */
export interface Incoming {
  readonly method: string
  readonly url: string
  readonly headers: { get(name: string): string | null }
  /** Aborts when the caller disconnects. */
  readonly signal: AbortSignal
  readonly body: AsyncIterable<Uint8Array> | null
}

/** A body that is too large, or not what its content type says. The message is for the caller. */
export class BodyError extends Error {}

/**
 * The bytes of a body, at most `limit`.
 *
 * @throws {BodyError} as soon as the body exceeds the limit
 */
export async function readBytes(
  { headers, body }: Pick<Incoming, 'headers' | 'body'>,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = new BodyError(`The body is larger than ${limit} bytes`)
  if (Number(headers.get('content-length')) > limit) {
    throw tooLarge
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > limit) {
      throw tooLarge
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** @throws {BodyError} when the body is too large, or not a complete multipart form */
export async function readForm(request: Incoming, limit: number): Promise<FormData> {
  const contentType = request.headers.get('content-type') ?? ''
  if (!/^multipart\/form-data\s*;/i.test(contentType)) {
    throw new BodyError('The body is not multipart/form-data')
  }
  const body = await readBytes(request, limit)
  try {
    return await new Response(body, { headers: { 'content-type': contentType } }).formData()
  } catch (error) {
    throw new BodyError('The form is not complete', { cause: error })
  }
}
