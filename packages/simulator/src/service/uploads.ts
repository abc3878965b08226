import { successAnswer, type Answer } from '../http/answer.ts'
import { readBytes, readForm } from '../http/incoming.ts'
import { isLoopback, VIA } from '../http/loopback.ts'
import { extensionOf, mimeTypeOf } from '../http/media.ts'
import { randomId } from '../random.ts'
import { withTimeout } from '../waiting.ts'
import { isPlainName } from './files.ts'
import { readChecked, refuseProblems } from './json-body.ts'
import { Refusal, type Handler, type Service } from './service.ts'

/** The largest file (documented for uploads from a URL). */
const FILE_LIMIT_BYTES = 100 * 2 ** 20

/** The size of the other fields of a form. */
const FIELDS_LIMIT_BYTES = 65_536

/** How long an uploaded file stays available. */
const UPLOAD_RETENTION_MS = 3 * 24 * 60 * 60_000

/** The longest time that the file of a URL upload takes (documented). */
const FETCH_TIMEOUT_MS = 30_000

interface Upload {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The declared MIME type. */
  readonly mimeType: string | undefined
  readonly uploadPath?: unknown
  readonly fileName?: unknown
}

export const uploadStream: Handler = async (service, call) => {
  const limit = FILE_LIMIT_BYTES + FIELDS_LIMIT_BYTES
  const form = await service.clock.during(readForm(call.request, limit))
  const { file = '', ...fields } = Object.fromEntries(form)
  refuseProblems(call.operation, form.has('file') ? { ...fields, file: '' } : fields)
  const blob = typeof file === 'string' ? new Blob([file]) : file
  const bytes = new Uint8Array(await blob.arrayBuffer())
  return store(service, { ...fields, bytes, mimeType: blob.type })
}

export const uploadBase64: Handler = async (service, call) => {
  const { base64Data, uploadPath, fileName } = await readChecked(service, call)
  const file = readBase64(String(base64Data))
  if (!file) {
    throw new Refusal('wrong-parameter', 'Base64 decoding failed: Invalid Base64 format')
  }
  return store(service, { ...file, uploadPath, fileName })
}

export const uploadUrl: Handler = async (service, call) => {
  const { fileUrl, uploadPath, fileName } = await readChecked(service, call)
  const url = URL.canParse(String(fileUrl)) ? new URL(String(fileUrl)) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Refusal('wrong-parameter', 'fileUrl should be an http or https URL')
  }
  if (!service.options.fetchFile && !isLoopback(url.hostname)) {
    const msg = 'fileUrl is not on this machine: the simulator fetches from loopback only'
    throw new Refusal('wrong-parameter', msg)
  }
  const { clock, stopped } = service
  const file = await withTimeout(clock, FETCH_TIMEOUT_MS, stopped, (signal) =>
    clock.during(fetchFile(service, url.href, signal)),
  ).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : error
    throw new Refusal('wrong-parameter', `fileUrl could not be fetched: ${reason}`)
  })
  return store(service, { ...file, uploadPath, fileName })
}

/** @throws when the status is not 200, or the body exceeds the size limit of a file */
async function fetchFile(
  { options }: Service,
  url: string,
  signal: AbortSignal,
): Promise<Pick<Upload, 'bytes' | 'mimeType'>> {
  const request: RequestInit = { headers: { via: VIA }, redirect: 'manual', signal }
  const response = await (options.fetchFile ?? fetch)(url, request)
  if (response.status !== 200) {
    response.body?.cancel().catch(() => {})
    throw new Error(`HTTP ${response.status}`)
  }
  const bytes = await readBytes(response, FILE_LIMIT_BYTES)
  return { bytes, mimeType: response.headers.get('content-type') ?? undefined }
}

/** Decodes base64, bare or as a data URL with a short head. `undefined` when it is neither. */
function readBase64(text: string): Pick<Upload, 'bytes' | 'mimeType'> | undefined {
  const head = /^data:([^;,]{0,100})(?:;[^,]{0,100})?;base64,/.exec(text)
  const data = text.slice(head?.[0].length ?? 0).replaceAll(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(data)) {
    return undefined
  }
  return { bytes: new Uint8Array(Buffer.from(data, 'base64')), mimeType: head?.[1] }
}

/** @throws {Refusal} when the path or the name is not valid */
function store(service: Service, upload: Upload): Answer {
  const { clock, files, origin } = service
  const { bytes, uploadPath } = upload
  const name = typeof upload.fileName === 'string' ? upload.fileName : undefined
  const mimeType = mimeTypeOf(upload.mimeType, name ?? '')
  const fileName = name ?? `${randomId(service.fileNames)}.${extensionOf(mimeType)}`
  const directory = String(uploadPath)
  const isPlain = [...directory.split('/'), fileName].every(isPlainName)
  if (!isPlain || directory.length > 512 || fileName.length > 255) {
    const msg = 'uploadPath and fileName should be plain names, with at most 512 and 255 characters'
    throw new Refusal('wrong-parameter', msg)
  }
  const filePath = `${directory}/${fileName}`
  const path = `/file-upload/files/${filePath.split('/').map(encodeURIComponent).join('/')}`
  const expiresAt = clock.now() + UPLOAD_RETENTION_MS
  files.put(path, { bytes, mimeType, expiresAt })
  const data = {
    fileName,
    filePath,
    downloadUrl: `${origin}${path}`,
    fileSize: bytes.byteLength,
    mimeType,
    uploadedAt: new Date(clock.now()).toISOString(),
  }
  return successAnswer(data, 'File uploaded successfully', { success: true })
}
