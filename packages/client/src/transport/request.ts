import type { Success } from './fetch.ts'

/** What is needed of a request on its way from openapi-fetch to `fetch`; the platform's own and the light one are such. */
export interface OutgoingRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body?: unknown
  readonly credentials?: RequestCredentials | undefined
  blob?(): Promise<Blob>
}

/**
 * What openapi-fetch makes of a call, in the place of the platform's Request. That one would turn every body into a stream, which has to be read
 * again before it can be sent twice, and costs more than all the rest of a call.
 */
export class LightRequest implements OutgoingRequest {
  declare readonly url: string
  declare readonly method: string
  declare readonly headers: Headers
  declare readonly body: unknown

  constructor(url: string, init: Omit<OutgoingRequest, 'url'>) {
    Object.assign(this, init, { url })
  }
}

/** What openapi-fetch looks at of an answer that is a success. */
export const lightResponse = ({ text, ...init }: Success): object => ({
  ...init,
  ok: true,
  text: async () => text,
  json: async () => JSON.parse(text),
})

export type Body = Blob | FormData | null

/**
 * The body that every attempt sends. JSON becomes a Blob, because platforms that repeat a request by themselves after a dropped connection (Deno)
 * do so for strings; a form stays one, and the platform reads its files while it sends them.
 */
export async function bodyOf(request: OutgoingRequest): Promise<Body> {
  const { body, method } = request
  // The platform's Request; not every one tells by its `body` whether there is any.
  if (request.blob) {
    const blob = method === 'GET' || method === 'HEAD' ? undefined : await request.blob()
    return blob && blob.size > 0 ? blob : null
  }
  if (typeof body === 'string') return new Blob([body])
  return body instanceof FormData ? body : null
}

/** In bytes, as far as it is known before it is sent. */
export function sizeOf(body: Body): number {
  if (!(body instanceof FormData)) return body?.size ?? 0
  let size = 0
  body.forEach((value) => (size += typeof value === 'string' ? value.length : value.size))
  return size
}
