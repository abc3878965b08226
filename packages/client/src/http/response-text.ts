import type { Transport } from '../options.ts'

/** The body of a response, without the API key. */
export interface ResponseText {
  readonly text: string
  /** Whether the body is larger than `maxResponseBytes`, and the text only its beginning. */
  readonly isCut: boolean
}

/** Reads a body, and stops at the limit. The platform has decompressed it. */
export async function readText(
  response: Response,
  { maxResponseBytes, key }: Pick<Transport, 'maxResponseBytes' | 'key'>,
): Promise<ResponseText> {
  // React Native has no stream, and no TextDecoder either.
  if (!response.body) {
    const text = await response.text()
    const isCut = text.length > maxResponseBytes
    return { text: key.redact(text.slice(0, maxResponseBytes)), isCut }
  }
  const decoder = new TextDecoder()
  let text = ''
  let left = maxResponseBytes
  for await (const chunk of chunksOf(response.body)) {
    text += decoder.decode(chunk.subarray(0, left), { stream: true })
    left -= chunk.byteLength
    if (left < 0) {
      break
    }
  }
  return { text: key.redact(text + decoder.decode()), isCut: left < 0 }
}

/** The body may be a Node stream, if the caller's `fetch` returns one. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (Symbol.asyncIterator in Object(body)) {
    yield* body
  } else {
    const reader = body.getReader()
    try {
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        yield read.value
      }
    } finally {
      reader.cancel().catch(() => {})
    }
  }
}
