/** A form on its way. */
export interface Form {
  readonly type: string
  /** What is around the file, in bytes. */
  readonly around: number
  readonly body: ReadableStream<Uint8Array>
}

/**
 * A file as multipart form data (RFC 7578), while it comes: no more of it is held than a chunk.
 *
 * @param fields words without line breaks and quotation marks, as are `type` and `fileName`
 */
export function inForm(
  file: ReadableStream<Uint8Array>,
  type: string,
  fields: { readonly fileName: string } & Record<string, string>,
): Form {
  const boundary = crypto.randomUUID()
  const part = (name: string, more: string): string =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n`
  const words = Object.entries(fields).map(([name, value]) => `${part(name, '')}\r\n${value}\r\n`)
  const encoder = new TextEncoder()
  const head = encoder.encode(
    `${words.join('')}${part('file', `; filename="${fields.fileName}"\r\ncontent-type: ${type}\r\n`)}`,
  )
  const tail = encoder.encode(`\r\n--${boundary}--\r\n`)
  const framing = new TransformStream<Uint8Array, Uint8Array>({
    start: (form) => form.enqueue(head),
    flush: (form) => form.enqueue(tail),
  })
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    around: head.byteLength + tail.byteLength,
    body: file.pipeThrough(framing),
  }
}
