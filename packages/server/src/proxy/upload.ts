import type { Apikley } from '@apikley/client'
import { uploadFileStream, uploadFileUrl } from '@apikley/client/operations'
import type { OperationData } from '@apikley/types'
import { uploadTimeout, type Route } from './context.ts'
import { featureDisabled, refusal } from '../errors.ts'
import { DEFAULT_MAX_UPLOAD_BYTES, type ProxyOptions, type UploadRules } from './options.ts'
import { consumeBody, parseWebUrl, readJson } from '../request-body.ts'

/** The service's directory for all uploads. */
const UPLOAD_PATH = 'uploads'

export const uploadFile: Route = {
  method: 'POST',
  path: '/file-upload/api/file-stream-upload',
  /** Streams the file, so it can be sent only once. The client in the page retries. */
  async handle({ apikley, options, limits, requestTimeout, request, user }) {
    const { maxBytes = DEFAULT_MAX_UPLOAD_BYTES, types = ['image/*', 'video/*', 'audio/*'] } =
      uploadRules(options)
    const { signal, headers, url } = request
    const type = mimeTypeOf(headers)
    if (!types.includes(type) && !types.includes(type.replace(/\/.*/, '/*'))) {
      throw refusal(415, `Files of type ${type || '(none)'} are not open here.`)
    }
    const fileName = uniqueFileName(new URL(url).searchParams.get('fileName'))
    const fields = { uploadPath: UPLOAD_PATH, fileName }
    const length = Number(headers.get('content-length') ?? Number.NaN)
    const timeout = uploadTimeout(requestTimeout, Number.isNaN(length) ? maxBytes : length)
    return consumeBody(request, maxBytes, signal, async (body) => {
      const form = toMultipartStream(body, type, fields)
      const client = streamingClient(apikley, form, length, timeout)
      return limits.uploads.run(user, async () => {
        // The client gets an empty file, and sends the stream in its place.
        const placeholder = { file: new Blob(), ...fields }
        return publicFile(await uploadFileStream(client, placeholder, { signal }))
      })
    })
  },
}

export const uploadFromUrl: Route = {
  method: 'POST',
  path: '/file-upload/api/file-url-upload',
  async handle({ options, apikley, limits, request, user, signal }) {
    if (uploadRules(options).fromUrl !== true) {
      throw featureDisabled('Uploads from URLs are', 'uploads.fromUrl')
    }
    const body = await readJson(request, signal, 'fileUrl', 'fileName', 'uploadPath')
    const { href, pathname } = parseWebUrl(body.fileUrl)
    const fileName = uniqueFileName(body.fileName ?? pathname)
    const file = { fileUrl: href, uploadPath: UPLOAD_PATH, fileName }
    return limits.uploads.run(user, async () =>
      publicFile(await uploadFileUrl(apikley, file, { signal })),
    )
  },
}

/** @throws {ApikleyError} a refusal if uploads are turned off */
function uploadRules({ uploads = {} }: ProxyOptions): UploadRules {
  if (uploads === false) {
    throw featureDisabled('Uploads are', 'uploads')
  }
  return uploads
}

/** The MIME type in lower case without parameters, or an empty text. */
function mimeTypeOf(headers: Headers): string {
  const contentType = headers.get('content-type')?.toLowerCase() ?? ''
  return /^[\w.+-]+\/[\w.+-]+/.exec(contentType)?.[0] ?? ''
}

/** A unique name, so that no user replaces another's file. It ends like the requested name. */
function uniqueFileName(requested: unknown): string {
  const safe = String(requested ?? '').replaceAll(/[^\w.-]+|\.{2,}/g, '-')
  return `${crypto.randomUUID()}-${safe.slice(-80)}`
}

type UploadedFile = OperationData<'upload-file-stream'>

/** The fields of a file that a page may see. Facts about the account stay on the server. */
function publicFile(file: UploadedFile): UploadedFile {
  const { fileName, downloadUrl, fileSize, mimeType, uploadedAt } = file
  return { fileName, filePath: fileName, downloadUrl, fileSize, mimeType, uploadedAt }
}

/**
 * A client that sends the form instead of the body of a request.
 *
 * @param length of the file in bytes, NaN if unknown
 */
function streamingClient(
  apikley: Apikley,
  form: MultipartStream,
  length: number,
  requestTimeout: number,
): Apikley {
  const { transport } = apikley
  const fetch: typeof transport.fetch = (url, init) => {
    const headers = new Headers(init?.headers)
    headers.set('content-type', form.type)
    // Some storage services need the length. Deno and workerd omit it all the same.
    if (!Number.isNaN(length)) {
      headers.set('content-length', String(length + form.overhead))
    }
    return transport.fetch(url, { ...init, headers, body: form.body, ...{ duplex: 'half' } })
  }
  return { ...apikley, transport: { ...transport, maxRetries: 0, requestTimeout, fetch } }
}

interface MultipartStream {
  readonly type: string
  /** The bytes of the form without the file. */
  readonly overhead: number
  readonly body: ReadableStream<Uint8Array>
}

/**
 * A file as multipart form data (RFC 7578). It holds one chunk of the file at a time.
 *
 * @param type without line breaks and quotation marks, like the values of `fields`
 */
function toMultipartStream(
  file: ReadableStream<Uint8Array>,
  type: string,
  fields: Readonly<Record<'uploadPath' | 'fileName', string>>,
): MultipartStream {
  const boundary = crypto.randomUUID()
  const partHeader = (name: string, more = ''): string =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n`
  const texts = Object.entries(fields).map(([name, value]) => `${partHeader(name)}\r\n${value}\r\n`)
  const fileHeader = `${partHeader('file', `; filename="${fields.fileName}"`)}content-type: ${type}`
  const encoder = new TextEncoder()
  const head = encoder.encode(`${texts.join('')}${fileHeader}\r\n\r\n`)
  const tail = encoder.encode(`\r\n--${boundary}--\r\n`)
  const framing = new TransformStream<Uint8Array, Uint8Array>({
    start: (controller) => controller.enqueue(head),
    flush: (controller) => controller.enqueue(tail),
  })
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    overhead: head.byteLength + tail.byteLength,
    body: file.pipeThrough(framing),
  }
}
