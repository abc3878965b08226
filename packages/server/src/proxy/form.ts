/** A form on its way. */
export interface Form {
  readonly type: string
  readonly body: ReadableStream<Uint8Array>
}

/**
 * A file as multipart form data (RFC 7578), while it comes: no more of it is held than a chunk.
 *
 * @param fields words without line breaks and quotation marks, as are `type` and `fileName`
 */
export function inForm(file: ReadableStream<Uint8Array>, type: string, fields: { readonly fileName: string } & Record<string, string>): Form {
  const boundary = crypto.randomUUID()
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  const part = (name: string, more: string): string => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n`
  const head = Object.entries(fields).map(([name, value]) => `${part(name, '')}\r\n${value}\r\n`)
  const framing = new TransformStream<Uint8Array, Uint8Array>({
    start: (form) => form.enqueue(bytes(`${head.join('')}${part('file', `; filename="${fields.fileName}"\r\ncontent-type: ${type}\r\n`)}`)),
    flush: (form) => form.enqueue(bytes(`\r\n--${boundary}--\r\n`)),
  })
  return { type: `multipart/form-data; boundary=${boundary}`, body: file.pipeThrough(framing) }
}
