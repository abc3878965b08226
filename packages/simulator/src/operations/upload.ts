import type { Answer } from '../answer.ts'
import { BodyTooLarge, readBytes } from '../files/body.ts'
import { encodePath, filePath } from '../files/file-path.ts'
import { endingOf, mimeTypeOf } from '../files/media.ts'
import { NotAForm, readForm } from '../files/multipart.ts'
import { isLoopback } from '../loopback.ts'
import { day, largestFile } from '../options.ts'
import { randomId } from '../random.ts'
import { list, parameterCode, type Handler, type Service } from '../service.ts'
import { readChecked } from './json-body.ts'

/** A URL upload is fetched within this time, in ms (documented). */
const patience = 30_000

export const uploadStream: Handler = async (service, call) => {
  try {
    const { fields, file } = await service.during(readForm(call.request, largestFile))
    const problems = service.schemas.body(call.operation, { ...fields, ...(file ? { file: '' } : {}) })
    const missing = problems.find((problem) => problem.missing)
    if (missing) return refusal(service, `Missing required parameter: ${missing.path}`)
    if (problems.length > 0 || !file) return refusal(service, list(problems))
    return keep(service, file.bytes, file.mimeType, fields.uploadPath ?? '', fields.fileName)
  } catch (error) {
    if (error instanceof NotAForm || error instanceof BodyTooLarge) return refusal(service, error.message)
    throw error
  }
}

export const uploadBase64: Handler = async (service, call) => {
  const body = await readChecked(service, call)
  if ('refused' in body) return body.refused
  const { base64Data, uploadPath, fileName } = body.value
  const [, mimeType, data = ''] = /^(?:data:([^,]*?)(?:;[^,]*)?;base64,)?(.*)$/s.exec(String(base64Data)) ?? []
  if (data === '' || !/^(?:[A-Za-z0-9+/\s]+={0,2}\s*)$/.test(data)) return refusal(service, 'Base64 decoding failed: Invalid Base64 format')
  return keep(service, new Uint8Array(Buffer.from(data, 'base64')), mimeType, String(uploadPath), text(fileName))
}

export const uploadUrl: Handler = async (service, call) => {
  const body = await readChecked(service, call)
  if ('refused' in body) return body.refused
  const { fileUrl, uploadPath, fileName } = body.value
  const url = new URL(String(fileUrl))
  if (!/^https?:$/.test(url.protocol)) return refusal(service, 'fileUrl should be an http or https address')
  if (!service.options.fetchFile && !isLoopback(url.hostname))
    return refusal(service, 'fileUrl is not on this machine: the simulator fetches from loopback only')
  const late = new AbortController()
  const cancel = service.clock.after(patience, () => late.abort(new Error(`no answer within ${patience} ms`)))
  const stop = (): void => late.abort(new Error('the simulator was stopped'))
  service.stopped.addEventListener('abort', stop, { once: true })
  try {
    const request: RequestInit = { redirect: 'manual', signal: late.signal }
    const response = await service.during((service.options.fetchFile ?? fetch)(url.href, request))
    if (response.status !== 200) {
      response.body?.cancel().catch(() => {})
      return refusal(service, `fileUrl could not be fetched: HTTP ${response.status}`)
    }
    const bytes = await service.during(readBytes(response, largestFile))
    return keep(service, bytes, response.headers.get('content-type') ?? undefined, String(uploadPath), text(fileName))
  } catch (error) {
    return refusal(service, `fileUrl could not be fetched: ${error instanceof Error ? error.message : error}`)
  } finally {
    cancel()
    service.stopped.removeEventListener('abort', stop)
  }
}

function keep(
  service: Service,
  bytes: Uint8Array<ArrayBuffer>,
  declared: string | undefined,
  directory: string,
  name: string | undefined,
): Answer {
  const { clock, files, options, origin } = service
  const mimeType = mimeTypeOf(declared, name ?? '', bytes)
  const fileName = name ?? `${randomId(service.random)}.${endingOf(mimeType)}`
  const place = filePath(directory, fileName)
  if ('refused' in place) return refusal(service, place.refused)
  const path = `/file-upload/files/${encodePath(place.path)}`
  files.put(path, { bytes, mimeType, expiresAt: clock.now() + (options.keep?.uploads ?? 3 * day) })
  return service.envelopes.success(
    {
      fileName,
      filePath: place.path,
      downloadUrl: `${origin}${path}`,
      fileSize: bytes.byteLength,
      mimeType,
      uploadedAt: new Date(clock.now()).toISOString(),
    },
    'File uploaded successfully',
    { success: true },
  )
}

/** Uploads have a flag more in their errors. */
function refusal(service: Service, words: string): Answer {
  return service.envelopes.refusal(parameterCode(service), words, { success: false })
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
