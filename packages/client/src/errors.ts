/**
 * The reason of a failure, as a closed list. Numbers are codes of the service.
 *
 * - `unconfirmed`: it is unknown whether a task was created and charged. Never resend it unasked.
 * - `timeout`: the timeout ended. With a `taskId` the task still runs; `tasks.wait(taskId)` collects
 *   it.
 * - `task-failed`: the generation failed. `failCode` and `failMsg` give the reason.
 * - `invalid-input`: a check before sending found a mistake. Nothing was sent.
 * - `configuration`: the client is configured wrongly.
 * - `authentication` (401), `insufficient-credits` (402), `not-found` (404), `rate-limited` (429),
 *   `key-limit` (433), `maintenance` (455), `feature-disabled` (505)
 * - `rejected`: refused because of its parameters (400, 422; on createTask also 500 and 501)
 * - `server`: the service failed.
 * - `connection`: no response arrived, and this request was not charged.
 * - `unexpected-response`: the response has an unknown form.
 */
export type ApikleyErrorKind =
  | 'unconfirmed'
  | 'timeout'
  | 'task-failed'
  | 'invalid-input'
  | 'configuration'
  | 'authentication'
  | 'insufficient-credits'
  | 'not-found'
  | 'rejected'
  | 'rate-limited'
  | 'key-limit'
  | 'maintenance'
  | 'feature-disabled'
  | 'server'
  | 'connection'
  | 'unexpected-response'

/** The data of an error. Unknown fields are missing. */
export interface ApikleyErrorData {
  readonly kind: ApikleyErrorKind
  readonly message: string
  /** The service's code, from the envelope. */
  readonly code?: number | undefined
  /** The message of the service. */
  readonly msg?: string | undefined
  /** HTTP status. */
  readonly status?: number | undefined
  /** How long the service asks to wait, in ms. */
  readonly retryAfter?: number | undefined
  readonly taskId?: string | undefined
  /** Names one create. */
  readonly attemptId?: string | undefined
  readonly failCode?: string | undefined
  readonly failMsg?: string | undefined
}

const FIELDS = [
  'code',
  'msg',
  'status',
  'retryAfter',
  'taskId',
  'attemptId',
  'failCode',
  'failMsg',
] as const

/**
 * The error of every failed call. It never holds the API key.
 *
 * @example
 * try {
 *   await apikley.run('ideogram/v3-reframe', input)
 * } catch (error) {
 *   if (ApikleyError.is(error) && error.kind === 'insufficient-credits') topUp()
 * }
 */
export class ApikleyError extends Error implements ApikleyErrorData {
  readonly kind: ApikleyErrorKind
  declare readonly code?: number
  declare readonly msg?: string
  declare readonly status?: number
  declare readonly retryAfter?: number
  declare readonly taskId?: string
  declare readonly attemptId?: string
  declare readonly failCode?: string
  declare readonly failMsg?: string

  constructor(data: ApikleyErrorData & { readonly cause?: unknown }) {
    super(data.message, data.cause === undefined ? undefined : { cause: data.cause })
    this.kind = data.kind
    Object.assign(this, pickFields(data))
  }

  override get name(): 'ApikleyError' {
    return 'ApikleyError'
  }

  // Assigning `name` is ignored: `ApikleyError.is` relies on it.
  override set name(_: string) {}

  /** Whether a value is an ApikleyError, also of another copy of the package or another realm. */
  static is(value: unknown): value is ApikleyError {
    const { name, kind }: { readonly name?: unknown; readonly kind?: unknown } = Object(value)
    return name === 'ApikleyError' && typeof kind === 'string'
  }

  /** Makes an error from the result of `toJSON`. Other values become `unexpected-response`. */
  static from(data: ApikleyErrorData): ApikleyError {
    const isError = typeof data?.kind === 'string' && typeof data.message === 'string'
    return new ApikleyError(
      isError ? data : { kind: 'unexpected-response', message: 'The error has an unknown form.' },
    )
  }

  /** A plain object for logs and for a browser, without the cause. */
  toJSON(): ApikleyErrorData {
    return { kind: this.kind, message: this.message, ...pickFields(this) }
  }
}

/** The fields that have a value. */
function pickFields(data: ApikleyErrorData): object {
  const entries = FIELDS.map((field) => [field, data[field]])
  return Object.fromEntries(
    entries.filter(([, value]) => ['string', 'number'].includes(typeof value)),
  )
}
