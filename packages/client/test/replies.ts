/** How the service answers a request. */
export type Reply = (request: Sent) => Response | Promise<Response>

/** A request as it arrives: a form is multipart. */
export interface Sent {
  readonly method: string
  readonly url: URL
  readonly headers: Headers
  readonly body: string
  readonly init: RequestInit
}

export const MODEL = 'ideogram/v3-reframe'
export const RESULT_URL = 'https://files.example.com/1.webp'

export function text(body: string, status = 200, headers: Record<string, string> = {}): Reply {
  return () => new Response(body || null, { status, headers })
}

export function json(body: unknown, init: ResponseInit = {}): Reply {
  return () => Response.json(body, init)
}

/** An envelope of the service. */
export function envelope(code: number, data: unknown = null, status = 200): Reply {
  return json({ code, msg: 'message', data }, { status })
}

/** HTTP 429 with a `Retry-After`. */
export function busy(retryAfter?: number | string): Reply {
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  return json({ code: 429, msg: 'slow down' }, { status: 429, headers })
}

/** The data of a proxy, with the header of all its responses. */
export function ofProxy(data: unknown): Reply {
  return json({ code: 200, msg: 'message', data }, { headers: { 'apikley-proxy': '1' } })
}

export const madeKey: Reply = ofProxy({ key: 'key-1' })

export const created: Reply = envelope(200, { taskId: 'task_1' })

export const resultJson: string = JSON.stringify({ resultUrls: [RESULT_URL] })

/** A task in a state, as the service records it. */
export function record(state: string, more: object = {}): Reply {
  return envelope(200, { taskId: 'task_1', model: MODEL, state, resultJson, ...more })
}

export const waiting: Reply = record('waiting')

export const succeeded: Reply = record('success')

/** The answer to an upload. It repeats the file name from the form or the URL. */
export const uploaded: Reply = ({ body, url }) => {
  const fileName =
    /name="fileName"\r\n\r\n(.*)\r\n/.exec(body)?.[1] ?? url.searchParams.get('fileName') ?? ''
  const data = {
    fileName,
    filePath: `uploads/${fileName}`,
    downloadUrl: `https://files.example.com/uploads/${fileName}`,
    fileSize: 5,
    mimeType: 'image/png',
    uploadedAt: '2026-01-05T12:00:00.000Z',
  }
  return Response.json({ success: true, code: 200, msg: 'File uploaded successfully', data })
}

/** A connection that breaks, with the code and system call that Node reports. */
export function broken(code: string, syscall?: string): Reply {
  const cause = Object.assign(new Error(`connect ${code}`), { code }, syscall && { syscall })
  return () => Promise.reject(new TypeError('fetch failed', { cause }))
}

/** An answer that never comes, even after an abort. */
export const never: Reply = () => new Promise<Response>(() => {})
