const FIRST_DELAY_MS = 500
const MAX_DELAY_MS = 30_000

/** Retries of one client that may fail in a row. */
const RETRY_CAPACITY = 100

/** The share of a retry that a request gives back if it succeeds at once. */
const SUCCESS_REFUND = 0.2

/**
 * The retries that all calls of a client share, as a token bucket. In an outage, a client that
 * makes many calls stops repeating them, so that the service can recover.
 *
 * Source: "Retry behavior", AWS SDKs and Tools Reference Guide.
 */
export class RetryBudget {
  #left = RETRY_CAPACITY

  /** Takes one retry. Returns whether there was one. */
  take(): boolean {
    const isLeft = this.#left >= 1
    this.#left -= isLeft ? 1 : 0
    return isLeft
  }

  /** Call this after each success. A retry that has succeeded is given back. */
  refund(failures: number): void {
    const share = failures > 0 ? 1 : SUCCESS_REFUND
    this.#left = Math.min(RETRY_CAPACITY, this.#left + share)
  }
}

/**
 * The delay before a retry, in ms: exponential with full jitter, at most 30 s. A `Retry-After` is
 * kept and gets up to 10 % more, so that many clients do not retry at the same moment.
 *
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * @param failures failed attempts before this one, from 0
 */
export function backoff(
  failures: number,
  retryAfter: number | undefined,
  random: () => number,
): number {
  const jittered = random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** failures)
  return retryAfter === undefined ? jittered : Math.max(jittered, retryAfter * (1 + random() / 10))
}

/** A `Retry-After` header in ms: seconds, or a date (RFC 9110, 10.2.3). */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (!value?.trim()) {
    return undefined
  }
  // `Date.parse` accepts any number as a year.
  const ms = /[a-z]/i.test(value) ? Math.max(0, Date.parse(value) - now) : Number(value) * 1000
  return ms >= 0 && ms < Infinity ? ms : undefined
}
