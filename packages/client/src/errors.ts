/**
 * What went wrong, as a closed list. The numbers are the service's codes.
 *
 * - `unconfirmed`: a task may have been bought, nobody can tell; never send it again unasked
 * - `timeout`: the time is over; with a `taskId` the task still runs: `tasks.wait(taskId)` collects
 *   it
 * - `task-failed`: the generation failed; `failCode` and `failMsg` say why
 * - `invalid-input`: a check before sending found a mistake, nothing was sent
 * - `configuration`: the client was set up wrongly
 * - `authentication` (401), `insufficient-credits` (402), `not-found` (404), `rate-limited` (429),
 *   `key-limit` (433), `maintenance` (455),
 *   `feature-disabled` (505)
 * - `rejected`: refused because of its parameters (400, 422; on createTask also 500 and 501)
 * - `server`: the service failed
 * - `connection`: no answer came, and this request bought nothing
 * - `unexpected-response`: an answer that means nothing to this client
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

/** What is known of a failure. What is not known is not there. */
export interface ApikleyErrorData {
  readonly kind: ApikleyErrorKind
  readonly message: string
  /** The service's code, from the envelope. */
  readonly code?: number | undefined
  /** The service's own words. */
  readonly msg?: string | undefined
  /** HTTP status. */
  readonly status?: number | undefined
  /** How long the service asks to wait, in ms. */
  readonly retryAfter?: number | undefined
  readonly taskId?: string | undefined
  /** Names one attempt to create a task. */
  readonly attemptId?: string | undefined
  readonly failCode?: string | undefined
  readonly failMsg?: string | undefined
}

const fields = [
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
 * The one error of this package. It never holds the key. Printed, it shows its kind and everything
 * that is known.
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
    for (const field of fields) {
      if (['string', 'number'].includes(typeof data[field])) {
        Object.assign(this, { [field]: data[field] })
      }
    }
  }

  override get name(): 'ApikleyError' {
    return 'ApikleyError'
  }

  // Who renames what is caught changes nothing, and breaks nothing: it is known by its name.
  override set name(_: string) {}

  /**
   * Whether a value is an ApikleyError, of this copy of the package or of another, of this realm or
   * of another.
   */
  static is(value: unknown): value is ApikleyError {
    return (
      typeof value === 'object' &&
      value !== null &&
      'name' in value &&
      value.name === 'ApikleyError' &&
      'kind' in value &&
      typeof value.kind === 'string'
    )
  }

  /** The error that `toJSON` made an object of; of anything else, an `unexpected-response`. */
  static from(data: ApikleyErrorData): ApikleyError {
    const isError = typeof data?.kind === 'string' && typeof data.message === 'string'
    return new ApikleyError(
      isError
        ? data
        : { kind: 'unexpected-response', message: 'An error came whose form is not known.' },
    )
  }

  /**
   * A plain object, for logs and for the way from a server to a browser. What caused the error is
   * not in it.
   */
  toJSON(): ApikleyErrorData {
    const data = { kind: this.kind, message: this.message }
    for (const field of fields) {
      if (this[field] !== undefined) {
        Object.assign(data, { [field]: this[field] })
      }
    }
    return data
  }
}
