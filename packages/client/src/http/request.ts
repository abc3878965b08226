import type { ModelId, ModelRequest, OperationRequest } from '@apikley/types'
/** The parts of a request that are used between openapi-fetch and `fetch`. */
export interface OutgoingRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body?: unknown
  readonly credentials?: RequestCredentials | undefined
  arrayBuffer?(): Promise<ArrayBuffer>
  formData?(): Promise<FormData>
}

/**
 * Built by openapi-fetch instead of the platform's Request when there is no middleware: that one
 * turns every body into a stream, which costs more than the rest of a call.
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

/**
 * Frameworks such as Next.js cache what the server fetches, and a wait would never end. A platform
 * that does not know the option throws for it.
 */
export function uncached(): { readonly cache?: 'no-store' } {
  return typeof Request === 'function' && 'cache' in Request.prototype ? { cache: 'no-store' } : {}
}

export type Body = Uint8Array<ArrayBuffer> | Blob | FormData | null

/**
 * The body that every attempt sends: bytes, which every `fetch` can carry, or a form, so that the
 * platform reads its files while it sends them.
 */
export async function readBody(request: OutgoingRequest, proxied: boolean): Promise<Body> {
  const { body, headers } = request
  if (proxied && request.formData && headers.get('content-type')?.startsWith('multipart/')) {
    return request.formData()
  }
  if (body instanceof FormData) {
    return body
  }
  if (request.arrayBuffer) {
    return toBody(new Uint8Array(await request.arrayBuffer()))
  }
  return typeof body === 'string' ? toBody(new TextEncoder().encode(body)) : null
}

/** Deno resends bytes after a dropped connection, but not a Blob. */
function toBody(bytes: Uint8Array<ArrayBuffer>): Body {
  if (bytes.length === 0) {
    return null
  }
  return 'Deno' in globalThis ? new Blob([bytes]) : bytes
}

/** Whether the platform's `fetch` sends the bytes of a Blob. That of a test DOM may not know it. */
function isBlobSendable(): boolean {
  const type = 'application/octet-stream'
  return new Response(new Blob([], { type })).headers.get('content-type') === type
}

/**
 * A body as bytes where `fetch` may not know the platform's classes: a `fetch` of the caller, or a
 * test DOM. Every `fetch` can send bytes. Deno knows its classes, and resends bytes.
 *
 * @returns the body, and the content type of a form
 */
export async function toSendable(
  body: Body,
  isOwnFetch: boolean,
): Promise<{ readonly body: Body; readonly type?: string }> {
  const isPlain = !(body instanceof Blob || body instanceof FormData)
  if (isPlain || 'Deno' in globalThis || (!isOwnFetch && isBlobSendable())) {
    return { body }
  }
  if (body instanceof Blob) {
    return { body: await readBytes(body) }
  }
  // RFC 7578. The platform may not know how to write a form either.
  const boundary = `apikley-${crypto.getRandomValues(new Uint32Array(4)).join('-')}`
  const quote = (text: string): string => `"${text.replaceAll(/["\r\n]/g, encodeURIComponent)}"`
  const parts: BlobPart[] = []
  body.forEach((value, name) => {
    const disposition = `--${boundary}\r\ncontent-disposition: form-data; name=${quote(name)}`
    if (typeof value === 'string') {
      parts.push(`${disposition}\r\n\r\n${value}\r\n`)
    } else {
      const type = value.type || 'application/octet-stream'
      const file = `; filename=${quote(value.name)}\r\ncontent-type: ${type}\r\n\r\n`
      parts.push(disposition + file, value, '\r\n')
    }
  })
  const form = new Blob([...parts, `--${boundary}--\r\n`])
  return { body: await readBytes(form), type: `multipart/form-data; boundary=${boundary}` }
}

/** Also in a test DOM, whose Blob has no `arrayBuffer`. */
export async function readBytes(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof blob.arrayBuffer === 'function') {
    return new Uint8Array(await blob.arrayBuffer())
  }
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () =>
      reader.result instanceof ArrayBuffer && resolve(new Uint8Array(reader.result))
    reader.onerror = () => reject(reader.error ?? new Error('The file cannot be read'))
    reader.readAsArrayBuffer(blob)
  })
}

/** The size in bytes, as far as it is known before it is sent. */
export function sizeOf(body: Body): number {
  if (body instanceof FormData) {
    return [...body.values()].reduce(
      (size, value) => size + (typeof value === 'string' ? value.length : value.size),
      0,
    )
  }
  return body instanceof Blob ? body.size : (body?.length ?? 0)
}

/** The body of a create. The compiler cannot derive that `M` is a documented model. */
export function toCreateBody<M extends ModelId>(
  body: ModelRequest<M>,
): OperationRequest<'create-task'>
export function toCreateBody(body: object): object {
  return body
}

/**
 * A body as multipart form data, without its undefined fields. The items of a list share a name.
 */
export function toFormData(body: object | undefined): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(body ?? {})) {
    for (const item of [value].flat().filter((each) => each !== undefined)) {
      form.append(name, typeof item === 'object' ? item : String(item))
    }
  }
  return form
}
