import { ApikleyError, messageOf, unsent } from '../errors.ts'
import { downloadUrl } from '../generated/operations.ts'
import { sleep, throwIfAborted, toAborted, withDeadline } from '../http/abort.ts'
import type { OperationClient } from '../http/api.ts'
import { uncached } from '../http/request.ts'
import { backoff, parseRetryAfter } from '../http/backoff.ts'
import { checkOptions } from '../http/check-options.ts'
import type { ResponseKind } from '../http/classify.ts'
import { ADVICE, createError } from '../http/messages.ts'
import { bareCause, codeIn } from '../http/network-error.ts'
import type { Transport } from '../options.ts'
import type { writeToDisk } from './disk.ts'
import { readArrival, type Arrival } from './check-response.ts'

export interface SaveOptions {
  readonly signal?: AbortSignal | undefined
}

export type DownloadUrl = (url: string, options?: SaveOptions) => Promise<string>

export interface Save {
  /** Downloads a result as a Blob. */
  (url: string, target?: undefined, options?: SaveOptions): Promise<Blob>
  /**
   * Downloads a result to a path (Node, Bun and Deno), and returns the path. In a folder the file has
   * the name of its URL. A target without an extension gets that of the file. A file is complete,
   * or it does not exist.
   */
  (url: string, target: string, options?: SaveOptions): Promise<string>
  /** Downloads a result to a stream, which is closed, or aborted with the error. */
  (url: string, target: WritableStream<Uint8Array>, options?: SaveOptions): Promise<void>
}

type Target = string | WritableStream<Uint8Array> | undefined
type Saved = Blob | string | void

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
  return async (url, options) => {
    checkTarget(url)
    return downloadUrl(client, { url }, options)
  }
}

