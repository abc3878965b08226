import type { ApikleyErrorKind } from '../errors.ts'

/** The parts of an operation in the compiled document that a request needs. */
export interface Operation {
  readonly id: string
  /** Which base URL of the client it is sent to. */
  readonly server: 'api' | 'upload'
  /**
   * Whether a request may be resent when nobody knows whether it arrived (`x-apikley-resend`).
   * `never` means that the operation is charged.
   */
  readonly resend: 'never' | 'safe'
  /** What `data` in a complete envelope is: an object with these fields, or a value of this type. */
  readonly expects: Readonly<Record<string, JsonType>> | JsonType | 'nothing'
}

/** A JSON type; `any` accepts every value except null. */
export type JsonType = 'string' | 'number' | 'boolean' | 'any'

/** The error kinds that a response can have. */
export type ResponseKind = Exclude<
  ApikleyErrorKind,
  'aborted' | 'timeout' | 'invalid-input' | 'configuration'
>

/** A response: the HTTP side, and the envelope if the body holds one. */
export interface Answer {
  readonly status: number
  readonly envelope: Envelope | undefined
  /** The id of a task in the answer to a create. */
  readonly taskId?: string | undefined
  /** In ms. */
  readonly retryAfter: number | undefined
}

export interface Envelope {
  /** Missing unless it is an integer. */
  readonly code: number | undefined
  readonly msg: string | undefined
  readonly data: unknown
  /** The error of a proxy's own client. */
  readonly error?: unknown
}

/** The meaning of an unsuccessful response. `resend`: the same request may be resent. */
export interface Verdict {
  readonly kind: ResponseKind
  readonly resend: boolean
}

/**
 * The meaning of an unsuccessful response to a charged request. The first matching row counts; a
 * field that a row leaves out matches everything.
 *
 * - `refused`: not accepted and not charged
 * - `resend`: refused for now, and resent
 * - `unconfirmed`: the service may have accepted it
 *
 * A response with a task id is `unconfirmed` whatever this table says. The README prints the table.
 */
export const CHARGED_VERDICTS: readonly VerdictRow[] = [
  { code: [429, 455], then: 'resend' },
  { code: [400, 401, 402, 404, 422, 433, 505], then: 'refused' },
  // Gateways answer 408 and 499 after a timeout, and 409 to a repeat of a request in flight.
  { status: [408, 409, 499], then: 'unconfirmed' },
  { status: [429, 455], then: 'resend' },
  { status: '4xx', then: 'refused' },
  // The service reports a wrong parameter so. Over HTTP 500 the same codes prove nothing.
  { status: '2xx', code: [500, 501], then: 'refused' },
  { then: 'unconfirmed' },
]

export interface VerdictRow {
  /** HTTP status. */
  readonly status?: readonly number[] | '2xx' | '4xx'
  /** The code in the envelope. */
  readonly code?: readonly number[]
  readonly then: 'refused' | 'resend' | 'unconfirmed'
}

/** Refusals for now. */
const RETRYABLE_CODES = [429, 455]

/** Statuses of gateways after a timeout. */
const GATEWAY_TIMEOUT_STATUSES = [408, 425, 499]

const KIND_BY_CODE: Readonly<Record<number, ResponseKind>> = {
  401: 'authentication',
  402: 'insufficient-credits',
  404: 'not-found',
  429: 'rate-limited',
  433: 'key-limit',
  455: 'maintenance',
  505: 'feature-disabled',
}

/** The envelope in a body. Undefined for other bodies, such as truncated JSON or HTML. */
export function readEnvelope(text: string): Envelope | undefined {
  const body = parse(text)
  if (!isRecord(body)) {
    return undefined
  }
  // The schema documents `msg`, its samples use `message`.
  const msg = [body.msg, body.message].find((value) => typeof value === 'string')
  return {
    code: typeof body.code === 'number' && Number.isInteger(body.code) ? body.code : undefined,
    msg,
    data: body.data,
    error: body.error,
  }
}

/** The id of a task, under a name that services use for it, alone or first in a list. */
const TASK_ID =
  /"(?:task|record|job|generation|prediction)[-_. ]?(?:id|identifier|uuid|no)s?"\s*:\s*\[?\s*(?:"([^"]+)"|([1-9]\d*))/i

/** The same in a body that is not JSON: a form, XML, or a truncated text. */
const UNQUOTED_TASK_ID =
  /\b(?:task|record|job)[-_. ]?id["']?\s*[:=>]\s*["']?(?!(?:null|none|undefined|false|0)\b)([\w-]+)/i

/** Inside a field, `id` may be a task id. At the top level, `id` is a request id. */
const INNER_ID = /"_?(?:uu)?(?:ids?|identifier)":\[?(?:"([^"]+)"|([1-9]\d*))/i

/** A value in the form of an id, under any other name. */
const SHAPED_ID = /"([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"/i

/** Ids that are not those of a task. */
const REQUEST_ID = /"(?:req|request|trace|span|correlation|session|log)[-_]?id":"[^"]*"/gi

