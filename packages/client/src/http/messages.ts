import { ApikleyError, type ApikleyErrorData, type ApikleyErrorKind } from '../errors.ts'
import { isRecord, type Answer, type Operation, type ResponseKind } from './classify.ts'

/** Longer texts of the service or a proxy are cut. */
const MAX_QUOTED_CHARACTERS = 500
const MAX_PROXY_CHARACTERS = 2000

const ADVICE: Record<ResponseKind, string> = {
  unconfirmed:
    'The task may have been accepted and charged: check the account before you send it again.',
  'task-failed': 'Change the input, or try again later.',
  authentication: 'Check the API key.',
  'insufficient-credits': 'Top up the account.',
  'not-found': 'Check the id or URL.',
  rejected: 'Change the request.',
  'rate-limited': 'Send fewer requests at a time, or try again later.',
  'key-limit': 'This key has used up its own limit: raise it, or use another key.',
  maintenance: 'Try again later.',
  'feature-disabled': 'This feature is switched off for the account or the model.',
  server: 'Try again later.',
  connection: 'Check the network and the URL.',
  'unexpected-response': 'Check the URL, and whether an intermediary answers instead.',
}

/** What to do next. For a charged operation it also says that nothing was charged. */
export function advice(kind: ResponseKind, operation?: Operation): string {
  const free =
    operation?.resend === 'never' && kind !== 'unconfirmed' && kind !== 'unexpected-response'
  return free ? `${ADVICE[kind]} Nothing was charged.` : ADVICE[kind]
}

/**
 * The error data of a response, and `what` the response was.
 *
 * @param redact removes the API key from texts of the service
 */
export function describe(
  { status, envelope, retryAfter }: Answer,
  redact: (text: string) => string,
): Partial<ApikleyErrorData> & { readonly what: string } {
  const { code, data } = envelope ?? {}
  const msg = envelope?.msg && redact(envelope.msg)
  const id = isRecord(data) ? data.taskId : undefined
  const hasId = (typeof id === 'string' && id !== '') || typeof id === 'number'
  const taskId = hasId ? redact(String(id)) : undefined
  return { what: describeStatus(status, code, msg), status, code, msg, retryAfter, taskId }
}

function describeStatus(status: number, code?: number, msg?: string): string {
  if (code === undefined) {
    return `HTTP ${status} without a readable answer`
  }
  const quoted = msg ? `"${msg.slice(0, MAX_QUOTED_CHARACTERS)}"` : 'no message'
  if (code === 200) {
    return `HTTP ${status} with an incomplete answer, ${quoted}`
  }
  return code === status ? `${quoted} (${status})` : `${quoted} (code ${code}, HTTP ${status})`
}

/**
 * The error that a proxy sends as `ApikleyError.toJSON`. It may refine the kind of the response,
 * but never turns `unconfirmed` into a certain refusal, because an intermediary can send it too.
 * Undefined if there is no such error.
 *
 * @param kind the kind of the response itself
 */
export function readProxyError(error: unknown, kind: ResponseKind): ApikleyErrorData | undefined {
  if (!isRecord(error) || !isProxyKind(error.kind) || typeof error.message !== 'string') {
    return undefined
  }
  const certain = kind !== 'unconfirmed' && kind !== 'unexpected-response'
  if (!certain && error.kind !== kind && error.kind !== 'unconfirmed') {
    return undefined
  }
  const text = (name: string): string | undefined =>
    typeof error[name] === 'string' ? error[name].slice(0, MAX_PROXY_CHARACTERS) : undefined
  const number = (name: string): number | undefined =>
    Number.isFinite(error[name]) ? Number(error[name]) : undefined
  return {
    kind: error.kind,
    message: error.message.slice(0, MAX_PROXY_CHARACTERS),
    code: number('code'),
    msg: text('msg'),
    status: number('status'),
    taskId: text('taskId'),
    failCode: text('failCode'),
    failMsg: text('failMsg'),
  }
}

function isProxyKind(kind: unknown): kind is ApikleyErrorKind {
  return (
    typeof kind === 'string' &&
    (Object.hasOwn(ADVICE, kind) || kind === 'invalid-input' || kind === 'configuration')
  )
}

/** An error for whatever a caller's limiter threw. */
export function limiterFailed(what: string, cause: unknown, taskId?: string): ApikleyError {
  if (ApikleyError.is(cause)) {
    return cause
  }
  return new ApikleyError({
    kind: 'connection',
    taskId,
    cause,
    message: `${what}: the limiter failed; nothing was sent. Check it.`,
  })
}
