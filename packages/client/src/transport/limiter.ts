import type { Clock } from '../runtime.ts'
import { orAborted } from './abort.ts'

/** Lets requests through at a certain pace. Put your own in its place to share a limit between processes. */
export interface Limiter {
  /**
   * Resolves when the next request may go; rejects with the signal's reason when that is aborted first.
   *
   * @param onThrottle is to be told when the request has to wait, and for about how long, in ms
   */
  acquire(signal?: AbortSignal, onThrottle?: (delay: number) => void): Promise<void>
}

/** At most `limit` requests in any `interval` (ms). */
export interface RateLimit {
  readonly limit: number
  readonly interval: number
}

/** A little longer than asked for, so that the limit also holds at the other end, where requests arrive closer together. */
const margin = 1.05

/** A sliding window in memory: it counts for one client in one process. First come, first served. */
export function createLimiter({ limit, interval }: RateLimit, clock: Clock): Limiter {
  const window = interval * margin
  const granted: number[] = []
  const queue: (() => void)[] = []
  let stopWaiting: (() => void) | undefined

  function letThrough(): void {
    stopWaiting = undefined
    for (;;) {
      const now = clock.now()
      while (granted.length > 0 && Math.abs(now - (granted[0] ?? now)) >= window) granted.shift()
      if (queue.length === 0) return
      if (granted.length >= limit) {
        // Never longer than the window, should the clock have been put back.
        stopWaiting = clock.after(Math.min(window, (granted[0] ?? now) + window - now), letThrough)
        return
      }
      granted.push(now)
      queue.shift()?.()
    }
  }

  return {
    async acquire(signal, onThrottle) {
      signal?.throwIfAborted()
      let go = (): void => {}
      const turn = new Promise<void>((resolve) => (go = resolve))
      queue.push(go)
      if (!stopWaiting) letThrough()
      const place = queue.indexOf(go)
      // Whoever is so many places behind goes when the one who went so many before is a window old, or as many windows as it takes.
      if (place >= 0) onThrottle?.((granted[place % limit] ?? clock.now()) + window * Math.ceil((place + 1) / limit) - clock.now())
      try {
        await orAborted(turn, signal)
      } catch (reason) {
        const place = queue.indexOf(go)
        if (place >= 0) queue.splice(place, 1)
        if (queue.length === 0) {
          stopWaiting?.()
          stopWaiting = undefined
        }
        throw reason
      }
    },
  }
}
