import { messageOf } from '../errors.ts'
import { throwIfAborted } from '../http/abort.ts'
import { tagOf } from '../http/check-options.ts'
import { detectType, headOf } from './detect-type.ts'
import { baseName } from './file-signatures.ts'

/**
 * A file to upload. A Blob or File is sent as it is; for a large file on disk, `openAsBlob` of
 * `node:fs` makes a Blob that is read while it is sent. A `data:` URL is decoded. A stream or
 * Response is read into memory first, because an upload may be retried.
 */
export type UploadData =
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | Response
  | NativeFile
  | `data:${string}`

/** A file of a picker in React Native. Its `fetch` reads the URI. */
export interface NativeFile {
  readonly uri: string
  readonly name?: string | null | undefined
  readonly type?: string | null | undefined
}

/** Known by its tag: React Native has no `ReadableStream`, and frames have their own classes. */
const BINARY = /^(Blob|File|ReadableStream|Response|ArrayBuffer)$/

export function isNativeFile(value: unknown): value is NativeFile {
  const { uri }: { readonly uri?: unknown } = Object(value)
  return typeof uri === 'string' && /^(file|content|ph|assets-library|blob|data):/i.test(uri)
}

/** Whether a value holds the bytes of a file. */
export function isBinary(value: unknown): value is Exclude<UploadData, string> {
  const isIterable = typeof value === 'object' && value !== null && Symbol.asyncIterator in value
  return isIterable || isNativeFile(value) || ArrayBuffer.isView(value) || BINARY.test(tagOf(value))
}

/**
 * Reads data as a Blob that has its type.
 *
 * @param fileName of the upload. Default: the file's own name.
 * @throws {Error} for data that cannot be read, and for an empty file
 */
export async function readFile(
  data: UploadData,
  signal: AbortSignal | undefined,
  fileName?: string,
): Promise<Blob> {
  let blob: Blob
  try {
    blob = await readBlob(data, signal)
  } catch (cause) {
    throwIfAborted(signal)
    throw new Error(`The file cannot be read: ${messageOf(cause)}`, { cause })
  }
  if (blob.size === 0) {
    throw new Error('The file is empty. Pass a file with content')
  }
  const name = blob instanceof File ? blob.name : nameOf(data)
  const reported = (isNativeFile(data) && data.type) || blob.type
  const type = await detectType(await headOf(blob), reported, fileName ?? name)
  const isKnown = type === blob.type && (name !== '') === blob instanceof File
  // In a form, a file without a name would be a text.
  return isKnown ? blob : new File([blob], name || 'file', { type })
}

/** The name of a native file, the path of a stream of `node:fs`, or the URL of a Response. */
function nameOf(data: UploadData): string {
  if (isNativeFile(data)) {
    return baseName(data.name ?? data.uri)
  }
  const { path, url }: { readonly path?: unknown; readonly url?: unknown } = Object(data)
  return baseName(String(path ?? url ?? ''))
}

async function readBlob(data: UploadData, signal: AbortSignal | undefined): Promise<Blob> {
  if (typeof data === 'string') {
    return decodeDataUrl(data)
  }
  if (!isBinary(data)) {
    throw new TypeError(
      'expected a Blob, bytes, stream or data: URL. For a path, use openAsBlob() from node:fs',
    )
  }
  if (data instanceof Blob) {
    return data
  }
  if (isNativeFile(data)) {
    return (await fetch(data.uri)).blob()
  }
  if (data instanceof Response) {
    if (!data.ok) {
      throw new Error(`the Response is HTTP ${data.status}. Check response.ok first`)
    }
    return data.blob()
  }
  if (typeof ReadableStream === 'function' && data instanceof ReadableStream) {
    return new Response(data.pipeThrough(new TransformStream(), signal && { signal })).blob()
  }
  if (ArrayBuffer.isView(data) || isArrayBuffer(data)) {
    return new Blob([bytesOf(data)])
  }
  const { readableEncoding }: { readonly readableEncoding?: unknown } = Object(data)
  if (readableEncoding) {
    throw new Error(`the stream decodes ${readableEncoding}. Open it without an encoding`)
  }
  const chunks: BlobPart[] = []
  for await (const chunk of data) {
    throwIfAborted(signal)
    chunks.push(typeof chunk === 'string' ? chunk : bytesOf(chunk))
  }
  return new Blob(chunks)
}

/** Accepts buffers of another realm too, as in frames and test environments. */
function isArrayBuffer(data: unknown): data is ArrayBuffer {
  return tagOf(data) === 'ArrayBuffer'
}

/** A copy, because a Blob accepts no memory that threads share. */
function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(data) ? data : new Uint8Array(data)
  return new Uint8Array(buffer, byteOffset, byteLength).slice()
}

/** RFC 2397. */
function decodeDataUrl(url: string): Blob {
  const [, type, base64, body] = /^data:([^,]*?)(;base64)?,(.*)$/is.exec(url) ?? []
  if (body === undefined) {
    throw new Error(
      'the text is not a valid data: URL. Pass a path as await openAsBlob(path) of node:fs, and a web URL to files.uploadFromUrl()',
    )
  }
  const text = decodeURIComponent(body)
  const content = base64
    ? Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
    : text
  return new Blob([content], { type: type || 'text/plain' })
}
