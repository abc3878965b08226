import { ApikleyError, type ApikleyErrorData } from '../errors.ts'
import { emit, type RequestEvent } from '../events.ts'
import { isDeadlineError, reasonOf, toPossible, withDeadline } from './abort.ts'
import { parseRetryAfter } from './backoff.ts'
import type { Call, Success } from './call.ts'
import { classify, findTaskId, isSuccess, readEnvelope, type ResponseKind } from './classify.ts'
import { ADVICE, createError, describe, withoutQuery } from './messages.ts'
import { bareCause, codeIn, neverOpened } from './network-error.ts'
import { foreignServerError, isRetriedByProxy, readProxyError } from './proxy.ts'
import { sizeOf, type Body } from './request.ts'
import { readText, type ResponseText } from './response-text.ts'

/** What every attempt sends. */
export interface Message {
  readonly url: string
  readonly init: RequestInit & { readonly headers: Headers; readonly body: Body }
}

/** The result of one attempt. All fields are missing after an abort. */
export interface Outcome {
  readonly success?: Success
  readonly error?: ApikleyError
  readonly resend?: boolean
  /** Whether a proxy says that its answer is the outcome of the create. */
  readonly isFinal?: boolean
}

/** The upload speed that a deadline allows for, in bytes per ms (0.5 Mbit/s). */
const SLOW_UPLOAD_BYTES_PER_MS = 64

/** Sends one attempt and emits its events. */
export async function sendOnce(call: Call, message: Message, attempt: number): Promise<Outcome> {
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
  const outcome = sent ? await exchange(call, message) : {}
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

async function exchange(call: Call, { url, init }: Message): Promise<Outcome> {
  const { transport, signal } = call
  const { clock, requestTimeout } = transport
  const timeout = Math.round(requestTimeout + sizeOf(init.body) / SLOW_UPLOAD_BYTES_PER_MS)
  let isLate = false
  const onLate = (): Error => {
    isLate = true
    return new Error(`no answer within ${timeout} ms`)
  }
  let response: Response | undefined
  try {
    return await withDeadline(clock, timeout, onLate, signal, async (inTime) => {
      response = await transport.fetch(url, { ...init, signal: inTime })
      const outcome = readResponse(call, response, await readText(response, transport))
      return checkCertainty(call, response, outcome)
    })
  } catch (error) {
    if (signal?.aborted) {
      return aborted(call, reasonOf(signal))
    }
    return readFailure(call, error, response !== undefined, isLate)
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
  return { ...outcome, isFinal, error: isFinal ? error : toPossible(error, idempotencyKey) }
}

function readResponse(call: Call, response: Response, { text, isCut }: ResponseText): Outcome {
  const { transport, operation, idempotencyKey } = call
  const { status, headers } = response
  const envelope = isCut ? undefined : readEnvelope(text)
  const retryAfter = parseRetryAfter(headers.get('retry-after'), transport.clock.now())
  const answer = { status, envelope, retryAfter }
  if (isSuccess(operation, answer)) {
    return { success: { status, headers, text } }
  }
  const taskId = operation.resend === 'never' ? findTaskId(text, envelope?.data) : undefined
  const failed = { ...answer, taskId }
  const verdict = classify(operation, failed)
  const proxyError = transport.proxied ? readProxyError(envelope?.error, verdict.kind) : undefined
  if (proxyError) {
    const error = createError({ ...proxyError, retryAfter, idempotencyKey })
    const isFinal = error.kind === 'unconfirmed' || isRetriedByProxy(operation, error)
    return { error, resend: verdict.resend && !isFinal }
  }
  // A create has a key, which only a proxy makes.
  const isFree = idempotencyKey === undefined
  const error = transport.proxied && isFree && foreignServerError(transport, response)
  if (error) {
    return { error }
  }
  const { what, ...data } = describe(failed, headers, transport.key.redact)
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
    const url = operation.server === 'upload' ? transport.uploadUrl : transport.baseUrl
    what = `no connection to ${url} could be opened`
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
  const message = `${operation.id}: ${what}. ${ADVICE[kind]}`
  return { error: createError({ ...data, kind, idempotencyKey, message }), resend }
}
