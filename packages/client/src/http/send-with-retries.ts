import type { ApikleyError } from '../errors.ts'
import { emit } from '../events.ts'
import { raceAbort, reasonOf, sleep, throwIfAborted, toAborted, toPossible } from './abort.ts'
import { sendOnce, type Message } from './send-once.ts'
import { backoff } from './backoff.ts'
import type { Call, Success } from './call.ts'
import { proxyUrl, toProxyFile } from './proxy.ts'
import { LightRequest, readBody, toSendable, uncached, type OutgoingRequest } from './request.ts'

/** How long a request waits for a proxy that limits its user, and the spread of its retries. */
const MAX_QUEUED_MS = 900_000
const MAX_SPREAD_MS = 10_000

/** A shorter wait for the client's own limit is not reported. */
const QUEUE_NOTICE_MS = 100

/**
 * The `fetch` of one call, for openapi-fetch. It uses less of a Response than its types ask for.
 *
 * @param isLight whether no middleware needs a Response of the platform
 */
export function createFetch(
  call: Call,
  isLight: boolean,
): (request: OutgoingRequest) => Promise<object> {
  return async (request) => {
    const { text, ...init } = await send(call, request)
    return isLight
      ? { ...init, ok: true, text: async () => text, json: async () => JSON.parse(text) }
      : new Response(text, init)
  }
}

/**
 * Sends the request of a call, and retries where the operation allows it.
 *
 * @throws {ApikleyError} for an unsuccessful response, or `aborted`
 */
export async function send(
  call: Call,
  request: OutgoingRequest,
  url: string = request.url,
): Promise<Success> {
  const { idempotencyKey, signal } = call
  try {
    call.success = await sendWithRetries(call, request, url)
    return call.success
  } catch (error) {
    throw toAborted(error, signal, { idempotencyKey })
  }
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
      const { success, error, resend, isFinal } = await sendOnce(call, message, attempt)
      if (success) {
        retries.refund(failures)
        return success
      }
      if (!error) {
        const charge = idempotencyKey === undefined ? 'none' : 'possible'
        throw toAborted(signal && reasonOf(signal), signal, { idempotencyKey, charge })
      }
      isInDoubt = !isFinal && (isInDoubt || error.charge === 'possible')
      const isQueued = isQueuedBy(call, error) && clock.now() < queuedUntil
      const mayRetry = resend && !isTooLong(error, transport.maxRetryAfter)
      if (!mayRetry || !(isQueued || (failures < transport.maxRetries && retries.take()))) {
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

/** A limit without a `Retry-After` lasts for an unknown time. */
function isTooLong({ kind, retryAfter }: ApikleyError, maxRetryAfter: number): boolean {
  const isLimit = kind === 'rate-limited' || kind === 'maintenance'
  return (retryAfter ?? (isLimit ? 1 : 0)) > maxRetryAfter
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
  const original = method === 'GET' ? null : await readBody(request, transport.proxied)
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
async function takeTurn(call: Call, method: string): Promise<void> {
  const { transport, operation, signal, onQueue } = call
  const reads = method === 'GET' ? transport.reads : undefined
  const limiter = operation.resend === 'never' ? transport.creates : reads
  const onThrottle = (delay: number, queued: number): void =>
    emit(transport.onEvent, { type: 'throttle', operation: operation.id, delay, queued })
  const cancel = onQueue && transport.clock.after(QUEUE_NOTICE_MS, () => onQueue(true))
  try {
    await limiter?.acquire(signal, onThrottle, call)
    onQueue?.(false)
  } finally {
    cancel?.()
  }
}
