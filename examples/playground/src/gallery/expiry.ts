/** The service keeps results for about a day. */
const RETENTION_MS = 24 * 60 * 60 * 1000

/** When a result expires: `Expires in about 23 h`. */
export function expiryLabel(completedAt: number, now: number): string {
  // The clock of the service may be ahead of this one.
  const remaining = Math.min(completedAt + RETENTION_MS - now, RETENTION_MS - 1)
  if (remaining <= 0) {
    return 'Has expired'
  }
  const hours = Math.floor(remaining / 3_600_000)
  if (hours >= 1) {
    return `Expires in about ${hours} h`
  }
  return `Expires in about ${Math.max(1, Math.floor(remaining / 60_000))} min`
}
