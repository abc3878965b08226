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
  const decoder = new TextDecoder()
  let text = ''
  let left = maxResponseBytes
  for await (const chunk of chunksOf(response)) {
    text += decoder.decode(chunk.subarray(0, left), { stream: true })
    left -= chunk.byteLength
    if (left < 0) {
      break
    }
  }
  return { text: key.redact(text + decoder.decode()), isCut: left < 0 }
}

/** The body may be a Node stream, if the caller's `fetch` returns one. Some platforms have none. */
async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const { body } = response
  if (body && Symbol.asyncIterator in Object(body)) {
    yield* body
  } else if (body) {
    const reader = body.getReader()
    try {
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        yield read.value
      }
    } finally {
      reader.cancel().catch(() => {})
    }
  } else {
    yield new TextEncoder().encode(await response.text())
  }
}
