import type { Clock } from './clock.ts'

/** At most `limit` requests in any `interval` milliseconds. */
export interface RateLimit {
  readonly limit: number
  readonly interval: number
}

export interface RateCounter {
  /**
   * Counts what was taken; `false` when there is no room. What is refused is not counted, and not
   * queued.
   */
  take(): boolean
  /** Forgets what was taken. */
  clear(): void
}

export function createRateLimit(clock: Clock, rate: RateLimit | undefined): RateCounter {
  const taken: number[] = []
  return {
    take() {
      if (!rate) {
        return true
      }
      const now = clock.now()
      while (taken[0] !== undefined && taken[0] <= now - rate.interval) {
        taken.shift()
      }
      if (taken.length >= rate.limit) {
        return false
      }
      taken.push(now)
      return true
    },
    clear: () => void (taken.length = 0),
  }
}
