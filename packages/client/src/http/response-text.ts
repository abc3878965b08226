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
  const reader = readerOf(response.body)
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      text += decoder.decode(read.value.subarray(0, left), { stream: true })
      left -= read.value.byteLength
      if (left < 0) {
        break
      }
    }
  } finally {
    reader.cancel().catch(() => {})
  }
  return { text: key.redact(text + decoder.decode()), isCut: left < 0 }
}

type Reader = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'>

/** The body may be a Node stream, if the caller's `fetch` returns one. */
function readerOf(body: ReadableStream<Uint8Array>): Reader {
  if (typeof body.getReader === 'function') {
    return body.getReader()
  }
  const chunks = body[Symbol.asyncIterator]()
  return { read: () => chunks.next(), cancel: async () => void (await chunks.return?.()) }
}
