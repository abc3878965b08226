import type { Clock } from './clock.ts'

/** At most `limit` requests in any `interval` milliseconds. */
export interface RateLimit {
  readonly limit: number
  readonly interval: number
}

/** Counts what was taken; `false` when there is no room. What is refused is not counted, and not queued. */
export function createRateLimit(clock: Clock, rate: RateLimit | undefined): () => boolean {
  if (!rate) return () => true
  const taken: number[] = []
  return () => {
    const now = clock.now()
    while (taken[0] !== undefined && taken[0] <= now - rate.interval) taken.shift()
    if (taken.length >= rate.limit) return false
    taken.push(now)
    return true
  }
}
