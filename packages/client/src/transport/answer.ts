import type { ApikleyErrorData } from '../errors.ts'
import type { AnswerKind } from './advice.ts'
import type { JsonType, Operation } from './operation.ts'
import { rowFor } from './submission.ts'

/** An answer as it came: the HTTP side, and the envelope if there was one to be read. */
export interface Answer {
  readonly status: number
  readonly envelope: Envelope | undefined
  /** In ms. */
  readonly retryAfter: number | undefined
}

export interface Envelope {
  /** Missing when it is no whole number: then there is only what else stands there. */
  readonly code: number | undefined
  readonly msg: string | undefined
  readonly data: unknown
  /** An error of the client that a proxy has. */
  readonly error?: unknown
}

/**
 * What an answer means: it is a success, or an error, after which the same request may be sent
 * again or not.
 */
export type Verdict = 'success' | { readonly kind: AnswerKind; readonly resend: boolean }

/**
 * The envelope in a body, or nothing when the body is no envelope: not JSON, cut off, a page of
 * HTML.
 */
export function readEnvelope(text: string): Envelope | undefined {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(body)) {
    return undefined
  }
  // The schema says `msg`, the prose and its samples say `message`.
  const msg = [body.msg, body.message].find((words) => typeof words === 'string')
  return {
    code: typeof body.code === 'number' && Number.isInteger(body.code) ? body.code : undefined,
    msg,
    data: body.data,
    error: body.error,
  }
}

export function judge(operation: Operation, answer: Answer): Verdict {
  const ok = Math.trunc(answer.status / 100) === 2
  if (ok && answer.envelope?.code === 200 && isComplete(operation, answer.envelope.data)) {
    return 'success'
  }
  return operation.resend === 'never' ? judgeCharged(answer) : judgeFree(answer, ok)
}

/** An operation that is charged when it is accepted. */
function judgeCharged({ status, envelope }: Answer): Verdict {
  // Whatever the numbers say: where there is a task id, a task may have been bought.
  const row =
    isRecord(envelope?.data) && isThere(envelope.data.taskId)
      ? undefined
      : rowFor(status, envelope?.code)
  const then = row?.then ?? 'unconfirmed'
  if (then === 'unconfirmed' || then === 'unexpected-response') {
    return { kind: then, resend: false }
  }
  return {
    kind: kindOf((row?.code && envelope?.code) ?? status, 'rejected'),
    resend: then === 'resend',
  }
}

/**
 * Refusals for the moment; without an envelope also what gateways answer when they lost patience.
 */
const passing = [429, 455]
const impatient = [408, 425, 499]

/** An operation that costs nothing: whatever may pass is tried again. */
function judgeFree({ status, envelope }: Answer, ok: boolean): Verdict {
  const code = envelope?.code
  if (ok && (code === undefined || code === 200)) {
    return { kind: 'unexpected-response', resend: code === undefined }
  }
  const number = code === undefined || code === 200 ? status : code
  const kind = kindOf(number, 'server')
  const passes = passing.includes(number) || (code === undefined && impatient.includes(status))
  return { kind, resend: passes || (kind === 'server' && number !== 501) }
}

const kinds: Readonly<Record<number, AnswerKind>> = {
  401: 'authentication',
  402: 'insufficient-credits',
  404: 'not-found',
  429: 'rate-limited',
  433: 'key-limit',
  455: 'maintenance',
  505: 'feature-disabled',
}

/**
 * The kind for a number: its own, or that of its hundred. What 500 and 501 mean depends on who
 * asks.
 */
function kindOf(number: number, serverError: AnswerKind): AnswerKind {
  const hundred = Math.trunc(number / 100)
  return (
    kinds[number] ??
    (hundred === 4
      ? 'rejected'
      : hundred !== 5
        ? 'unexpected-response'
        : number < 502
          ? serverError
          : 'server')
  )
}

/** Whether there is all that is expected; an empty id is none. */
function isComplete({ expects, resend }: Operation, data: unknown): boolean {
  if (expects === 'nothing') {
    return true
  }
  if (typeof expects === 'string') {
    return isA(expects, data)
  }
  return (
    isRecord(data) &&
    Object.entries(expects).every(
      ([field, type]) => isA(type, data[field]) && (resend === 'safe' || isThere(data[field])),
    )
  )
}

function isA(type: JsonType, value: unknown): boolean {
  return type === 'any' ? isThere(value) || value === '' : typeof value === type
}

const isThere = (value: unknown): boolean => value !== undefined && value !== null && value !== ''

/**
 * Everything that is known of an answer, for an error, and `what` came in words. `redact` keeps the
 * key out of the service's own.
 */
export function describe(
  { status, envelope, retryAfter }: Answer,
  redact: (text: string) => string,
): Partial<ApikleyErrorData> & { readonly what: string } {
  const { code, data } = envelope ?? {}
  const msg = envelope?.msg && redact(envelope.msg)
  const id = isRecord(data) ? data.taskId : undefined
  const taskId =
    (typeof id === 'string' && id !== '') || typeof id === 'number' ? redact(String(id)) : undefined
  return { what: whatCame(status, code, msg), status, code, msg, retryAfter, taskId }
}

function whatCame(status: number, code: number | undefined, msg: string | undefined): string {
  if (code === undefined) {
    return `HTTP ${status} without a readable answer`
  }
  const said = msg ? `"${msg.slice(0, 500)}"` : 'no message'
  if (code === 200) {
    return `HTTP ${status} with an incomplete answer, ${said}`
  }
  return code === status ? `${said} (${status})` : `${said} (code ${code}, HTTP ${status})`
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
