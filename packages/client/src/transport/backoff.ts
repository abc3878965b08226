const first = 500
const longest = 30_000

/**
 * How long to wait before attempt `attempt` + 1 (the first is 0), in ms: exponential with full
 * jitter, capped at 30 s. A `Retry-After` is kept, with up to a tenth more, so that many clients do
 * not come back in the same instant.
 *
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backoff(
  attempt: number,
  retryAfter: number | undefined,
  random: () => number,
): number {
  const jittered = random() * Math.min(longest, first * 2 ** attempt)
  return retryAfter === undefined ? jittered : Math.max(jittered, retryAfter * (1 + random() / 10))
}

/** A `Retry-After` header in ms: seconds, or a date (RFC 9110, 10.2.3). */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (!value?.trim()) {
    return undefined
  }
  // `Date.parse` takes any number for a year.
  const ms = /[a-z]/i.test(value) ? Math.max(0, Date.parse(value) - now) : Number(value) * 1000
  return ms >= 0 && ms < Infinity ? ms : undefined
}