/** @param createLink makes a URL that works where the result's own URL does not */
export function createSave({ transport }: OperationClient, createLink: DownloadUrl): Save {
  async function save(url: string, target?: undefined, options?: SaveOptions): Promise<Blob>
  async function save(url: string, target: string, options?: SaveOptions): Promise<string>
  async function save(
    url: string,
    target: WritableStream<Uint8Array>,
    options?: SaveOptions,
  ): Promise<void>
  async function save(url: string, target?: Target, options?: SaveOptions): Promise<Saved> {
    const { signal } = checkOptions(options)
    checkTarget(url, target)
    try {
      throwIfAborted(signal)
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
function checkTarget(url: string, target?: Target): void {
  let message: string | undefined
  if (typeof url !== 'string' || url === '') {
    message = 'The URL of the result must be a text. This result may have none.'
  } else if (target !== undefined && typeof target !== 'string' && !isStream(target)) {
    message = 'A target is a path or a web WritableStream; see Writable.toWeb(stream) in Node.'
  } else if (isStream(target) && target.locked) {
    message = 'The target stream has a writer already. Release its lock first.'
  }
  if (message !== undefined) {
    throw unsent('invalid-input', message)
  }
}

function isStream(target: Target): target is WritableStream<Uint8Array> {
  return typeof target === 'object' && target !== null && 'getWriter' in target
}

async function downloadWithRetries(download: Download): Promise<Saved> {
  const { clock, random, maxRetries, maxRetryAfter, retries } = download.transport
  for (let failures = 0; ; failures++) {
    const arrival = await openAny(download)
    const result = ApikleyError.is(arrival) ? arrival : await write(download, arrival)
    if (!ApikleyError.is(result)) {
      retries.refund(failures)
      return result
    }
    const { kind, retryAfter = 0 } = result
    // A partly written stream cannot be rewound, so the download is not retried.
    const isFinal = result !== arrival && isStream(download.target)
    const mayRetry = TRANSIENT_KINDS.includes(kind) && failures < maxRetries
    if (isFinal || !mayRetry || retryAfter > maxRetryAfter || !retries.take()) {
      throw result
    }
    await sleep(clock, backoff(failures, result.retryAfter, random), download.signal)
  }
}

/** Opens the URL. If that fails, as across origins in a browser, it opens a link of the service. */
async function openAny(download: Download): Promise<Arrival | ApikleyError> {
  const { createLink, url, signal } = download
  const arrival = await open(download, url)
  if (!ApikleyError.is(arrival)) {
    return arrival
  }
  try {
    return await open(download, await createLink(url, { signal }))
  } catch (error) {
    // The service makes links for its own files only. Other failures have had their own retries.
    if (ApikleyError.is(error) && (error.kind === 'rejected' || error.kind === 'not-found')) {
      return arrival
    }
    throw error
  }
}

/** Sends no key, because results are on other hosts. */
async function open(download: Download, from: string): Promise<Arrival | ApikleyError> {
  let response: Response
  try {
    response = await stepOf(download, 'answer', (signal) =>
      download.transport.fetch(from, { ...uncached(), credentials: 'omit', signal }),
    )
  } catch (error) {
    return connectionFailed(download, error)
  }
  const { ok, status, headers, body } = response
  if (ok) {
    const arrival = await readArrival(download.url, response, chunksOf(download, response))
    const { problem } = arrival
    return problem === undefined ? arrival : notTheFile(download, arrival, problem)
  }
  body?.cancel().catch(() => {})
  const kind = KIND_BY_STATUS[status] ?? (status >= 500 ? 'server' : 'rejected')
  const next = kind === 'not-found' ? 'Results expire, usually after a day.' : ADVICE[kind]
  const message = `${download.url} cannot be downloaded: HTTP ${status}. ${next}`
  const retryAfter = parseRetryAfter(headers.get('retry-after'), download.transport.clock.now())
  return createError({ kind, status, retryAfter, message })
}

function notTheFile({ url, transport }: Download, { body }: Arrival, what: string): ApikleyError {
  body.cancel().catch(() => {})
  const kind = 'unexpected-response'
  const arrived = transport.key.redact(what)
  const next = 'Nothing was kept. Open the URL in a browser: it may have expired or need a sign-in.'
  return createError({ kind, message: `${url} is not the file: ${arrived} arrived. ${next}` })
}

async function write(download: Download, arrival: Arrival): Promise<Saved | ApikleyError> {
  const { target } = download
  const { type, body } = arrival
  try {
    if (typeof target === 'string') {
      const disk: { readonly writeToDisk?: typeof writeToDisk } = await import('#disk')
      return disk.writeToDisk ? await disk.writeToDisk(target, body, arrival) : noDisk()
    }
    if (target) {
      return await body.pipeTo(target)
    }
    return await new Response(body, { headers: { 'content-type': type } }).blob()
  } catch (error) {
    const isDisk = error instanceof Error && 'syscall' in error && error.syscall !== 'read'
    if (typeof target === 'string' && isDisk) {
      const next = 'Check its folder and free space.'
      const message = `${target} cannot be written: ${error.message}. ${next}`
      return createError({ kind: 'configuration', cause: error, message })
    }
    return connectionFailed(download, error)
  }
}

function noDisk(): ApikleyError {
  const message = 'This platform has no disk. Call files.save(url) without a target to get a Blob.'
  return createError({ kind: 'configuration', message })
}

/** @throws the reason of an abort */
function connectionFailed({ transport, url, signal }: Download, error: unknown): ApikleyError {
  throwIfAborted(signal)
  if (ApikleyError.is(error)) {
    return error
  }
  const cause = bareCause(error, transport.key.redact)
  const why = messageOf(cause ?? error) + codeIn(cause)
  const message = `${url} cannot be downloaded: ${why}. ${ADVICE.connection}`
  return createError({ kind: 'connection', cause, message })
}

/** The body, with a deadline for each chunk. It fails if bytes are missing. */
function chunksOf(download: Download, { body, headers }: Response): ReadableStream<Uint8Array> {
  const reader = (body ?? new Blob().stream()).getReader()
  // The length of an encoded body is not that of the file.
  const encoding = headers.get('content-encoding') ?? 'identity'
  const length = encoding === 'identity' ? headers.get('content-length') : null
  let bytes = 0
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await stepOf(download, 'bytes', () => reader.read())
        if (!done) {
          bytes += value.byteLength
          controller.enqueue(value)
        } else if (length !== null && bytes !== Number(length)) {
          throw new Error(`${bytes} of ${length} bytes arrived`)
        } else {
          controller.close()
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
function stepOf<T>(
  { transport, signal }: Download,
  what: string,
  step: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, requestTimeout } = transport
  const late = (): Error => new Error(`no ${what} within ${requestTimeout} ms`)
  return withDeadline(clock, requestTimeout, late, signal, step)
}
