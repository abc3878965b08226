import { ApikleyError, misconfigured, type ApikleyErrorData } from '../errors.ts'
import { emit, type RequestEvent } from '../events.ts'
import type { Transport } from '../options.ts'
import { randomId } from '../runtime.ts'
import {
  createDeadline,
  isDeadlineError,
  raceAbort,
  reasonOf,
  sleep,
  throwIfAborted,
  toAborted,
  toPossible,
} from './abort.ts'
import { backoff, parseRetryAfter } from './backoff.ts'
import {
  classify,
  findTaskId,
  readEnvelope,
  type Operation,
  type ResponseKind,
} from './classify.ts'
import { checkKey, MADE_KEY, UNKEYED } from './idempotency-key.ts'
import { advice, describe, withoutQuery } from './messages.ts'
import { bareCause, codeIn, neverOpened } from './network-error.ts'
import {
  foreignServerError,
  isRetriedByProxy,
  proxyUrl,
  readProxyError,
  toProxyFile,
} from './proxy.ts'
import { readText, type ResponseText } from './response-text.ts'
import type { Turn } from './rate-limit.ts'
import {
  LightRequest,
  readBody,
  sizeOf,
  toSendable,
  uncached,
  type Body,
  type OutgoingRequest,
} from './request.ts'

/** Options of every call. */
export interface CallOptions extends Turn {
  /** Aborts the call. It then rejects at once with an error of kind `aborted`. */
  readonly signal?: AbortSignal | undefined
  /** Names this create in errors and events, and for a proxy. Default: random. */
  readonly idempotencyKey?: string | undefined
  /** Internal: awaited before each attempt is sent. */
  readonly onSend?: (() => Promise<void>) | undefined
  /** Internal: called when the request waits for a limit, and when it is sent after that. */
  readonly onQueue?: ((isQueued: boolean) => void) | undefined
}

