import { ApikleyError } from '../errors.ts'
import { downloadUrl } from '../generated/operations.ts'
import { createDeadline, raceAbort, sleep } from '../http/abort.ts'
import type { OperationClient } from '../http/api.ts'
import { backoff, parseRetryAfter } from '../http/backoff.ts'
import type { ResponseKind } from '../http/classify.ts'
import { advice } from '../http/messages.ts'
import { bareCause, codeIn } from '../http/network-error.ts'
import type { Transport } from '../options.ts'

export interface SaveOptions {
  readonly signal?: AbortSignal | undefined
}

export type DownloadUrl = (url: string, options?: SaveOptions) => Promise<string>

export interface Save {
  /** Downloads a result as a Blob. */
  (url: string, target?: undefined, options?: SaveOptions): Promise<Blob>
  /**
   * Downloads a result to a path (Node, Bun and Deno) or a stream. A file is complete or missing. A
   * stream is closed, or aborted with the error.
   */
  (url: string, target: string | WritableStream<Uint8Array>, options?: SaveOptions): Promise<void>
}

type Target = string | WritableStream<Uint8Array> | undefined

/** Errors after which a download may succeed later. */
const TRANSIENT_KINDS = ['connection', 'server', 'rate-limited']

/** Statuses of file hosts. They say nothing about the account. */
const GONE_STATUSES = [403, 404, 410]
const TRANSIENT_STATUSES = [408, 425]

export function createDownloadUrl(client: OperationClient): DownloadUrl {
  return (url, options) => downloadUrl(client, { url }, options)
}

/** @param createLink makes a URL that works where the result's own URL does not */
export function createSave({ transport }: OperationClient, createLink: DownloadUrl): Save {
  async function save(url: string, target?: undefined, options?: SaveOptions): Promise<Blob>
  async function save(
    url: string,
    target: string | WritableStream<Uint8Array>,
    options?: SaveOptions,
  ): Promise<void>
  async function save(
    url: string,
    target?: Target,
    { signal }: SaveOptions = {},
  ): Promise<Blob | void> {
    signal?.throwIfAborted()
    checkTarget(url, target)
    try {
      return await downloadWithRetries({ transport, createLink, url, target, signal })
    } catch (error) {
      // Otherwise a reader of the stream would hang.
      if (isStream(target)) {
        target.abort(error).catch(() => {})
      }
      throw error
    }
  }
  return save
}

/** @throws {ApikleyError} `invalid-input` */
function checkTarget(url: string, target: Target): void {
  let message: string | undefined
  if (!url) {
    message = 'There is no URL to download: this result has none.'
  } else if (target !== undefined && typeof target !== 'string' && !isStream(target)) {
    message = 'A target is a path or a web WritableStream; see Writable.toWeb(stream) in Node.'
  }
  if (message !== undefined) {
    throw new ApikleyError({ kind: 'invalid-input', message })
  }
}

function isStream(target: Target): target is WritableStream<Uint8Array> {
  return typeof target === 'object' && target !== null && 'getWriter' in target
}

/** One call of `save`. */
interface Download {
  readonly transport: Transport
  readonly createLink: DownloadUrl
  readonly url: string
  readonly target: Target
  readonly signal: AbortSignal | undefined
}

async function downloadWithRetries(download: Download): Promise<Blob | void> {
  const { transport, signal } = download
  for (let failures = 0; ; failures++) {
    let response: Response | undefined
    try {
      response = await openAny(download)
      return await write(download, response)
    } catch (error) {
      // A partly written stream cannot be rewound.
      const isFinal = response !== undefined && isStream(download.target)
      if (isFinal || signal?.aborted || !mayRetry(error, failures, transport)) {
        throw error instanceof LinkFailure ? error.cause : error
      }
      await sleep(transport.clock, backoff(failures, error.retryAfter, transport.random), signal)
    }
  }
}

function mayRetry(
  error: unknown,
  failures: number,
  { maxRetries, maxRetryAfter }: Transport,
): error is ApikleyError {
  return (
    ApikleyError.is(error) &&
    TRANSIENT_KINDS.includes(error.kind) &&
    failures < maxRetries &&
    (error.retryAfter ?? 0) <= maxRetryAfter
  )
}

