import { ApikleyError, type ApikleyErrorKind } from '../errors.ts'
import { advice } from './advice.ts'
import type { JsonType, Operation } from './operation.ts'

/** An answer as it came: the HTTP side, and the envelope if there was one to be read. */
export interface Answer {
  readonly status: number
  readonly envelope: Envelope | undefined
  /** In ms. */
  readonly retryAfter: number | undefined
}

export interface Envelope {
  readonly code: number
  readonly msg: string | undefined
  readonly data: unknown
}

/**
 * What an answer means: it is taken, it is an error, or it is an error after which the same request may be sent again. Whoever
 * sends an operation that is charged reads the two tables below before changing anything.
 */
export type Verdict = { readonly is: 'success' } | { readonly is: 'error' | 'resend'; readonly kind: ApikleyErrorKind }

/** The envelope in a body, or nothing when the body is no envelope: not JSON, cut off, a page of HTML. */
export function readEnvelope(text: string): Envelope | undefined {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(body) || typeof body.code !== 'number' || !Number.isInteger(body.code)) return undefined
  // The schema says `msg`, the prose and its samples say `message`.
  const msg = [body.msg, body.message].find((words) => typeof words === 'string')
  return { code: body.code, msg, data: body.data }
}

export function judge(operation: Operation, answer: Answer): Verdict {
  return operation.resend === 'never' ? judgeCharged(operation, answer) : judgeFree(operation, answer)
}

/** Codes that say at any HTTP status: refused, nothing was charged. */
const refusals = new Set([400, 401, 402, 404, 422, 429, 433, 455, 505])

/** Refusals that are worth sending again after a while. */
const passing = new Set([429, 455])

/** An operation that is charged when it is accepted. Where it is not certain that it was refused, it is `unconfirmed`. */
function judgeCharged({ expects }: Operation, { status, envelope }: Answer): Verdict {
  const code = envelope?.code
  const refused = (number: number): Verdict => ({ is: passing.has(number) ? 'resend' : 'error', kind: kindOf(number, 'rejected') })
  const unconfirmed: Verdict = { is: 'error', kind: 'unconfirmed' }

  const success = status >= 200 && status <= 299 && code === 200
  if (success) return isComplete(expects, envelope?.data, isNothing) ? { is: 'success' } : unconfirmed
  // Whatever the numbers say: where there is a task id, a task may have been bought.
  if (isRecord(envelope?.data) && !isNothing(envelope.data.taskId)) return unconfirmed
  if (code !== undefined && refusals.has(code)) return refused(code)
  // Gateways answer 408 and 499 when they lost patience, not when the service refused.
  if (status >= 400 && status <= 499) return status === 408 || status === 499 ? unconfirmed : refused(status)
  if (status < 200 || status > 299 || envelope === undefined) return unconfirmed
  // A wrong parameter is reported as 500 or 501 inside HTTP 200; over HTTP 500 the same numbers say nothing about the task.
  if (code === 500 || code === 501) return { is: 'error', kind: 'rejected' }
  return { is: 'error', kind: 'unexpected-response' }
}

/** What gateways answer when they lost patience: it says nothing about the request. */
const impatient = new Set([408, 425, 499])

/** An operation that costs nothing: whatever may pass is tried again. */
function judgeFree({ expects }: Operation, { status, envelope }: Answer): Verdict {
  const ok = status >= 200 && status <= 299
  if (ok && envelope?.code === 200)
    return isComplete(expects, envelope.data, isMissing) ? { is: 'success' } : { is: 'error', kind: 'unexpected-response' }
  if (ok && envelope === undefined) return { is: 'resend', kind: 'unexpected-response' }
  const number = envelope === undefined || envelope.code === 200 ? status : envelope.code
  const kind = kindOf(number, 'server')
  const again = passing.has(number) || (kind === 'server' && number !== 501) || (envelope === undefined && impatient.has(status))
  return { is: again ? 'resend' : 'error', kind }
}

/** The kind for a number; what 500 and 501 mean depends on who asks. */
function kindOf(number: number, serverError: ApikleyErrorKind): ApikleyErrorKind {
  switch (number) {
    case 401:
      return 'authentication'
    case 402:
      return 'insufficient-credits'
    case 404:
      return 'not-found'
    case 429:
      return 'rate-limited'
    case 433:
      return 'key-limit'
    case 455:
      return 'maintenance'
    case 505:
      return 'feature-disabled'
    case 500:
    case 501:
      return serverError
    default:
      if (number >= 400 && number <= 499) return 'rejected'
      return number >= 500 && number <= 599 ? 'server' : 'unexpected-response'
  }
}

function isComplete(expects: Operation['expects'], data: unknown, isEmpty: (value: unknown) => boolean): boolean {
  if (expects === 'nothing') return true
  if (typeof expects === 'string') return isA(expects, data)
  return isRecord(data) && Object.entries(expects).every(([field, type]) => isA(type, data[field]) && !isEmpty(data[field]))
}

function isA(type: JsonType, value: unknown): boolean {
  return type === 'any' ? !isMissing(value) : typeof value === type
}

const isMissing = (value: unknown): boolean => value === undefined || value === null
/** An empty task id is none. */
const isNothing = (value: unknown): boolean => isMissing(value) || value === ''

/** The error for an answer, with everything that is known about it. `redact` keeps the key out of the service's words. */
export function answerError(
  operation: Operation,
  kind: ApikleyErrorKind,
  { status, envelope, retryAfter }: Answer,
  attemptId: string | undefined,
  redact: (text: string) => string,
): ApikleyError {
  const data = isRecord(envelope?.data) ? envelope.data : {}
  const msg = envelope?.msg === undefined ? undefined : redact(envelope.msg)
  return new ApikleyError({
    kind,
    message: `${operation.id}: ${whatCame(status, envelope?.code, msg)}. ${advice(kind, operation)}`,
    status,
    code: envelope?.code,
    msg,
    retryAfter,
    attemptId,
    taskId: typeof data.taskId === 'string' && data.taskId !== '' ? data.taskId : undefined,
  })
}

function whatCame(status: number, code: number | undefined, msg: string | undefined): string {
  if (code === undefined) return `HTTP ${status} without a readable answer`
  const said = msg ? `"${msg}"` : 'no message'
  if (code === 200) return `HTTP ${status} with an incomplete answer, ${said}`
  return code === status ? `${said} (${status})` : `${said} (code ${code}, HTTP ${status})`
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