/** A successful response with its body read. */
export interface Success {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** The upload speed that a deadline allows for, in bytes per ms (0.5 Mbit/s). */
const SLOW_UPLOAD_BYTES_PER_MS = 64

/** How long a request waits for a proxy that limits its user, and the spread of its retries. */
const MAX_QUEUED_MS = 900_000
const MAX_SPREAD_MS = 10_000

/** A shorter wait for the client's own limit is not reported. */
const QUEUE_NOTICE_MS = 100

/** One call of an operation: what all its attempts share. */
export interface Call {
  readonly transport: Transport
  readonly operation: Operation
  readonly signal: AbortSignal | undefined
  /** Set for charged operations. */
  readonly idempotencyKey: string | undefined
  readonly onSend: (() => Promise<void>) | undefined
  readonly onQueue: ((isQueued: boolean) => void) | undefined
  readonly turn: Turn
}

interface Message {
  readonly url: string
  readonly init: RequestInit & { readonly headers: Headers; readonly body: Body }
}

/** The result of one attempt. All fields are missing after an abort. */
interface Outcome {
  readonly success?: Success
  readonly error?: ApikleyError
  readonly resend?: boolean
  /** Whether a proxy says that its answer is the outcome of the create. */
  readonly isFinal?: boolean
}

/** @throws {ApikleyError} `configuration` for options that cannot be sent */
export function createCall(
  transport: Transport,
  operation: Operation,
  { signal, onSend, onQueue, user, priority, ...options }: CallOptions,
): Call {
  if (signal?.aborted) {
    throw toAborted(reasonOf(signal), signal)
  }
  const call = { transport, operation, signal, onSend, onQueue, turn: { user, priority } }
  if (operation.resend !== 'never') {
    return { ...call, idempotencyKey: undefined }
  }
  const { idempotencyKey = `${UNKEYED}${randomId(transport.random)}` } = options
  checkKey(idempotencyKey)
  // Otherwise `tasks.recover` would not find it, and report that nothing was sent.
  if (MADE_KEY.test(idempotencyKey) && !onSend && !transport.proxied) {
    throw misconfigured('Pass a key of tasks.createKey() to tasks.create or run. Nothing was sent.')
  }
  return { ...call, idempotencyKey }
}

/**
 * Sends the request of a call, and retries where the operation allows it.
 *
 * @throws {ApikleyError} for an unsuccessful response, or `aborted`
 */
export function send(
  call: Call,
  request: OutgoingRequest,
  url: string = request.url,
): Promise<Success> {
  const { idempotencyKey, signal } = call
  return sendWithRetries(call, request, url).catch((error: unknown) => {
    throw toAborted(error, signal, { idempotencyKey })
  })
}

async function sendWithRetries(
  call: Call,
  request: OutgoingRequest,
  url: string,
): Promise<Success> {
  const { transport, operation, signal, idempotencyKey } = call
  const { clock, random, onEvent, retries } = transport
  const message = await raceAbort(prepare(call, request, url), signal)
  const queuedUntil = clock.now() + MAX_QUEUED_MS
  let isInDoubt = false
  let failures = 0
  try {
    for (let attempt = 1; ; attempt++) {
      await takeTurn(call, request.method)
      await call.onSend?.()
      throwIfAborted(signal)
      const { success, error, resend, isFinal } = await observe(call, message, attempt)
      if (success) {
        retries.refund()
        return success
      }
      if (!error) {
        const charge = idempotencyKey === undefined ? 'none' : 'possible'
        throw toAborted(signal && reasonOf(signal), signal, { idempotencyKey, charge })
      }
      isInDoubt = !isFinal && (isInDoubt || error.charge === 'possible')
      const isTooLong = (error.retryAfter ?? 0) > transport.maxRetryAfter
      const isQueued = isQueuedBy(call, error) && clock.now() < queuedUntil
      const mayRetry = isQueued || (failures < transport.maxRetries && retries.take())
      if (!resend || isTooLong || !mayRetry) {
        throw error
      }
      const delay =
        backoff(failures, error.retryAfter, random) +
        (isQueued ? random() * Math.min(MAX_SPREAD_MS, 1000 * attempt) : 0)
      failures += isQueued ? 0 : 1
      if (isQueued) {
        call.onQueue?.(true)
      }
      emit(onEvent, { type: 'retry', operation: operation.id, attempt: attempt + 1, delay, error })
      await sleep(clock, delay, signal)
    }
  } catch (error) {
    throw isInDoubt && idempotencyKey ? toPossible(error, idempotencyKey, signal) : error
  }
}

/**
 * Whether a proxy has no turn for its user yet. A page may start many runs at once, so this is no
 * failure. The poller has `maxRetries` 0: it delays its polls itself.
 */
function isQueuedBy({ transport }: Call, { kind, retryAfter }: ApikleyError): boolean {
  const mayQueue = transport.proxied && transport.maxRetries > 0
  return mayQueue && kind === 'rate-limited' && retryAfter !== undefined
}

/**
 * The request that every attempt sends. A redirect is never followed, because it could carry the
 * key to another host, and would hide where a task was made.
 */
async function prepare(
  { transport, operation, idempotencyKey }: Call,
  request: OutgoingRequest,
  url: string,
): Promise<Message> {
  const { method, credentials } = request
  // Middleware keeps its request, so the key goes into a copy.
  const headers = request instanceof LightRequest ? request.headers : new Headers(request.headers)
  const authorization = transport.key.headerFor(url)
  if (authorization !== undefined) {
    headers.set('authorization', authorization)
  }
  if (idempotencyKey !== undefined) {
    headers.set('idempotency-key', idempotencyKey)
  }
  const original = await readBody(request, transport.proxied)
  const file = transport.proxied ? toProxyFile(original) : undefined
  if (file) {
    headers.set('content-type', file.type || 'application/octet-stream')
  }
  const { body, type } = await toSendable(file ?? original, transport.ownFetch)
  if (type !== undefined) {
    headers.set('content-type', type)
  }
  const target = transport.proxied ? proxyUrl(transport, operation, url) : url
  return {
    url: file ? `${target}?fileName=${encodeURIComponent(file.name)}` : target,
    init: {
      method,
      headers,
      redirect: 'manual',
      ...uncached(),
      ...(credentials && { credentials }),
      body,
    },
  }
}

/** Waits for the limit of creates or reads. Uploads have none. */
async function takeTurn(
  { transport, operation, signal, onQueue, turn }: Call,
  method: string,
): Promise<void> {
  const reads = method === 'GET' ? transport.reads : undefined
  const limiter = operation.resend === 'never' ? transport.creates : reads
  const onThrottle = (delay: number, queued: number): void =>
    emit(transport.onEvent, { type: 'throttle', operation: operation.id, delay, queued })
  const cancel = onQueue && transport.clock.after(QUEUE_NOTICE_MS, () => onQueue(true))
  try {
    await raceAbort(limiter?.acquire(signal, onThrottle, turn) ?? Promise.resolve(), signal)
    onQueue?.(false)
  } finally {
    cancel?.()
  }
}

/** Sends one attempt and emits its events. */
async function observe(call: Call, message: Message, attempt: number): Promise<Outcome> {
  const { transport, operation, signal, idempotencyKey } = call
  const { clock, onEvent } = transport
  const { method = 'GET' } = message.init
  const request: RequestEvent = {
    type: 'request',
    operation: operation.id,
    method,
    url: withoutQuery(message.url),
    attempt,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    time: clock.now(),
  }
  emit(onEvent, request)
  // A listener may have aborted the call, and the caller's `fetch` may ignore its signal.
  const sent = !signal?.aborted
  const outcome = sent ? await attemptOnce(call, message) : {}
  const { success, error } = outcome
  const duration = clock.now() - request.time
  const status = success?.status ?? error?.status
  emit(onEvent, { type: 'request-end', request, duration, status, error })
  const isUnclear = !success && (!error || error.kind === 'unconfirmed')
  if (sent && idempotencyKey !== undefined && isUnclear) {
    emit(onEvent, { type: 'unconfirmed', operation: operation.id, idempotencyKey, error })
  }
  return outcome
}

async function attemptOnce(call: Call, { url, init }: Message): Promise<Outcome> {
  const { transport, signal } = call
  const { clock, requestTimeout } = transport
  const timeout = Math.round(requestTimeout + sizeOf(init.body) / SLOW_UPLOAD_BYTES_PER_MS)
  let isLate = false
  const onLate = (): Error => {
    isLate = true
    return new Error(`no answer within ${timeout} ms`)
  }
  const deadline = createDeadline(clock, timeout, onLate, signal)
  let response: Response | undefined
  const request = async (): Promise<Outcome> => {
    response = await transport.fetch(url, { ...init, signal: deadline.signal })
    return checkCertainty(
      call,
      response,
      readResponse(call, response, await readText(response, transport)),
    )
  }
  try {
    // Raced, because the caller's `fetch` may ignore its signal.
    return await raceAbort(request(), deadline.signal)
  } catch (error) {
    if (signal?.aborted) {
      return aborted(call, reasonOf(signal))
    }
    return readFailure(call, error, response !== undefined, isLate)
  } finally {
    deadline.release()
  }
}

/**
 * A browser may repeat a create, and a server between page and proxy may answer the second copy. So
 * an answer about a create is certain only if the proxy says that it is the outcome of the key.
 */
function checkCertainty(
  { transport, idempotencyKey }: Call,
  { headers }: Response,
  outcome: Outcome,
): Outcome {
  const { error } = outcome
  if (!error || !transport.proxied || idempotencyKey === undefined) {
    return outcome
  }
  const isFinal = headers.get('apikley-proxy') === 'final'
  const failure = isFinal ? error : toPossible(error, idempotencyKey)
  return { ...outcome, isFinal, error: ApikleyError.is(failure) ? failure : error }
}

function readResponse(call: Call, response: Response, { text, isCut }: ResponseText): Outcome {
  const { transport, operation, idempotencyKey } = call
  const { status, headers } = response
  const retryAfter = parseRetryAfter(headers.get('retry-after'), transport.clock.now())
  const envelope = isCut ? undefined : readEnvelope(text)
  const taskId = operation.resend === 'never' ? findTaskId(text, envelope?.data) : undefined
  const answer = { status, envelope, taskId, retryAfter }
  const verdict = classify(operation, answer)
  if (verdict === 'success') {
    return { success: { status, headers, text } }
  }
  const proxyError = transport.proxied ? readProxyError(envelope?.error, verdict.kind) : undefined
  if (proxyError) {
    return {
      error: ApikleyError.from({ ...proxyError, retryAfter, idempotencyKey }),
      resend:
        verdict.resend &&
        proxyError.kind !== 'unconfirmed' &&
        !isRetriedByProxy(operation, proxyError),
    }
  }
  // A create has a key, which only a proxy makes.
  const isFree = idempotencyKey === undefined
  const error = transport.proxied && isFree && foreignServerError(transport, response)
  if (error) {
    return { error }
  }
  const { what, ...data } = describe(answer, headers, transport.key.redact)
  const cut = `HTTP ${status} with an answer of more than ${transport.maxResponseBytes} bytes`
  return failure(call, verdict.kind, isCut ? cut : what, verdict.resend && !isCut, data)
}

function readFailure(call: Call, error: unknown, answered: boolean, late: boolean): Outcome {
  const { transport, operation } = call
  if (ApikleyError.is(error) && error.kind === 'configuration') {
    return { error }
  }
  // Once a response has begun, the request has arrived.
  const unopened = !answered && neverOpened(error)
  const free = unopened || operation.resend === 'safe'
  const cause = bareCause(error, transport.key.redact)
  let what = 'the connection broke before the answer was read'
  if (unopened) {
    what = 'no connection could be opened'
  } else if (late) {
    what = cause?.message ?? what
  }
  return failure(call, free ? 'connection' : 'unconfirmed', what + codeIn(cause), free, { cause })
}

/** A charged request that was in flight when the time of its call ended is `unconfirmed`. */
function aborted(call: Call, reason: unknown): Outcome {
  return call.idempotencyKey !== undefined && isDeadlineError(reason)
    ? failure(call, 'unconfirmed', 'the timeout ended before an answer came', false)
    : {}
}

function failure(
  { operation, idempotencyKey }: Call,
  kind: ResponseKind,
  what: string,
  resend: boolean,
  data?: Partial<ApikleyErrorData> & { readonly cause?: unknown },
): Outcome {
  const message = `${operation.id}: ${what}. ${advice(kind, operation)}`
  return { error: new ApikleyError({ ...data, kind, idempotencyKey, message }), resend }
}
