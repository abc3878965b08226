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
      return await new Download(transport, createLink, url, target, signal).run()
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

/** One call of `save` with its retries. */
class Download {
  readonly #transport: Transport
  readonly #createLink: DownloadUrl
  readonly #url: string
  readonly #target: Target
  readonly #signal: AbortSignal | undefined
  #opened = false
  #linkError: unknown

  constructor(
    transport: Transport,
    createLink: DownloadUrl,
    url: string,
    target: Target,
    signal: AbortSignal | undefined,
  ) {
    this.#transport = transport
    this.#createLink = createLink
    this.#url = url
    this.#target = target
    this.#signal = signal
  }

  async run(): Promise<Blob | void> {
    const { clock, random } = this.#transport
    for (let failures = 0; ; failures++) {
      try {
        const response = await this.#open()
        this.#opened = true
        return await this.#write(response)
      } catch (error) {
        if (!this.#mayRetry(error, failures)) {
          throw error
        }
        await sleep(clock, backoff(failures, error.retryAfter, random), this.#signal)
      }
    }
  }

  #mayRetry(error: unknown, failures: number): error is ApikleyError {
    const { maxRetries, maxRetryAfter } = this.#transport
    // A partly written stream cannot be rewound. A request for a link has had its own retries.
    const final = error === this.#linkError || (this.#opened && isStream(this.#target))
    return (
      ApikleyError.is(error) &&
      !final &&
      !this.#signal?.aborted &&
      TRANSIENT_KINDS.includes(error.kind) &&
      failures < maxRetries &&
      (error.retryAfter ?? 0) <= maxRetryAfter
    )
  }

  /** Opens the URL. If that fails, as across origins in a browser, it opens a link of the service. */
  async #open(): Promise<Response> {
    try {
      return await this.#request(this.#url)
    } catch (error) {
      this.#signal?.throwIfAborted()
      return this.#request(await this.#link(error))
    }
  }

  async #link(openError: unknown): Promise<string> {
    try {
      return await this.#createLink(this.#url, { signal: this.#signal })
    } catch (error) {
      // The service makes links for its own files only.
      if (ApikleyError.is(error) && (error.kind === 'rejected' || error.kind === 'not-found')) {
        throw openError
      }
      this.#linkError = error
      throw error
    }
  }

  /** Sends no key, because results are on other hosts. */
  async #request(url: string): Promise<Response> {
    const { fetch, clock, requestTimeout, key } = this.#transport
    const controller = new AbortController()
    const late = (): Error => new Error(`no answer within ${requestTimeout} ms`)
    const deadline = createDeadline(clock, requestTimeout, late, this.#signal)
    let response: Response
    try {
      const request = fetch(url, { credentials: 'omit', signal: controller.signal })
      response = await raceAbort(request, deadline.signal)
    } catch (error) {
      controller.abort(error)
      this.#signal?.throwIfAborted()
      const cause = bareCause(error, key.redact)
      const why = (cause?.message ?? String(error)) + codeIn(cause)
      throw new ApikleyError({
        kind: 'connection',
        message: this.#failed('connection', why),
        cause,
      })
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
    const message = this.#failed(kind, `HTTP ${status}`)
    throw new ApikleyError({ kind, status, retryAfter, message })
  }

  #failed(kind: ResponseKind, why: string): string {
    const next = kind === 'not-found' ? 'Results expire, usually after a day.' : advice(kind)
    return `${this.#url} cannot be downloaded: ${why}. ${next}`
  }

  async #write({ body, headers }: Response): Promise<Blob | void> {
    const target = this.#target
    const chunks = withDeadlines(this.#transport, body ?? new Blob().stream(), this.#signal)
    try {
      if (target === undefined) {
        const type = headers.get('content-type')
        return await new Response(chunks, type ? { headers: { 'content-type': type } } : {}).blob()
      }
      if (typeof target === 'string') {
        const { writeToDisk } = await import('#disk')
        return await writeToDisk(target, chunks)
      }
      return await chunks.pipeTo(target)
    } catch (cause) {
      this.#signal?.throwIfAborted()
      throw ApikleyError.is(cause) ? cause : this.#interrupted(cause)
    }
  }

  #interrupted(cause: unknown): ApikleyError {
    const why = cause instanceof Error ? cause.message : String(cause)
    const isDisk = cause instanceof Error && 'syscall' in cause && cause.syscall !== 'read'
    if (typeof this.#target === 'string' && isDisk) {
      const message = `${this.#target} cannot be written: ${why}. Check its folder and free space.`
      return new ApikleyError({ kind: 'configuration', cause, message })
    }
    const message = `The download of ${this.#url} broke off: ${why}. Nothing was kept; try again.`
    return new ApikleyError({ kind: 'connection', cause, message })
  }
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
