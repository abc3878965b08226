import { detectType, findFileProblem, peek, type Apikley, type Peeked } from '@apikley/client'
import { uploadFileStream, uploadFileUrl } from '@apikley/client/operations'
import type { OperationData } from '@apikley/types'
import { uploadTimeout, type RouteRequest } from './context.ts'
import { callWithDeadline } from './deadline.ts'
import { refusal, refuseUnless, requireOption } from '../errors.ts'
import { DEFAULT_MAX_UPLOAD_BYTES, type ProxyOptions, type UploadRules } from './options.ts'
import { consumeBody, parseWebUrl, readJson } from '../request-body.ts'

type UploadedFile = OperationData<'upload-file-stream'>

/** The service's directory for all uploads. */
const UPLOAD_PATH = 'uploads'

/** Streams the file, so it can be sent only once. The client in the page retries. */
export async function uploadFile(route: RouteRequest): Promise<UploadedFile> {
  const { apikley, options, request } = route
  const { maxBytes = DEFAULT_MAX_UPLOAD_BYTES, types = ['image/*', 'video/*', 'audio/*'] } =
    uploadRules(options)
  const { signal, headers, url } = request
  const fileName = uniqueFileName(new URL(url).searchParams.get('fileName'))
  const length = Number(headers.get('content-length') ?? Number.NaN)
  const { requestTimeout } = apikley.transport
  const timeout = uploadTimeout(requestTimeout, Number.isNaN(length) ? maxBytes : length)
  return consumeBody(request, maxBytes, signal, async (stream) => {
    const { head, body, isBroken } = await peekInTime(route, stream)
    refuseUnless(isBroken || head.length > 0, 422, 'The file is empty. Choose another file.')
    // A page may send any content type with any file.
    const type = await detectType(head, headers.get('content-type') ?? '', fileName)
    const problem = findFileProblem({ types }, head.length, type)
    refuseUnless(problem === undefined, 415, `The file ${problem}.`)
    const client = streamingClient(apikley, body, length, timeout)
    const file = new File([PLACEHOLDER], fileName, { type })
    const form = { file, uploadPath: UPLOAD_PATH, fileName }
    return publicFile(await uploadFileStream(client, form, { signal }))
  })
}

/** @throws {ApikleyError} a refusal if the file does not begin before the deadline */
async function peekInTime(
  { apikley, signal }: RouteRequest,
  stream: ReadableStream<Uint8Array>,
): Promise<Peeked> {
  const { clock } = apikley.transport
  const peeking = peek(stream)
  const call = (): Promise<Peeked> => clock.during?.(peeking) ?? peeking
  return callWithDeadline('upload', call, signal).catch(() => {
    throw refusal(408, 'The file did not arrive in time. Try again.')
  })
}

export async function uploadFromUrl(route: RouteRequest): Promise<UploadedFile> {
  const { options, apikley, signal } = route
  const { fromUrl } = uploadRules(options)
  requireOption(fromUrl === true, 'Uploads from URLs are', 'uploads.fromUrl')
  const body = await readJson(route, 'fileUrl', 'fileName', 'uploadPath')
  const { href, pathname } = parseWebUrl(body.fileUrl)
  const fileName = uniqueFileName(body.fileName ?? pathname)
  const file = { fileUrl: href, uploadPath: UPLOAD_PATH, fileName }
  return publicFile(await uploadFileUrl(apikley, file, { signal }))
}

/** @throws {ApikleyError} a refusal if uploads are turned off */
function uploadRules({ uploads = {} }: ProxyOptions): UploadRules {
  requireOption(uploads !== false, 'Uploads are', 'uploads')
  return uploads
}

/** A unique name, so that no user replaces another's file. It ends like the requested name. */
function uniqueFileName(requested: unknown): string {
  const safe = String(requested ?? '').replaceAll(/[^\w.-]+|\.{2,}/g, '-')
  return `${crypto.randomUUID()}-${safe.slice(-80)}`
}

/** The fields of a file that a page may see. Facts about the account stay on the server. */
function publicFile(file: UploadedFile): UploadedFile {
  const { fileName, downloadUrl, fileSize, mimeType, uploadedAt } = file
  return { fileName, filePath: fileName, downloadUrl, fileSize, mimeType, uploadedAt }
}

/** The client puts this text in the place of the file. No other part of the form contains `<`. */
const PLACEHOLDER = '<file>'

/**
 * A client that streams a file in place of `PLACEHOLDER`. It holds one chunk of the file at a time.
 *
 * @param length of the file in bytes, NaN if unknown
 */
function streamingClient(
  apikley: Apikley,
  file: ReadableStream<Uint8Array>,
  length: number,
  requestTimeout: number,
): Apikley {
  const { transport } = apikley
  const fetch: typeof transport.fetch = async (url, init) => {
    const form = new Response(init?.body)
    const headers = new Headers(init?.headers)
    // The client writes the form itself for a `fetch` of the application.
    if (!headers.get('content-type')?.startsWith('multipart/')) {
      headers.set('content-type', form.headers.get('content-type') ?? '')
    }
    const encoder = new TextEncoder()
    const [before, after] = (await form.text()).split(PLACEHOLDER)
    const head = encoder.encode(before)
    const tail = encoder.encode(after)
    // Some storage services need the length. Deno and workerd omit it all the same.
    if (!Number.isNaN(length)) {
      headers.set('content-length', String(length + head.byteLength + tail.byteLength))
    }
    const framing = new TransformStream<Uint8Array, Uint8Array>({
      start: (controller) => controller.enqueue(head),
      flush: (controller) => controller.enqueue(tail),
    })
    const body = file.pipeThrough(framing)
    return transport.fetch(url, { ...init, headers, body, ...{ duplex: 'half' } })
  }
  return { ...apikley, transport: { ...transport, maxRetries: 0, requestTimeout, fetch } }
}
