import { refusal } from './refusal.ts'

/** The largest JSON body, in bytes. */
const largest = 2 ** 20

/** The deepest JSON: more than any input needs, and less than any stack holds. */
const deepest = 64

/**
 * A JSON object with no other fields than these, read no further than it may be.
 *
 * @throws {ApikleyError} a refusal
 */
export async function readJson<Field extends string>(
  request: Request,
  fields: readonly Field[],
  signal: AbortSignal,
): Promise<Partial<Record<Field, unknown>>> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? ''))
    throw refusal(415, 'rejected', 'The body should be application/json.')
  let json: unknown
  try {
    json = JSON.parse(await readText(request, signal))
  } catch (error) {
    throw error instanceof SyntaxError || error instanceof TypeError ? refusal(422, 'invalid-input', 'The body is not JSON.') : error
  }
  if (!hasOnly(json, fields) || !isShallow(json, deepest))
    throw refusal(422, 'invalid-input', `The body should be an object with nothing but ${fields.join(', ')}.`)
  return json
}

async function readText({ headers, body }: Request, signal: AbortSignal): Promise<string> {
  const tooLarge = refusal(413, 'rejected', `The body is larger than ${largest} bytes.`)
  if (Number(headers.get('content-length')) > largest) throw tooLarge
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const reader = (body ?? new Blob().stream()).getReader()
  const stop = (): void => void reader.cancel().catch(() => {})
  signal.addEventListener('abort', stop, { once: true })
  let [text, size] = ['', 0]
  try {
    for (;;) {
      const { done, value } = await reader.read()
      signal.throwIfAborted()
      if (done) return text + decoder.decode()
      size += value.byteLength
      if (size > largest) throw tooLarge
      text += decoder.decode(value, { stream: true })
    }
  } finally {
    stop()
    signal.removeEventListener('abort', stop)
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
