import { ApikleyError } from '@apikley/client'
import { misconfigured, refusal } from './refusal.ts'

/** The largest JSON body, in bytes. */
const largest = 2 ** 20

/** The deepest JSON: more than any input needs, and less than any stack holds. */
const deepest = 64

/**
 * The body, which breaks off when it has more than `most` bytes, whatever its headers say.
 *
 * @throws {ApikleyError} a refusal, when they say so
 */
export function limited({ headers, body, bodyUsed }: Request, most: number, signal: AbortSignal): Limited {
  if (bodyUsed) throw misconfigured('The body was read before the proxy got it: take body parsers off its route.')
  const tooLarge = refusal(413, `The body is larger than ${most} bytes.`)
  if (Number(headers.get('content-length')) > most) throw tooLarge
  let size = 0
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, counted) {
      if ((size += chunk.byteLength) > most) counted.error(tooLarge)
      else counted.enqueue(chunk)
    },
  })
  return { stream: (body ?? new Blob().stream()).pipeThrough(counting, { signal }), why: (error) => (size > most ? tooLarge : error) }
}

interface Limited {
  readonly stream: ReadableStream<Uint8Array>
  /** What an error comes of: not every platform passes on what broke a stream. */
  readonly why: (error: unknown) => unknown
}

/**
 * A JSON object with no other fields than these.
 *
 * @throws {ApikleyError} a refusal
 */
export async function readJson<Field extends string>(
  request: Request,
  signal: AbortSignal,
  ...fields: readonly Field[]
): Promise<Partial<Record<Field, unknown>>> {
  // Another type could come from a page of any site, without being asked for.
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? '')) throw refusal(415, 'The body should be application/json.')
  const { stream, why } = limited(request, largest, signal)
  const text = await new Response(stream).text().catch((error: unknown) => {
    signal.throwIfAborted()
    const reason = why(error)
    throw ApikleyError.is(reason) ? reason : refusal(400, 'The body broke off.')
  })
  const json = parse(text)
  if (hasOnly(json, fields) && isShallow(json, deepest)) return json
  throw refusal(422, `The body should be a JSON object with nothing but ${fields.join(', ')}.`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function hasOnly<Field extends string>(json: unknown, fields: readonly string[]): json is Partial<Record<Field, unknown>> {
  return isRecord(json) && Object.keys(json).every((field) => fields.includes(field))
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isShallow(value: unknown, depth: number): boolean {
  return typeof value !== 'object' || value === null || (depth > 0 && Object.values(value).every((item) => isShallow(item, depth - 1)))
}
