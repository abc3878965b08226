import { ApikleyError, type ApikleyErrorData } from '../errors.ts'
import { tell, type EventListener, type RequestEvent } from '../events.ts'
import { randomId, type Clock } from '../runtime.ts'
import { createDeadline, orAborted, sleep } from './abort.ts'
import { advice, type AnswerKind } from './advice.ts'
import { describe, judge, readEnvelope } from './answer.ts'
import { backoff, parseRetryAfter } from './backoff.ts'
import { bareCause, codeIn, neverOpened } from './connection.ts'
import { limiterFailed } from './limiter-failed.ts'
import type { Limiter } from './limiter.ts'
import type { CallOptions, Operation } from './operation.ts'
import { readProxyError } from './proxy-error.ts'
import { bodyOf, fileOf, sizeOf, type Body, type OutgoingRequest } from './request.ts'

export interface TransportConfig {
  readonly fetch: typeof globalThis.fetch
  /** Whether `fetch` was given, so that nothing else may be used in its place. */
  readonly ownFetch: boolean
  readonly key: KeyRing
  /**
   * Whether `baseUrl` is a proxy of `@apikley/server`, which gives one task for one attempt id, and
   * takes files as they are.
   */
  readonly proxied: boolean
  readonly baseUrl: string
  readonly uploadUrl: string
  /** One attempt, in ms. */
  readonly requestTimeout: number
  readonly maxRetries: number
  /** The longest `Retry-After` that is waited for, in ms; of a longer one the error tells. */
  readonly maxRetryAfter: number
  /** The shortest time between two looks at a task, in ms. */
  readonly minInterval: number
  readonly creates: Limiter
  readonly reads: Limiter
  readonly clock: Clock
  readonly random: () => number
  readonly onEvent: EventListener | undefined
}

/** Holds the key where no log and no printed client shows it. */
export interface KeyRing {
  /** The `Authorization` header for an address; only the client's own addresses get one. */
  headerFor(url: string): string | undefined
  /** A text without the key in it, should the service have repeated it. */
  redact(text: string): string
}

/**
 * What a slow line carries, in bytes per ms (0.5 Mbit/s): a body has that much more time on top of
 * `requestTimeout`.
 */
const slowLine = 64

