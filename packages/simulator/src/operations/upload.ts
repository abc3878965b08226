import type { Answer } from '../answer.ts'
import { BodyTooLarge, readBytes } from '../files/body.ts'
import { encodePath, filePath } from '../files/file-path.ts'
import { endingOf, mimeTypeOf } from '../files/media.ts'
import { NotAForm, readForm } from '../files/multipart.ts'
import { isLoopback } from '../loopback.ts'
import { day, largestFile } from '../options.ts'
import { randomId } from '../random.ts'
import { list, parameterCode, refuse, type Call, type Handler, type Service } from '../service.ts'
import { via } from '../via.ts'
import { readBase64 } from './base64.ts'
import { readChecked } from './json-body.ts'

/** A URL upload is fetched within this time, in ms (documented). */
const patience = 30_000

export const uploadStream: Handler = async (service, call) => {
  try {
    const { fields, file } = await service.during(readForm(call.request, largestFile))
    const problems = service.schemas.body(call.operation, {
      ...fields,
      ...(file ? { file: '' } : {}),
    })
    const missing = problems.find((problem) => problem.missing)
    if (missing) {
      return refused(service, call, `Missing required parameter: ${missing.path}`)
    }
    if (problems.length > 0 || !file) {
      return refused(service, call, list(problems))
    }
    return keep(service, call, file.bytes, file.mimeType, fields.uploadPath ?? '', fields.fileName)
  } catch (error) {
    if (error instanceof NotAForm || error instanceof BodyTooLarge) {
      return refused(service, call, error.message)
    }
    throw error
  }
}

export const uploadBase64: Handler = async (service, call) => {
  const body = await readChecked(service, call)
  if ('refused' in body) {
    return body.refused
  }
  const { base64Data, uploadPath, fileName } = body.value
  const given = readBase64(String(base64Data))
  if (!given) {
    return refused(service, call, 'Base64 decoding failed: Invalid Base64 format')
  }
  return keep(service, call, given.bytes, given.mimeType, String(uploadPath), text(fileName))
}

export const uploadUrl: Handler = async (service, call) => {
  const body = await readChecked(service, call)
  if ('refused' in body) {
    return body.refused
  }
  const { fileUrl, uploadPath, fileName } = body.value
  const url = URL.canParse(String(fileUrl)) ? new URL(String(fileUrl)) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    return refused(service, call, 'fileUrl should be an http or https address')
  }
  if (!service.options.fetchFile && !isLoopback(url.hostname)) {
    return refused(
      service,
      call,
      'fileUrl is not on this machine: the simulator fetches from loopback only',
    )
  }
  const late = new AbortController()
  const cancel = service.clock.after(patience, () =>
    late.abort(new Error(`no answer within ${patience} ms`)),
  )
  const stop = (): void => late.abort(new Error('the simulator was stopped'))
  service.stopped.addEventListener('abort', stop, { once: true })
  try {
    const request: RequestInit = { headers: { via }, redirect: 'manual', signal: late.signal }
    const response = await service.during((service.options.fetchFile ?? fetch)(url.href, request))
    if (response.status !== 200) {
      response.body?.cancel().catch(() => {})
      return refused(service, call, `fileUrl could not be fetched: HTTP ${response.status}`)
    }
    const bytes = await service.during(readBytes(response, largestFile))
    return keep(
      service,
      call,
      bytes,
      response.headers.get('content-type') ?? undefined,
      String(uploadPath),
      text(fileName),
    )
  } catch (error) {
    return refused(
      service,
      call,
      `fileUrl could not be fetched: ${error instanceof Error ? error.message : error}`,
    )
  } finally {
    cancel()
    service.stopped.removeEventListener('abort', stop)
  }
}

function keep(
  service: Service,
  call: Call,
  bytes: Uint8Array<ArrayBuffer>,
  declared: string | undefined,
  directory: string,
  name: string | undefined,
): Answer {
  const { clock, files, options, origin } = service
  const mimeType = mimeTypeOf(declared, name ?? '', bytes)
  const fileName = name ?? `${randomId(service.random)}.${endingOf(mimeType)}`
  const place = filePath(directory, fileName)
  if ('refused' in place) {
    return refused(service, call, place.refused)
  }
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

function refused(service: Service, { operation }: Call, words: string): Answer {
  return refuse(service, operation, parameterCode(service), words)
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
