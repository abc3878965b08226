const first = 500
const longest = 30_000

/**
 * How long to wait before attempt `attempt` + 1 (the first is 0), in ms: exponential with full jitter, capped at 30 s. A `Retry-After` is
 * kept, with up to a tenth more, so that many clients do not come back in the same instant.
 *
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backoff(attempt: number, retryAfter: number | undefined, random: () => number): number {
  if (retryAfter !== undefined) return retryAfter * (1 + random() / 10)
  return random() * Math.min(longest, first * 2 ** attempt)
}

/** A `Retry-After` header in ms: seconds, or a date (RFC 9110, 10.2.3). */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null || value.trim() === '') return undefined
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
