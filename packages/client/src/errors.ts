/**
 * The reason of a failure, as a closed list. Numbers are codes of the service. `pnpm generate`
 * writes the list to the README.
 *
 * - `unconfirmed`: It is unknown whether a task was created. `tasks.recover(error.idempotencyKey)`
 *   may know. Otherwise check the account before you create it again.
 * - `aborted`: The signal was aborted. `cause` is its reason. If the create was in flight,
 *   `charge` is `possible`.
 * - `timeout`: The timeout ended.
 * - `task-failed`: The generation failed. `failCode` and `failMsg` give the reason. If the service
 *   reports that it charged nothing, `charge` is `refunded`.
 * - `invalid-input`: A check found a mistake in the input. Nothing was sent.
 * - `configuration`: The client, the proxy or its URL is set up wrongly.
 * - `authentication`: The API key is wrong, or your proxy does not know the user (401).
 * - `insufficient-credits`: The account has too few credits (402).
 * - `key-limit`: The API key has reached its own limit (433).
 * - `not-found`: The task or file is unknown (404).
 * - `rejected`: The service refused the parameters (400, 422; for a create also 500, 501).
 * - `rate-limited`: Too many requests, also after retries (429).
 * - `maintenance`: The service is down for maintenance (455).
 * - `feature-disabled`: The feature is switched off, for the account or by an option of your
 *   proxy (505).
 * - `server`: The service failed. Retries did not help.
 * - `connection`: No response arrived, and the request was not charged.
 * - `unexpected-response`: The response has an unknown form.
 */
export type ApikleyErrorKind =
  | 'unconfirmed'
  | 'aborted'
  | 'timeout'
  | 'task-failed'
  | 'invalid-input'
  | 'configuration'
  | 'authentication'
  | 'insufficient-credits'
  | 'key-limit'
  | 'not-found'
  | 'rejected'
  | 'rate-limited'
  | 'maintenance'
  | 'feature-disabled'
  | 'server'
  | 'connection'
  | 'unexpected-response'

/**
 * What happened to the money.
 *
 * - `none`: this call charged nothing
 * - `possible`: a task may have been created and charged
 * - `charged`: a task was created. Its id is in `taskId`.
 * - `refunded`: a task was created and failed, and the service charged nothing for it
 */
export type Charge = 'none' | 'possible' | 'charged' | 'refunded'

/** The data of an error. Unknown fields are missing. */
export interface ApikleyErrorData {
  readonly kind: ApikleyErrorKind
  readonly message: string
  /** Default: `possible` for `unconfirmed`, `charged` with a task id, and otherwise `none`. */
  readonly charge?: Charge | undefined
  /** The service's code, from the envelope. */
  readonly code?: number | undefined
  /** The message of the service. */
  readonly msg?: string | undefined
  /** HTTP status. */
  readonly status?: number | undefined
  /** How long the service asks to wait, in ms. */
  readonly retryAfter?: number | undefined
  readonly taskId?: string | undefined
  /** Names one create. `tasks.recover` reports what became of it. */
  readonly idempotencyKey?: string | undefined
  /** The service's id of the request, from a response header. */
  readonly requestId?: string | undefined
  readonly failCode?: string | undefined
  readonly failMsg?: string | undefined
  /** What the service charged for a failed task, if it reports that. */
  readonly creditsConsumed?: number | undefined
}

const FIELDS = [
  'code',
  'msg',
  'status',
  'retryAfter',
  'taskId',
  'idempotencyKey',
  'requestId',
  'failCode',
  'failMsg',
  'creditsConsumed',
] as const

/**
 * The error of every failed call. It never holds the API key.
 *
 * @example
 * try {
 *   await apikley.run('ideogram/v3-reframe', input)
 * } catch (error) {
 *   if (ApikleyError.is(error) && error.charge === 'none') offerRetry()
 * }
 */
export class ApikleyError extends Error implements ApikleyErrorData {
  readonly kind: ApikleyErrorKind
  readonly charge: Charge
  declare readonly code?: number
  declare readonly msg?: string
  declare readonly status?: number
  declare readonly retryAfter?: number
  declare readonly taskId?: string
  declare readonly idempotencyKey?: string
  declare readonly requestId?: string
  declare readonly failCode?: string
  declare readonly failMsg?: string
  declare readonly creditsConsumed?: number

  constructor(data: ApikleyErrorData & { readonly cause?: unknown }) {
    super(data.message, data.cause === undefined ? undefined : { cause: data.cause })
    this.kind = data.kind
    this.charge = data.charge ?? chargeOf(data)
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
    const { kind, message, charge } = this
    return { kind, message, charge, ...pickFields(this) }
  }
}

/** An error of a call that has sent nothing. */
export function unsent(kind: ApikleyErrorKind, message: string, cause?: unknown): ApikleyError {
  return new ApikleyError({ kind, message: `${message} Nothing was sent.`, cause })
}

/** The client is set up or called wrongly. */
export function misconfigured(message: string, cause?: unknown): ApikleyError {
  return unsent('configuration', message, cause)
}

/** The message of a value that was thrown. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

export function chargeOf({ kind, taskId, creditsConsumed }: ApikleyErrorData): Charge {
  if (kind === 'unconfirmed') {
    return 'possible'
  }
  if (kind === 'task-failed') {
    return creditsConsumed === 0 ? 'refunded' : 'charged'
  }
  return taskId === undefined || kind === 'not-found' ? 'none' : 'charged'
}

/** The fields that have a value. */
function pickFields(data: ApikleyErrorData): object {
  const entries = FIELDS.map((field) => [field, data[field]])
  return Object.fromEntries(
    entries.filter(([, value]) => ['string', 'number'].includes(typeof value)),
  )
}
