import { ApikleyError, type ApikleyErrorData, type ApikleyErrorKind } from '@apikley/client'

/** Pages get this message where only the operator of the server can fix the problem. */
export const GENERIC_FAILURE_MESSAGE = 'The server cannot do this now. Its log says why.'

const KIND_BY_CODE: Readonly<Record<number, ApikleyErrorKind>> = {
  401: 'authentication',
  404: 'not-found',
  422: 'invalid-input',
  429: 'rate-limited',
}

/** The service's errors about the account, not about the user's request. */
const ACCOUNT_KINDS: readonly string[] = ['authentication', 'insufficient-credits', 'key-limit']

/** The page gets the service's message for these kinds only: it is about the user's request. */
const USER_KINDS: readonly string[] = ['rejected', 'not-found', 'task-failed']

/** The header `apikley-proxy`: the client in the page knows by it that no other server has answered. */
const ANSWERED = '1'

/** The same header of an answer that is the outcome of a create, whatever happens to its copies. */
export const FINAL = 'final'

type StatusAndCode = readonly [status: number, code?: number]

/**
 * The HTTP status of a response to an error of the service, and the `code` in its body where that
 * differs. Clients that ignore `error` still draw the right conclusion: createTask answers either
 * a code that the service documents as a refusal, or 502, which may have been charged.
 */
const STATUS_BY_KIND: { readonly [kind in ApikleyErrorKind]?: StatusAndCode } = {
  'task-failed': [502, 501],
  'invalid-input': [422],
  configuration: [500, 505],
  authentication: [502, 401],
  'insufficient-credits': [402],
  'not-found': [404],
  rejected: [422],
  'rate-limited': [429],
  'key-limit': [503, 433],
  maintenance: [503, 455],
  'feature-disabled': [503, 505],
}

/**
 * A refusal by the proxy itself, before anything was sent to the service.
 *
 * @param code HTTP status of the response, and the `code` in its body
 * @param retryAfter in ms
 */
export function refusal(code: number, message: string, retryAfter?: number): ApikleyError {
  return new ApikleyError({ kind: KIND_BY_CODE[code] ?? 'rejected', code, message, retryAfter })
}

/** @throws {ApikleyError} a refusal, unless the request is valid */
export function refuseUnless(isValid: boolean, code: number, message: string): asserts isValid {
  if (!isValid) {
    throw refusal(code, message)
  }
}

/** @throws {ApikleyError} `feature-disabled`, unless an option of the proxy allows the request */
export function requireOption(isOpen: boolean, subject: string, option: string): asserts isOpen {
  if (!isOpen) {
    const message = `${subject} not open here: see the proxy's option \`${option}\`.`
    throw new ApikleyError({ kind: 'feature-disabled', code: 403, message })
  }
}

/** A function of the application failed. Nothing was charged, and a retry may succeed. */
export function failTemporarily(cause: unknown): never {
  throw new ApikleyError({ kind: 'maintenance', message: GENERIC_FAILURE_MESSAGE, cause })
}

/** The server is set up wrongly. Only the log gets the message. */
export function configurationError(message: string, cause?: unknown): ApikleyError {
  return new ApikleyError({ kind: 'configuration', message, cause })
}

/** @throws {ApikleyError} `configuration`, unless the server is set up correctly */
export function checkSetup(isValid: boolean, message: string): asserts isValid {
  if (!isValid) {
    throw configurationError(message)
  }
}

/** A create may or may not have been charged. */
export function unconfirmed(idempotencyKey: string | undefined): ApikleyError {
  const message =
    'The outcome of this create is unknown. Check the account before you create the task again.'
  return new ApikleyError({ kind: 'unconfirmed', idempotencyKey, message })
}

/** Whether only the operator of the server can fix the problem. */
export function isForOperator({ kind, status }: ApikleyErrorData): boolean {
  return kind === 'configuration' || (status !== undefined && ACCOUNT_KINDS.includes(kind))
}

/** Whether the client could not use its store. The message names hosts: no page may see it. */
export function isStoreFailure(error: unknown, depth = 5): boolean {
  return (
    error instanceof Error &&
    (error.name === 'StoreError' || (depth > 0 && isStoreFailure(error.cause, depth - 1)))
  )
}

/** The service limits creates for this time. A page waits for it if the service names no delay. */
const CREATE_INTERVAL_MS = 10_000

/**
 * @param charged whether the route charges
 * @param redact replaces the task id in every text
 */
export function errorResponse(
  error: ApikleyError,
  charged: boolean | undefined,
  redact?: (text: string) => string,
): Response {
  const data = errorForPage(error.toJSON(), charged)
  const { kind, message, msg } = data
  const isLimited = charged && kind === 'rate-limited'
  const retryAfter = data.retryAfter ?? (isLimited ? CREATE_INTERVAL_MS : undefined)
  const [status, code = status] = statusAndCodeOf(data, charged)
  const body = { code, msg: msg ?? message, data: null, error: data }
  const response = jsonResponse(body, status, redact)
  if (retryAfter !== undefined) {
    response.headers.set('retry-after', String(Math.ceil(retryAfter / 1000)))
  }
  return response
}

/** The part of an error that a page may see. */
export function errorForPage(
  data: ApikleyErrorData,
  charged: boolean | undefined,
): ApikleyErrorData {
  const { kind, message, msg } = data
  if (kind === 'timeout') {
    // Nothing was sent: a create that times out after it was sent is `unconfirmed`.
    return { kind: charged ? 'rate-limited' : 'connection', message }
  }
  if (isForOperator(data)) {
    return { ...data, message: GENERIC_FAILURE_MESSAGE, msg: undefined }
  }
  if (msg !== undefined && !USER_KINDS.includes(kind)) {
    return { ...data, message: message.replace(msg.slice(0, 500), '…'), msg: undefined }
  }
  return data
}

function statusAndCodeOf(data: ApikleyErrorData, charged: boolean | undefined): StatusAndCode {
  const { kind, code, status } = data
  // A refusal by the proxy itself: its code is an HTTP status.
  if (status === undefined && code !== undefined && code >= 400 && code <= 599) {
    return [code]
  }
  // The connection never opened, so nothing was charged.
  if (charged && kind === 'connection') {
    return [503, 455]
  }
  // An error status would claim more than the response of the service does.
  if (charged && kind === 'unexpected-response') {
    return [200, code ?? 502]
  }
  return STATUS_BY_KIND[kind] ?? [502]
}

/** @param redact replaces secrets in every text */
export function jsonResponse(
  body: object,
  status: number,
  redact: (text: string) => string = String,
): Response {
  const text = JSON.stringify(body, (_, value: unknown) =>
    typeof value === 'string' ? redact(value) : value,
  )
  const headers = {
    'apikley-proxy': ANSWERED,
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  }
  return new Response(text, { status, headers })
}

/** Passes an error to the application's `onError`, whose own errors must not change a response. */
export async function report<Args extends readonly unknown[]>(
  onError: ((...args: Args) => unknown) | undefined,
  ...args: Args
): Promise<void> {
  try {
    await (onError ?? console.error)(...args)
  } catch {
    // Ignored.
  }
}
