import { ApikleyError } from '@apikley/client'
import { checkSetup, refusal, refuseUnless } from './errors.ts'

const DEFAULT_MAX_JSON_BYTES = 65_536

interface JsonRequest {
  readonly request: Request
  readonly signal: AbortSignal
  readonly options: { readonly maxJsonBytes?: number | undefined }
}

/** Deeper than any input, and shallow enough for the stack of every platform. */
const MAX_JSON_DEPTH = 64

const READ_BEFORE =
  'The body was read before it reached the handler. Remove body parsers from its route.'
const INCOMPLETE = 'The body is incomplete.'

/** Where to find the Request when a framework passes its own argument, by a field of it. */
const WEB_REQUESTS = [
  ['request', 'Pass `event.request`.'],
  ['web', 'Pass `toWebRequest(event)`.'],
  ['node', 'Pass `toWebRequest(event)`.'],
  ['req', 'Pass `context.req.raw`, or `event.req`.'],
  ['rawPath', 'Use the adapter of `hono/aws-lambda`.'],
] as const

/**
 * Every handler calls it first.
 *
 * @throws {ApikleyError} `configuration` for an argument that is not a Request; a refusal of a URL
 *   with credentials
 */
export function checkRequest(request: Request): void {
  const { url, method, headers }: Partial<Request> = Object(request)
  const isRequest =
    typeof url === 'string' && typeof method === 'string' && typeof headers?.get === 'function'
  const [, how] = WEB_REQUESTS.find(([field]) => field in Object(request)) ?? []
  const hint = how ?? 'See the adapters in the README of @apikley/server.'
  checkSetup(isRequest, `The handler needs a web Request. ${hint}`)
  const { username, password } = URL.canParse(url ?? '') ? new URL(url ?? '') : { password: '' }
  refuseUnless(!username && !password, 400, 'The URL must not contain credentials.')
}

/**
 * Passes the body of a request to `consume`, as a stream that fails once it is larger than allowed.
 *
 * @throws {ApikleyError} a refusal if the body is too large or incomplete
 */
export async function consumeBody<T>(
  request: Request,
  maxBytes: number,
  signal: AbortSignal,
  consume: (body: ReadableStream<Uint8Array>) => Promise<T>,
): Promise<T> {
  checkSetup(!request.bodyUsed, READ_BEFORE)
  const tooLarge = `The body is larger than ${maxBytes} bytes.`
  // Refuse before touching the body: Hono's adapter drains an untouched body, and the connection
  // can then serve the next request.
  refuseUnless(!(Number(request.headers.get('content-length')) > maxBytes), 413, tooLarge)
  let bytes = 0
  let hasEnded = false
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength
      refuseUnless(bytes <= maxBytes, 413, tooLarge)
      controller.enqueue(chunk)
    },
    flush() {
      hasEnded = true
    },
  })
  const body = request.body ?? new Blob().stream()
  try {
    const result = await consume(body.pipeThrough(counter, { signal }))
    // workerd ends a broken stream as if it were complete.
    refuseUnless(hasEnded, 400, INCOMPLETE)
    return result
  } catch (error) {
    // Some platforms do not pass on why a stream failed.
    throw bytes > maxBytes ? refusal(413, tooLarge) : error
  }
}

/** @throws {ApikleyError} a refusal, or the reason of the signal */
export async function readText(
  request: Request,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string> {
  const decode = async (body: ReadableStream<Uint8Array>): Promise<string> => {
    const decoder = new TextDecoder()
    let text = ''
    // Each chunk is decoded at once, so that tiny chunks do not pile up.
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true })
    }
    return text
  }
  const text = await consumeBody(request, maxBytes, signal, decode).catch((error: unknown) => {
    signal.throwIfAborted()
    throw ApikleyError.is(error) ? error : refusal(400, INCOMPLETE)
  })
  const { headers } = request
  const isEmpty = !(Number(headers.get('content-length')) > 0 || headers.has('transfer-encoding'))
  checkSetup(text !== '' || isEmpty, READ_BEFORE)
  return text
}

/**
 * Reads a JSON object that has no fields except the named ones.
 *
 * @throws {ApikleyError} a refusal
 */
export async function readJson<Field extends string>(
  { request, signal, options: { maxJsonBytes = DEFAULT_MAX_JSON_BYTES } }: JsonRequest,
  ...fields: readonly Field[]
): Promise<Partial<Record<Field, unknown>>> {
  const { headers } = request
  // Pages of any site can send the other types without a preflight request.
  const isJson = /^application\/json\b/i.test(headers.get('content-type') ?? '')
  refuseUnless(isJson, 415, 'The body must be application/json.')
  const text = await readText(request, maxJsonBytes, signal)
  const json = parseJson(text)
  refuseUnless(
    hasOnlyFields<Field>(json, fields) && isShallow(json, MAX_JSON_DEPTH),
    422,
    `The body must be a JSON object with no fields except ${fields.join(', ')}.`,
  )
  return json
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function hasOnlyFields<Field extends string>(
  json: unknown,
  fields: readonly string[],
): json is Partial<Record<Field, unknown>> {
  return isRecord(json) && Object.keys(json).every((field) => fields.includes(field))
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) {
    return true
  }
  return depth > 0 && Object.values(value).every((item) => isShallow(item, depth - 1))
}

/** @throws {ApikleyError} a refusal unless the value is an http or https URL */
export function parseWebUrl(value: unknown): URL {
  refuseUnless(isWebUrl(value), 422, 'The URL must begin with http: or https:.')
  return new URL(value)
}

export function isWebUrl(value: unknown): value is string {
  return (
    typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
  )
}
