const FIRST_DELAY_MS = 500
const MAX_DELAY_MS = 30_000

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
