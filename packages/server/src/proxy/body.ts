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
export function limited(request: Request, most: number, signal: AbortSignal): Limited {
  if (request.bodyUsed) {
    throw readBefore()
  }
  const tooLarge = refusal(413, `The body is larger than ${most} bytes.`)
  // Before the body is touched: what nobody has touched an adapter (Hono's) drains, and the
  // connection is good for the next request.
  if (Number(request.headers.get('content-length')) > most) {
    throw tooLarge
  }
  let size = 0
  let ended = false
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, counted) {
      if ((size += chunk.byteLength) > most) {
        counted.error(tooLarge)
      } else {
        counted.enqueue(chunk)
      }
    },
    flush() {
      ended = true
    },
  })
  const why = (error: unknown): unknown => (size > most ? tooLarge : error)
  return {
    stream: (request.body ?? new Blob().stream()).pipeThrough(counting, { signal }),
    why,
    checkEnd() {
      if (!ended) {
        throw why(brokeOff())
      }
    },
  }
}

const readBefore = (): ApikleyError =>
  misconfigured('The body was read before the proxy got it: take body parsers off its route.')

interface Limited {
  readonly stream: ReadableStream<Uint8Array>
  /** What an error comes of: not every platform passes on what broke a stream. */
  readonly why: (error: unknown) => unknown
  /**
   * To be called when all seems to have been read: workerd ends a stream that breaks like one that
   * ends.
   *
   * @throws {ApikleyError} a refusal
   */
  readonly checkEnd: () => void
}

const brokeOff = (): ApikleyError => refusal(400, 'The body broke off.')

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
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? '')) {
    throw refusal(415, 'The body should be application/json.')
  }
  const { stream, why, checkEnd } = limited(request, largest, signal)
  const text = await new Response(stream).text().catch((error: unknown) => {
    signal.throwIfAborted()
    const reason = why(error)
    throw ApikleyError.is(reason) ? reason : brokeOff()
  })
  checkEnd()
  if (!text && Number(request.headers.get('content-length')) > 0) {
    throw readBefore()
  }
  const json = parse(text)
  if (hasOnly(json, fields) && isShallow(json, deepest)) {
    return json
  }
  throw refusal(422, `The body should be a JSON object with nothing but ${fields.join(', ')}.`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function hasOnly<Field extends string>(
  json: unknown,
  fields: readonly string[],
): json is Partial<Record<Field, unknown>> {
  return isRecord(json) && Object.keys(json).every((field) => fields.includes(field))
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isShallow(value: unknown, depth: number): boolean {
  return (
    typeof value !== 'object' ||
    value === null ||
    (depth > 0 && Object.values(value).every((item) => isShallow(item, depth - 1)))
  )
}
