/** A form on its way, with a file in it that still comes. */
export interface Form {
  readonly type: string
  readonly body: ReadableStream<Uint8Array>
  readonly isTooLarge: () => boolean
}

/**
 * A file as multipart form data (RFC 7578), without ever holding more of it than a chunk. It breaks off when the file has more than `maxBytes`.
 *
 * @param fields words without line breaks and quotation marks
 */
export function inForm(
  file: ReadableStream<Uint8Array>,
  fields: { readonly fileName: string } & Record<string, string>,
  type: string,
  maxBytes: number,
): Form {
  const boundary = `apikley-${crypto.randomUUID()}`
  const part = (name: string, more: string): string => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n`
  const head = Object.entries(fields).map(([name, value]) => `${part(name, '')}${value}\r\n`)
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  let size = 0
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: file.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        start(form) {
          form.enqueue(bytes(`${head.join('')}${part('file', `; filename="${fields.fileName}"\r\ncontent-type: ${type}`)}`))
        },
        transform(chunk, form) {
          size += chunk.byteLength
          if (size > maxBytes) form.error(new Error('The file is too large'))
          else form.enqueue(chunk)
        },
        flush(form) {
          form.enqueue(bytes(`\r\n--${boundary}--\r\n`))
        },
      }),
    ),
    isTooLarge: () => size > maxBytes,
  }
}