/** A success, with its body read. */
export interface Success {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/**
 * What becomes the `fetch` that is handed to openapi-fetch: all attempts of one call. It gives an
 * answer only for a success; everything else leaves it as an ApikleyError, or as the reason of the
 * caller's signal.
 */
export function createAttempts(
  config: TransportConfig,
  operation: Operation,
  options: CallOptions,
  address?: string,
): (request: OutgoingRequest) => Promise<Success> {
  const { clock, random, onEvent } = config
  const { signal, firstSentAt } = options
  const charged = operation.resend === 'never'
  const attemptId = charged ? (options.attemptId ?? randomId(random)) : undefined
  if (attemptId !== undefined && !/^[\x21-\x7e]+$/.test(attemptId)) {
    throw misuse('attemptId should be one word in ASCII.')
  }

  // The service itself knows no attempts, and would take a repeat for a new one.
  if (firstSentAt !== undefined && !config.proxied) {
    throw misuse('firstSentAt needs a proxyUrl; nothing was sent.')
  }

  return async (request) => {
    const { method } = request
    const limiter = charged ? config.creates : method === 'GET' ? config.reads : undefined
    const { url, ...init } = await orAborted(
      readRequest(config, request, address ?? request.url, attemptId),
      signal,
    )
    const throttled = (delay: number): void =>
      tell(onEvent, { type: 'throttle', operation: operation.id, delay })

    for (let attempt = 1; ; attempt++) {
      if (limiter) {
        await takeTurn(limiter, operation, throttled, signal)
      }
      signal?.throwIfAborted()
      // In seconds; how old it is counts, because no store remembers it for ever.
      if (firstSentAt !== undefined) {
        init.headers.set('idempotency-repeat', `${Math.round((clock.now() - firstSentAt) / 1000)}`)
      }
      const event: RequestEvent = {
        type: 'request',
        operation: operation.id,
        method,
        url: url.replace(/[?#].*/s, ''),
        attempt,
        ...(attemptId === undefined ? {} : { attemptId }),
        time: clock.now(),
      }
      tell(onEvent, event)
      // A listener may have aborted the call; a given `fetch` need not look at its signal.
      const sent = !signal?.aborted
      const { success, error, resend }: Outcome = sent
        ? await attemptOnce(config, operation, url, init, attemptId, signal)
        : {}
      const status = success?.status ?? error?.status
      tell(onEvent, {
        type: 'request-end',
        request: event,
        duration: clock.now() - event.time,
        status,
        error,
      })
      if (success) {
        return success
      }
      if (sent && attemptId !== undefined && (!error || error.kind === 'unconfirmed')) {
        tell(onEvent, { type: 'unconfirmed', operation: operation.id, attemptId, error })
      }
      if (!error) {
        throw signal?.reason
      }
      const patience = error.retryAfter === undefined || error.retryAfter <= config.maxRetryAfter
      if (!resend || !patience || attempt > config.maxRetries) {
        throw error
      }
      const delay = backoff(attempt - 1, error.retryAfter, random)
      tell(onEvent, { type: 'retry', operation: operation.id, attempt: attempt + 1, delay, error })
      await sleep(clock, delay, signal)
    }
  }
}

async function takeTurn(
  limiter: Limiter,
  operation: Operation,
  throttled: (delay: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await orAborted((async () => limiter.acquire(signal, throttled))(), signal)
  } catch (cause) {
    if (signal?.aborted) {
      throw signal.reason
    }
    throw limiterFailed(operation.id, cause)
  }
}

function misuse(message: string): ApikleyError {
  return new ApikleyError({ kind: 'configuration', message })
}

/** A success, a failure, or neither: the call was aborted. */
interface Outcome {
  readonly success?: Success
  readonly error?: ApikleyError
  readonly resend?: boolean
}

async function attemptOnce(
  config: TransportConfig,
  operation: Operation,
  url: string,
  init: RequestInit & { readonly body: Body },
  attemptId: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const { clock, key } = config
  const fail = (
    kind: AnswerKind,
    what: string,
    resend: boolean,
    more?: Partial<ApikleyErrorData> & { readonly cause?: unknown },
  ): Outcome => ({
    error: new ApikleyError({
      ...more,
      kind,
      attemptId,
      message: `${operation.id}: ${what}. ${advice(kind, operation)}`,
    }),
    resend,
  })
  const time = Math.round(config.requestTimeout + sizeOf(init.body) / slowLine)
  let late: Error | undefined
  let answered = false
  const deadline = createDeadline(
    clock,
    time,
    () => (late = new Error(`no answer within ${time} ms`)),
    signal,
  )
  try {
    // Raced, because the given `fetch` need not honour its signal.
    const response = await orAborted(
      config.fetch(url, { ...init, signal: deadline.signal }),
      deadline.signal,
    )
    answered = true
    const text = await orAborted(response.text(), deadline.signal)
    const { status, headers } = response
    const answer = {
      status,
      envelope: readEnvelope(text),
      retryAfter: parseRetryAfter(headers.get('retry-after'), clock.now()),
    }
    const verdict = judge(operation, answer)
    if (verdict === 'success') {
      return { success: { status, headers, text } }
    }
    const told = config.proxied ? readProxyError(answer.envelope?.error, verdict.kind) : undefined
    if (told) {
      return {
        error: ApikleyError.from({ ...told, retryAfter: answer.retryAfter, attemptId }),
        resend: verdict.resend && told.kind !== 'unconfirmed',
      }
    }
    const { what, ...known } = describe(answer, key.redact)
    return fail(verdict.kind, what, verdict.resend, known)
  } catch (error) {
    if (signal?.aborted)
    // The time of run() was up while its create was under way: that is no longer a wait that has
    // ended.
    {
      return attemptId !== undefined &&
        ApikleyError.is(signal.reason) &&
        signal.reason.kind === 'timeout'
        ? fail('unconfirmed', 'the time was up before an answer came', false)
        : {}
    }
    // Whatever breaks once an answer has begun, the request had arrived.
    const unopened = !answered && neverOpened(error)
    const free = unopened || operation.resend === 'safe'
    const cause = bareCause(error, key.redact)
    const what = unopened
      ? 'no connection could be opened'
      : (late?.message ?? 'the connection broke before the answer was read')
    return fail(free ? 'connection' : 'unconfirmed', what + codeIn(cause), free, { cause })
  } finally {
    deadline.release()
  }
}

/**
 * What every attempt sends. A redirect is never followed: it could carry the key elsewhere, and
 * hides where a task was made.
 */
async function readRequest(
  { key, proxied }: TransportConfig,
  request: OutgoingRequest,
  url: string,
  attemptId: string | undefined,
): Promise<RequestInit & { readonly url: string; readonly headers: Headers; readonly body: Body }> {
  const { method, credentials } = request
  // A copy: middleware keeps the request, and must not find the key in it.
  const headers = new Headers(request.headers)
  const authorization = key.headerFor(url)
  if (authorization !== undefined) {
    headers.set('authorization', authorization)
  }
  if (attemptId !== undefined) {
    headers.set('idempotency-key', attemptId)
  }
  const body = await bodyOf(request, proxied)
  const file = proxied ? fileOf(body) : undefined
  if (file) {
    headers.set('content-type', file.type || 'application/octet-stream')
  }
  return {
    url: file ? `${url}?fileName=${encodeURIComponent(file.name)}` : url,
    method,
    headers,
    redirect: 'manual',
    ...(credentials && { credentials }),
    body: file ?? body,
  }
}
