/** How long results are kept, as far as the service says: about a day. In ms. */
const kept = 24 * 60 * 60 * 1000

/** When a result goes away, in words: `Expires in about 23 h`. */
export function expiryLabel(completedAt: number, now: number): string {
  // The service's clock may be ahead of this one.
  const left = Math.min(completedAt + kept - now, kept - 1)
  if (left <= 0) {
    return 'Has expired by now'
  }
  const hours = Math.floor(left / 3_600_000)
  if (hours >= 1) {
    return `Expires in about ${hours} h`
  }
  return `Expires in about ${Math.max(1, Math.floor(left / 60_000))} min`
}
