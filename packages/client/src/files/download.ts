import { ApikleyError } from '../errors.ts'
import { downloadUrl } from '../generated/operations.ts'
import { createDeadline, raceAbort, sleep, toAborted } from '../http/abort.ts'
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

/** One call of `save`. */
interface Download {
  readonly transport: Transport
  readonly createLink: DownloadUrl
  readonly url: string
  readonly target: Target
  readonly signal: AbortSignal | undefined
}

/** Errors after which a download may succeed later. */
const TRANSIENT_KINDS = ['connection', 'server', 'rate-limited']

/** Statuses of file hosts. They say nothing about the account. */
const KIND_BY_STATUS: Readonly<Record<number, ResponseKind>> = {
  403: 'not-found',
  404: 'not-found',
  408: 'server',
  410: 'not-found',
  425: 'server',
  429: 'rate-limited',
}

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
  async function save(url: string, target?: Target, options?: SaveOptions): Promise<Blob | void> {
    const { signal } = options ?? {}
    checkTarget(url, target)
    try {
      signal?.throwIfAborted()
      return await downloadWithRetries({ transport, createLink, url, target, signal })
    } catch (cause) {
      const error = toAborted(cause, signal)
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

async function downloadWithRetries(download: Download): Promise<Blob | void> {
  const { clock, random, maxRetries, maxRetryAfter, retries } = download.transport
  for (let failures = 0; ; failures++) {
    const response = await openAny(download)
    const result = ApikleyError.is(response) ? response : await write(download, response)
    if (!ApikleyError.is(result)) {
      return result
    }
    const { kind, retryAfter = 0 } = result
    // A partly written stream cannot be rewound, so the download is not retried.
    const isFinal = result !== response && isStream(download.target)
    const mayRetry = TRANSIENT_KINDS.includes(kind) && failures < maxRetries
    if (isFinal || !mayRetry || retryAfter > maxRetryAfter || !retries.take()) {
      throw result
    }
    await sleep(clock, backoff(failures, result.retryAfter, random), download.signal)
  }
}

/** Opens the URL. If that fails, as across origins in a browser, it opens a link of the service. */
async function openAny(download: Download): Promise<Response | ApikleyError> {
  const { createLink, url, signal } = download
  const response = await open(download, url)
  if (!ApikleyError.is(response)) {
    return response
  }
  try {
    return await open(download, await createLink(url, { signal }))
  } catch (error) {
    // The service makes links for its own files only. Other failures have had their own retries.
    if (ApikleyError.is(error) && (error.kind === 'rejected' || error.kind === 'not-found')) {
      return response
    }
    throw error
  }
}

/** Sends no key, because results are on other hosts. */
async function open(download: Download, from: string): Promise<Response | ApikleyError> {
  let response: Response
  try {
    response = await withDeadline(download, 'answer', (signal) =>
      download.transport.fetch(from, { credentials: 'omit', signal }),
    )
  } catch (error) {
    return connectionFailed(download, error)
  }
  const { ok, status, headers, body } = response
  if (ok) {
    return response
  }
  body?.cancel().catch(() => {})
  const kind = KIND_BY_STATUS[status] ?? (status >= 500 ? 'server' : 'rejected')
  const next = kind === 'not-found' ? 'Results expire, usually after a day.' : advice(kind)
  const message = `${download.url} cannot be downloaded: HTTP ${status}. ${next}`
  const retryAfter = parseRetryAfter(headers.get('retry-after'), download.transport.clock.now())
  return new ApikleyError({ kind, status, retryAfter, message })
}

async function write(
  download: Download,
  { body, headers }: Response,
): Promise<Blob | void | ApikleyError> {
  const { target } = download
  const chunks = chunksOf(download, body ?? new Blob().stream())
  try {
    if (typeof target === 'string') {
      return await (await import('#disk')).writeToDisk(target, chunks)
    }
    if (target) {
      return await chunks.pipeTo(target)
    }
    const type = headers.get('content-type') ?? ''
    return await new Response(chunks, { headers: { 'content-type': type } }).blob()
  } catch (error) {
    const isDisk = error instanceof Error && 'syscall' in error && error.syscall !== 'read'
    if (typeof target === 'string' && isDisk) {
      const next = 'Check its folder and free space.'
      const message = `${target} cannot be written: ${error.message}. ${next}`
      return new ApikleyError({ kind: 'configuration', cause: error, message })
    }
    return connectionFailed(download, error)
  }
}

/** @throws the reason of an abort */
function connectionFailed({ transport, url, signal }: Download, error: unknown): ApikleyError {
  signal?.throwIfAborted()
  if (ApikleyError.is(error)) {
    return error
  }
  const cause = bareCause(error, transport.key.redact)
  const why = (cause?.message ?? String(error)) + codeIn(cause)
  const message = `${url} cannot be downloaded: ${why}. ${advice('connection')}`
  return new ApikleyError({ kind: 'connection', cause, message })
}

/** The body, with a deadline for each chunk. */
function chunksOf(
  download: Download,
  body: ReadableStream<Uint8Array>,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await withDeadline(download, 'bytes', () => reader.read())
        if (done) {
          controller.close()
        } else {
          controller.enqueue(value)
        }
      } catch (error) {
        reader.cancel(error).catch(() => {})
        throw error
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

/** Runs one step of a download for at most `requestTimeout`. An abort ends it at once. */
async function withDeadline<T>(
  { transport, signal }: Download,
  what: string,
  step: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, requestTimeout } = transport
  const late = (): Error => new Error(`no ${what} within ${requestTimeout} ms`)
  const deadline = createDeadline(clock, requestTimeout, late, signal)
  try {
    return await raceAbort(step(deadline.signal), deadline.signal)
  } finally {
    deadline.release()
  }
}
