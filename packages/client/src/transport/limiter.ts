import type { Clock } from '../runtime.ts'
import { sleep } from './abort.ts'

/**
 * Lets requests through at a certain pace. Put your own in its place to share a limit between
 * processes.
 */
export interface Limiter {
  /**
   * Resolves when the next request may go; rejects with the signal's reason when that is aborted
   * first. Anything else than an ApikleyError becomes the `cause` of one, `connection`.
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

/**
 * A little longer than asked for, so that the limit also holds at the other end, where requests
 * arrive closer together.
 */
const margin = 1.05

/** When a request went or is to go, and what has it look at the time again. */
interface Turn {
  at: number
  wake?: () => void
}

/**
 * A sliding window in memory: it counts for one client in one process. First come, first served.
 * Whoever has to wait has a timer of its own, because Workers drop the timers of a request that has
 * ended, and none may wait for another's. A turn that was not taken passes like the others.
 */
export function createLimiter({ limit, interval }: RateLimit, clock: Clock): Limiter {
  const window = interval * margin
  let turns: Turn[] = []

  /** Gives a request its turn, and how long that still is, in ms. */
  function delayOf(turn: Turn): number {
    const now = clock.now()
    // What lies as far ahead has been put there by a clock that was put back since.
    while (turns[0] && Math.abs(now - turns[0].at) >= window) {
      turns.shift()
    }
    if (!turns.includes(turn)) {
      turns.push(turn)
    }
    const before = turns[turns.indexOf(turn) - limit]
    const delay = Math.max(0, before ? before.at + window - now : 0)
    turn.at = now + delay
    return delay
  }

  return {
    async acquire(signal, onThrottle) {
      signal?.throwIfAborted()
      const turn: Turn = { at: 0 }
      let delay = delayOf(turn)
      try {
        if (delay > 0) {
          onThrottle?.(delay)
        }
        for (; delay > 0; delay = delayOf(turn)) {
          await sleep(clock, delay, signal, (wake) => (turn.wake = wake))
        }
      } catch (reason) {
        turns = turns.filter((other) => other !== turn)
        // Those behind move up.
        for (const { wake } of turns) {
          wake?.()
        }
        throw reason
      }
    },
  }
}
