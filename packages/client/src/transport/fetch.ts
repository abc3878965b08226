import { ApikleyError, type ApikleyErrorKind } from '../errors.ts'
import { tell, type EventListener } from '../events.ts'
import { randomId, type Clock } from '../runtime.ts'
import { createDeadline, orAborted, sleep } from './abort.ts'
import { advice } from './advice.ts'
import { answerError, judge, readEnvelope, type Answer } from './answer.ts'
import { backoff, parseRetryAfter } from './backoff.ts'
import { neverOpened } from './connection.ts'
import type { Limiter } from './limiter.ts'
import type { CallOptions, Operation } from './operation.ts'

export interface TransportConfig {
  readonly fetch: typeof globalThis.fetch
  readonly key: KeyRing
  readonly baseUrl: string
  readonly uploadUrl: string
  /** One attempt, in ms. */
  readonly requestTimeout: number
  readonly maxRetries: number
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

/** What a slow line carries, in bytes per ms (0.5 Mbit/s): a body has that much more time on top of `requestTimeout`. */
const slowLine = 64

/** A service that asks for more patience than this is not waited for: the call fails, and the error says how long. */
const longestRetryAfter = 60_000

/**
 * The `fetch` that is handed to openapi-fetch: all attempts of one call. It gives a Response only for a success; everything else
 * leaves it as an ApikleyError, or as the reason of the caller's signal.
 */
export function createFetch(
  config: TransportConfig,
  operation: Operation,
  options: CallOptions,
  address?: string,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const { clock, random } = config
    const { signal } = options
    const charged = operation.resend === 'never'
    const attemptId = charged ? (options.attemptId ?? randomId(random)) : undefined
    const limiter = charged ? config.creates : request.method === 'GET' ? config.reads : undefined
    const url = address ?? request.url
    const init = await orAborted(readRequest(config, request, url, attemptId), signal)

    for (let attempt = 0; ; attempt++) {
      if (limiter) await orAborted(limiter.acquire(signal), signal)
      const outcome = await attemptOnce(config, operation, url, init, attemptId, signal)
      if (outcome instanceof Response) return outcome
      const { error, resend } = outcome
      const patience = error.retryAfter === undefined || error.retryAfter <= longestRetryAfter
      if (!resend || !patience || attempt >= config.maxRetries) throw error
      const delay = backoff(attempt, error.retryAfter, random)
      tell(config.onEvent, { type: 'retry', operation: operation.id, attempt: attempt + 1, delay, error })
      await sleep(clock, delay, signal)
    }
  }
}

type Failure = { readonly error: ApikleyError; readonly resend: boolean }

async function attemptOnce(
  config: TransportConfig,
  operation: Operation,
  url: string,
  init: RequestInit,
  attemptId: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Response | Failure> {
  const { fetch, clock } = config
  signal?.throwIfAborted()
  const time = config.requestTimeout + (init.body instanceof Blob ? init.body.size / slowLine : 0)
  const deadline = createDeadline(clock, time, () => new LateError(time), signal)
  let answer: Answer
  let response: Response
  let text: string
  try {
    // Raced, because the given `fetch` need not honour its signal.
    response = await orAborted(fetch(url, { ...init, signal: deadline.signal }), deadline.signal)
    text = await orAborted(response.text(), deadline.signal)
    answer = {
      status: response.status,
      envelope: readEnvelope(text),
      retryAfter: parseRetryAfter(response.headers.get('retry-after'), clock.now()),
    }
  } catch (error) {
    if (signal?.aborted) throw abortReason(config, operation, attemptId, signal)
    return connectionFailure(operation, error, attemptId)
  } finally {
    deadline.release()
  }
  const verdict = judge(operation, answer)
  if (verdict.is === 'success') return new Response(text, { status: response.status, headers: response.headers })
  return { error: answerError(operation, verdict.kind, answer, attemptId, config.key.redact), resend: verdict.is === 'resend' }
}

/** What the caller gets after an abort in mid-flight: the signal's reason; where a task may have been bought, that is reported as well. */
function abortReason(config: TransportConfig, operation: Operation, attemptId: string | undefined, signal: AbortSignal): unknown {
  if (attemptId === undefined) return signal.reason
  tell(config.onEvent, { type: 'unconfirmed', operation: operation.id, attemptId })
  // The time of run() was up while its create was under way: that is no longer a wait that has ended.
  return ApikleyError.is(signal.reason) && signal.reason.kind === 'timeout'
    ? failure('unconfirmed', operation, 'the time was up before an answer came', attemptId, undefined)
    : signal.reason
}

function connectionFailure(operation: Operation, cause: unknown, attemptId: string | undefined): Failure {
  const unopened = neverOpened(cause)
  const kind = operation.resend === 'safe' || unopened ? 'connection' : 'unconfirmed'
  const what =
    cause instanceof LateError
      ? cause.message
      : unopened
        ? 'no connection could be opened'
        : 'the connection broke before the answer was read'
  return { error: failure(kind, operation, what, attemptId, cause), resend: kind === 'connection' }
}

function failure(kind: ApikleyErrorKind, operation: Operation, what: string, attemptId: string | undefined, cause: unknown): ApikleyError {
  return new ApikleyError({ kind, attemptId, cause, message: `${operation.id}: ${what}. ${advice(kind, operation)}` })
}

/** The time for one attempt was up. */
class LateError extends Error {
  constructor(ms: number) {
    super(`no answer within ${Math.round(ms)} ms`)
  }
}

/**
 * What every attempt sends. The body is read once and goes out as a Blob: platforms that repeat a request by themselves after a dropped
 * connection (Deno) do so for strings. A redirect is never followed: it could carry the key elsewhere, and hides where a task was made.
 */
async function readRequest(config: TransportConfig, request: Request, url: string, attemptId: string | undefined): Promise<RequestInit> {
  const headers = new Headers(request.headers)
  const authorization = config.key.headerFor(url)
  if (authorization !== undefined) headers.set('authorization', authorization)
  if (attemptId !== undefined) headers.set('idempotency-key', attemptId)
  const init: RequestInit = { method: request.method, headers, redirect: 'manual', credentials: request.credentials }
  if (request.method === 'GET' || request.method === 'HEAD') return init
  const body = await request.blob()
  return body.size > 0 ? { ...init, body } : init
}
