import { ApikleyError } from '../errors.ts'

/**
 * What can be uploaded. A `data:` URL is decoded here. A Blob or File is sent as it is; a big file
 * on disk is best given as one, for instance by `openAsBlob` of `node:fs`, because it is then read
 * while it is sent. A stream can be read only once and an upload may have to be sent again, so it
 * is read to its end first, into memory.
 */
export type UploadData =
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | `data:${string}`

const takes =
  'it is no Blob, bytes, stream or data: URL; of a path, openAsBlob of node:fs makes a Blob'

/** @throws {ApikleyError} `invalid-input` when it cannot be read */
export async function toBlob(data: UploadData, signal: AbortSignal | undefined): Promise<Blob> {
  try {
    return await read(data, signal)
  } catch (cause) {
    signal?.throwIfAborted()
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ApikleyError({
      kind: 'invalid-input',
      cause,
      message: `The file cannot be read: ${why}. Nothing was sent.`,
    })
  }
}

async function read(data: UploadData, signal: AbortSignal | undefined): Promise<Blob> {
  if (data instanceof Blob) {
    return data
  }
  if (typeof data === 'string') {
    return decode(data)
  }
  if (data instanceof ReadableStream) {
    return new Response(data.pipeThrough(new TransformStream(), signal && { signal })).blob()
  }
  if (ArrayBuffer.isView(data)) {
    return new Blob([bytesOf(data)])
  }
  // Also of another realm, as in tests and frames.
  if (isBuffer(data)) {
    return new Blob([data])
  }
  if (typeof data !== 'object' || !(Symbol.asyncIterator in data)) {
    throw new TypeError(takes)
  }
  const chunks: BlobPart[] = []
  for await (const chunk of data) {
    signal?.throwIfAborted()
    chunks.push(typeof chunk === 'string' ? chunk : bytesOf(chunk))
  }
  return new Blob(chunks)
}

const isBuffer = (data: unknown): data is ArrayBuffer =>
  Object.prototype.toString.call(data) === '[object ArrayBuffer]'

/**
 * The bytes, as a Blob takes them: memory that is shared between threads has to be copied first.
 */
function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array<ArrayBuffer> {
  return buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer, byteOffset, byteLength)
    : new Uint8Array(buffer, byteOffset, byteLength).slice()
}

/** RFC 2397. */
function decode(url: string): Blob {
  const [, type, base64, body] = /^data:([^,]*?)(;base64)?,(.*)$/is.exec(url) ?? []
  if (body === undefined) {
    throw new Error('it is no data: URL; an address of a file goes to files.uploadFromUrl')
  }
  const text = decodeURIComponent(body)
  return new Blob(
    [base64 ? Uint8Array.from(atob(text), (character) => character.charCodeAt(0)) : text],
    { type: type || 'text/plain' },
  )
}