/** `data` that is the id itself. */
const BARE_ID = /^(?!0$)[\w-]+$/

/** The id of a task anywhere in an answer, which may be truncated. `data` may be JSON in a text. */
export function findTaskId(text: string, data: unknown): string | undefined {
  const bare = ['string', 'number'].includes(typeof data) ? String(data) : ''
  if (BARE_ID.test(bare)) {
    return bare
  }
  const body = parse(text)
  // Written anew, because names may hold escapes.
  const whole = body === undefined ? text : JSON.stringify(body)
  const values = [...Object.values(Object(body)), parse(bare)]
  const fields = values.filter((value) => typeof value === 'object')
  const found =
    TASK_ID.exec(whole) ??
    TASK_ID.exec(bare) ??
    (body === undefined ? UNQUOTED_TASK_ID.exec(text) : undefined) ??
    INNER_ID.exec(JSON.stringify(values)) ??
    SHAPED_ID.exec(JSON.stringify(fields).replaceAll(REQUEST_ID, ''))
  return found?.slice(1).find(Boolean)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether a response is a success with complete data. */
export function isSuccess(operation: Operation, { status, envelope }: Answer): boolean {
  return isOk(status) && envelope?.code === 200 && isComplete(operation, envelope.data)
}

const isOk = (status: number): boolean => Math.trunc(status / 100) === 2

/** The meaning of a response without success. */
export function classify(operation: Operation, answer: Answer): Verdict {
  return operation.resend === 'never' ? classifyCharged(answer) : classifyFree(answer)
}

function classifyCharged({ status, envelope, taskId }: Answer): Verdict {
  if (taskId !== undefined) {
    return { kind: 'unconfirmed', resend: false }
  }
  const row = chargedVerdict(status, envelope?.code)
  if (row.then === 'unconfirmed') {
    return { kind: 'unconfirmed', resend: false }
  }
  const code = row.code === undefined ? status : (envelope?.code ?? status)
  return { kind: kindForCode(code, 'rejected'), resend: row.then === 'resend' }
}

/** The first row that matches. */
export function chargedVerdict(status: number, code: number | undefined): VerdictRow {
  const row = CHARGED_VERDICTS.find(
    (each) => matches(each.status, status) && matches(each.code, code),
  )
  return row ?? { then: 'unconfirmed' }
}

function matches(pattern: VerdictRow['status'] | VerdictRow['code'], number?: number): boolean {
  if (pattern === undefined || number === undefined) {
    return pattern === undefined
  }
  if (typeof pattern === 'string') {
    return pattern === `${Math.trunc(number / 100)}xx`
  }
  return pattern.includes(number)
}

/** A free operation is resent after every failure that may be temporary. */
function classifyFree({ status, envelope }: Answer): Verdict {
  const code = envelope?.code
  if (isOk(status) && (code === undefined || code === 200)) {
    return { kind: 'unexpected-response', resend: code === undefined }
  }
  const number = code === undefined || code === 200 ? status : code
  const kind = kindForCode(number, 'server')
  const temporary =
    RETRYABLE_CODES.includes(number) ||
    (code === undefined && GATEWAY_TIMEOUT_STATUSES.includes(status))
  return { kind, resend: temporary || (kind === 'server' && number !== 501) }
}

/** @param serverError the kind for 500 and 501, which depends on the operation */
function kindForCode(code: number, serverError: ResponseKind): ResponseKind {
  const known = KIND_BY_CODE[code]
  if (known) {
    return known
  }
  const hundred = Math.trunc(code / 100)
  if (hundred === 4) {
    return 'rejected'
  }
  if (hundred !== 5) {
    return 'unexpected-response'
  }
  return code < 502 ? serverError : 'server'
}

/** Whether `data` holds everything that the operation documents. An empty task id is missing. */
function isComplete({ expects, resend }: Operation, data: unknown): boolean {
  if (expects === 'nothing') {
    return true
  }
  if (typeof expects === 'string') {
    return hasJsonType(expects, data)
  }
  return (
    isRecord(data) &&
    Object.entries(expects).every(
      ([field, type]) =>
        hasJsonType(type, data[field]) && (resend === 'safe' || isPresent(data[field])),
    )
  )
}

function hasJsonType(type: JsonType, value: unknown): boolean {
  return type === 'any' ? isPresent(value) || value === '' : typeof value === type
}

const isPresent = (value: unknown): boolean => value !== undefined && value !== null && value !== ''

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
