import { ApikleyError, type ApikleyErrorData } from '../errors.ts'
import { downloadUrl } from '../generated/operations.ts'
import { createDeadline, orAborted, sleep } from '../transport/abort.ts'
import { advice, type AnswerKind } from '../transport/advice.ts'
import { backoff, parseRetryAfter } from '../transport/backoff.ts'
import { bareCause, codeIn } from '../transport/connection.ts'
import type { TransportConfig } from '../transport/fetch.ts'
import type { OperationClient } from '../transport/send.ts'

export interface SaveOptions {
  readonly signal?: AbortSignal | undefined
}

export type DownloadUrl = (url: string, options?: SaveOptions) => Promise<string>

export interface Save {
  /** The bytes of a result as a Blob. */
  (url: string, target?: undefined, options?: SaveOptions): Promise<Blob>
  /**
   * Writes a result to a file, in Node, Bun and Deno, where it is there whole or not at all; or to
   * a stream, which is closed or aborted.
   */
  (url: string, target: string | WritableStream<Uint8Array>, options?: SaveOptions): Promise<void>
}

export function createDownloadUrl(client: OperationClient): DownloadUrl {
  return (url, options) => downloadUrl(client, { url }, options)
}

export function createSave({ transport }: OperationClient, link: DownloadUrl): Save {
  const { clock, random, maxRetries } = transport

  async function save(url: string, target?: undefined, options?: SaveOptions): Promise<Blob>
  async function save(
    url: string,
    target: string | WritableStream<Uint8Array>,
    options?: SaveOptions,
  ): Promise<void>
  async function save(
    url: string,
    target?: string | WritableStream<Uint8Array>,
    { signal }: SaveOptions = {},
  ): Promise<Blob | void> {
    signal?.throwIfAborted()
    const isStream = typeof target === 'object' && target !== null && 'getWriter' in target
    const mistake = !url
      ? 'There is no address to download: this result has none.'
      : target !== undefined &&
        typeof target !== 'string' &&
        !isStream &&
        'A target is a path or a web WritableStream; Writable.toWeb(stream) makes one of a stream of Node.'
    if (mistake) {
      throw new ApikleyError({ kind: 'invalid-input', message: mistake })
    }
    try {
      for (let attempt = 0; ; attempt++) {
        let opened: Response | undefined
        let linkFailure: unknown
        try {
          opened = await openSomehow(url, signal, (error) => (linkFailure = error))
          return await write(opened, target, url, signal)
        } catch (error) {
          // A stream that has had some bytes cannot have them again, and a link has been tried as
          // often already.
          const again =
            ApikleyError.is(error) &&
            passing.test(error.kind) &&
            error !== linkFailure &&
            !(opened && isStream)
          if (
            signal?.aborted ||
            !again ||
            attempt >= maxRetries ||
            (error.retryAfter ?? 0) > transport.maxRetryAfter
          ) {
            throw error
          }
          await sleep(clock, backoff(attempt, error.retryAfter, random), signal)
        }
      }
    } catch (error) {
      // Who reads from it would wait for ever.
      if (isStream) {
        target.abort(error).catch(() => {})
      }
      throw error
    }
  }

  /**
   * Where the address itself does not work, as across origins in a browser, a link of the service
   * may.
   */
  async function openSomehow(
    url: string,
    signal: AbortSignal | undefined,
    onLinkFailure: (error: unknown) => void,
  ): Promise<Response> {
    try {
      return await open(transport, url, url, signal)
    } catch (why) {
      signal?.throwIfAborted()
      const address = await link(url, { signal }).catch((error: unknown) => {
        // The service makes links for its own files only; of any other, the address is all there
        // is.
        if (ApikleyError.is(error) && (error.kind === 'rejected' || error.kind === 'not-found')) {
          throw why
        }
        onLinkFailure(error)
        throw error
      })
      return open(transport, address, url, signal)
    }
  }

  async function write(
    { body, headers }: Response,
    target: string | WritableStream<Uint8Array> | undefined,
    url: string,
    signal: AbortSignal | undefined,
  ): Promise<Blob | void> {
    const chunks = paced(transport, body ?? new Blob().stream(), signal)
    try {
      if (target === undefined) {
        const type = headers.get('content-type')
        return await new Response(
          chunks,
          type === null ? {} : { headers: { 'content-type': type } },
        ).blob()
      }
      await (typeof target === 'string'
        ? (await import('#disk')).writeToDisk(target, chunks)
        : chunks.pipeTo(target))
    } catch (cause) {
      signal?.throwIfAborted()
      if (ApikleyError.is(cause)) {
        throw cause
      }
      const why = cause instanceof Error ? cause.message : String(cause)
      const written =
        typeof target === 'string' &&
        cause instanceof Error &&
        'syscall' in cause &&
        cause.syscall !== 'read'
      throw new ApikleyError(
        written
          ? {
              kind: 'configuration',
              cause,
              message: `${target} cannot be written: ${why}. Check its folder, and the room there.`,
            }
          : {
              kind: 'connection',
              cause,
              message: `The download of ${url} broke off: ${why}. Nothing was kept; try again.`,
            },
      )
    }
  }

  return save
}

/** Kinds of what may work later. */
const passing = /^(connection|server|rate-limited)$/

/** What hosts of files answer when it may work later; their numbers say nothing of the account. */
const later = /^(5..|408|425)$/

/** What they answer of a file that they do not have any more. */
const gone = [403, 404, 410]

/**
 * Without the key, whatever the address: results lie on other hosts.
 *
 * @param name the address of the result, for words
 * @throws {ApikleyError} why it cannot be had
 */
async function open(
  { fetch, clock, requestTimeout, key }: TransportConfig,
  url: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const controller = new AbortController()
  const deadline = createDeadline(
    clock,
    requestTimeout,
    () => new Error(`no answer within ${requestTimeout} ms`),
    signal,
  )
  let kind: AnswerKind = 'connection'
  let why = ''
  let known: Pick<ApikleyErrorData, 'status' | 'retryAfter'> & {
    readonly cause?: Error | undefined
  } = {}
  try {
    const response = await orAborted(
      fetch(url, { credentials: 'omit', signal: controller.signal }),
      deadline.signal,
    )
    if (response.ok) {
      return response
    }
    response.body?.cancel().catch(() => {})
    const { status, headers } = response
    kind = gone.includes(status)
      ? 'not-found'
      : status === 429
        ? 'rate-limited'
        : later.test(`${status}`)
          ? 'server'
          : 'rejected'
    why = `HTTP ${status}`
    known = { status, retryAfter: parseRetryAfter(headers.get('retry-after'), clock.now()) }
  } catch (error) {
    controller.abort(error)
    signal?.throwIfAborted()
    const cause = bareCause(error, key.redact)
    why = (cause?.message ?? String(error)) + codeIn(cause)
    known = { cause }
  } finally {
    deadline.release()
  }
  const next = kind === 'not-found' ? 'Results expire, usually after a day.' : advice(kind)
  throw new ApikleyError({
    ...known,
    kind,
    message: `${name} cannot be downloaded: ${why}. ${next}`,
  })
}

/**
 * The body, as long as its bytes keep coming: a pause of more than `requestTimeout` ends it, and so
 * does the signal, at once.
 */
function paced(
  { clock, requestTimeout }: TransportConfig,
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream({
    async pull(controller) {
      const deadline = createDeadline(
        clock,
        requestTimeout,
        () => new Error(`no bytes within ${requestTimeout} ms`),
        signal,
      )
      try {
        const { done, value } = await orAborted(reader.read(), deadline.signal)
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