/** The service made no link. That request has had its own retries. */
class LinkFailure extends Error {}

/** Opens the URL. If that fails, as across origins in a browser, it opens a link of the service. */
async function openAny(download: Download): Promise<Response> {
  const { createLink, url, signal } = download
  try {
    return await open(download, url)
  } catch (error) {
    signal?.throwIfAborted()
    const link = await createLink(url, { signal }).catch((cause: unknown) => {
      // The service makes links for its own files only.
      const isForeign =
        ApikleyError.is(cause) && (cause.kind === 'rejected' || cause.kind === 'not-found')
      throw isForeign ? error : new LinkFailure(undefined, { cause })
    })
    return open(download, link)
  }
}

/** Sends no key, because results are on other hosts. */
async function open({ transport, url, signal }: Download, from: string): Promise<Response> {
  const { fetch, clock, requestTimeout, key } = transport
  const controller = new AbortController()
  const late = (): Error => new Error(`no answer within ${requestTimeout} ms`)
  const deadline = createDeadline(clock, requestTimeout, late, signal)
  let response: Response
  try {
    const request = fetch(from, { credentials: 'omit', signal: controller.signal })
    response = await raceAbort(request, deadline.signal)
  } catch (error) {
    controller.abort(error)
    signal?.throwIfAborted()
    const cause = bareCause(error, key.redact)
    const why = (cause?.message ?? String(error)) + codeIn(cause)
    throw new ApikleyError({ kind: 'connection', message: failed(url, 'connection', why), cause })
  } finally {
    deadline.release()
  }
  if (response.ok) {
    return response
  }
  response.body?.cancel().catch(() => {})
  const { status, headers } = response
  const kind = kindOf(status)
  const retryAfter = parseRetryAfter(headers.get('retry-after'), clock.now())
  const message = failed(url, kind, `HTTP ${status}`)
  throw new ApikleyError({ kind, status, retryAfter, message })
}

function failed(url: string, kind: ResponseKind, why: string): string {
  const next = kind === 'not-found' ? 'Results expire, usually after a day.' : advice(kind)
  return `${url} cannot be downloaded: ${why}. ${next}`
}

async function write(
  { transport, url, target, signal }: Download,
  { body, headers }: Response,
): Promise<Blob | void> {
  const chunks = withDeadlines(transport, body ?? new Blob().stream(), signal)
  try {
    if (target === undefined) {
      const type = headers.get('content-type')
      return await new Response(chunks, type ? { headers: { 'content-type': type } } : {}).blob()
    }
    if (typeof target === 'string') {
      return await (await import('#disk')).writeToDisk(target, chunks)
    }
    return await chunks.pipeTo(target)
  } catch (cause) {
    signal?.throwIfAborted()
    throw ApikleyError.is(cause) ? cause : interrupted(url, target, cause)
  }
}

function interrupted(url: string, target: Target, cause: unknown): ApikleyError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const isDisk = cause instanceof Error && 'syscall' in cause && cause.syscall !== 'read'
  if (typeof target === 'string' && isDisk) {
    const message = `${target} cannot be written: ${why}. Check its folder and free space.`
    return new ApikleyError({ kind: 'configuration', cause, message })
  }
  const message = `The download of ${url} broke off: ${why}. Nothing was kept; try again.`
  return new ApikleyError({ kind: 'connection', cause, message })
}

function kindOf(status: number): ResponseKind {
  if (GONE_STATUSES.includes(status)) {
    return 'not-found'
  }
  if (status === 429) {
    return 'rate-limited'
  }
  return status >= 500 || TRANSIENT_STATUSES.includes(status) ? 'server' : 'rejected'
}

/** The body, with a deadline of `requestTimeout` for each chunk. An abort ends it at once. */
function withDeadlines(
  { clock, requestTimeout }: Transport,
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const late = (): Error => new Error(`no bytes within ${requestTimeout} ms`)
  return new ReadableStream({
    async pull(controller) {
      const deadline = createDeadline(clock, requestTimeout, late, signal)
      try {
        const { done, value } = await raceAbort(reader.read(), deadline.signal)
        if (done) {
          controller.close()
        } else {
          controller.enqueue(value)
        }
      } catch (error) {
        reader.cancel(error).catch(() => {})
        throw error
      } finally {
        deadline.release()
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
