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

/** When a request went or is to go, and what has it look at the time again. */
interface Turn {
  at: number
  wake?: () => void
}

/**
 * A sliding window in memory: it counts for one client in one process. First come, first served. Whoever has to wait has a timer of its own, because
 * Workers drop the timers of a request that has ended, and none may wait for another's. A turn that was not taken passes like the others.
 */
export function createLimiter({ limit, interval }: RateLimit, clock: Clock): Limiter {
  const window = interval * margin
  const turns: Turn[] = []

  /** Gives a request its turn, and how long that still is, in ms. */
  function delayOf(turn: Turn): number {
    const now = clock.now()
    while (turns.length > 0 && Math.abs(now - (turns[0]?.at ?? now)) >= window) turns.shift()
    if (!turns.includes(turn)) turns.push(turn)
    const place = turns.indexOf(turn)
    // Never longer than so many windows as there are before it, should the clock have been put back.
    const longest = window * Math.floor(place / limit)
    const delay = Math.min(longest, Math.max(0, (turns[place - limit]?.at ?? now) + window - now))
    turn.at = now + delay
    return delay
  }

  /** Those behind move up. */
  function leave(turn: Turn): void {
    const place = turns.indexOf(turn)
    if (place < 0) return
    turns.splice(place, 1)
    for (const behind of turns.slice(place)) behind.wake?.()
  }

  return {
    async acquire(signal, onThrottle) {
      signal?.throwIfAborted()
      const turn: Turn = { at: 0 }
      let delay = delayOf(turn)
      try {
        if (delay > 0) onThrottle?.(delay)
        for (; delay > 0; delay = delayOf(turn)) {
          let cancel = (): void => {}
          const woken = new Promise<void>((wake) => {
            turn.wake = wake
            cancel = clock.after(delay, wake)
          })
          await orAborted(woken, signal).finally(() => cancel())
        }
      } catch (reason) {
        leave(turn)
        throw reason
      }
    },
  }
}
