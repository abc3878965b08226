import { createRealClock, type MovableClock } from '@apikley/simulator'

/** A clock that runs `factor` times as fast. All processes with the same `start` agree on it. */
export function fastClock(factor: number, start: number): MovableClock {
  return {
    ...createRealClock(),
    now: () => start + (Date.now() - start) * factor,
    after(ms, callback) {
      const timer = setTimeout(callback, ms / factor)
      return () => clearTimeout(timer)
    },
  }
}
