import type { Success } from './fetch.ts'

/**
 * What is needed of a request on its way from openapi-fetch to `fetch`; the platform's own and the
 * light one are such.
 */
export interface OutgoingRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body?: unknown
  readonly credentials?: RequestCredentials | undefined
  blob?(): Promise<Blob>
  formData?(): Promise<FormData>
}

/**
 * What openapi-fetch makes of a call, in the place of the platform's Request. That one would turn
 * every body into a stream, which has to be read again before it can be sent twice, and costs more
 * than all the rest of a call.
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
 * The body that every attempt sends. JSON becomes a Blob, because platforms that repeat a request
 * by themselves after a dropped connection (Deno) do so for strings; a form stays one, and the
 * platform reads its files while it sends them.
 */
export async function bodyOf(request: OutgoingRequest, proxied: boolean): Promise<Body> {
  const { body, method, headers } = request
  if (proxied && request.formData && headers.get('content-type')?.startsWith('multipart/')) {
    return request.formData()
  }
  // The platform's Request; not every one tells by its `body` whether there is any.
  if (request.blob) {
    const blob = method === 'GET' || method === 'HEAD' ? undefined : await request.blob()
    return blob && blob.size > 0 ? blob : null
  }
  if (typeof body === 'string') {
    return new Blob([body])
  }
  return body instanceof FormData ? body : null
}

/**
 * The file in a form, under the name that it is to have. A proxy takes it as it is, because it
 * passes it on while it comes, and makes the form itself.
 */
export function fileOf(form: Body): File | undefined {
  if (!(form instanceof FormData)) {
    return undefined
  }
  const [file, name] = [form.get('file'), form.get('fileName')]
  return file instanceof File
    ? new File([file], typeof name === 'string' ? name : file.name, { type: file.type })
    : undefined
}

/** In bytes, as far as it is known before it is sent. */
export function sizeOf(body: Body): number {
  if (!(body instanceof FormData)) {
    return body?.size ?? 0
  }
  let size = 0
  body.forEach((value) => (size += typeof value === 'string' ? value.length : value.size))
  return size
}
