import type { Clock } from '../runtime.ts'
import { sleep } from './abort.ts'

/** Delays requests to keep a limit. Pass your own to share a limit between processes. */
export interface Limiter {
  /**
   * Resolves when the next request may be sent. Rejects with the signal's reason after an abort.
   * Any other error that is not an ApikleyError becomes the `cause` of a `connection` error.
   *
   * @param onThrottle called when the request has to wait, with the estimated delay in ms
   */
  acquire(signal?: AbortSignal, onThrottle?: (delay: number) => void): Promise<void>
}

/** At most `limit` requests in any `interval` (ms). */
export interface RateLimit {
  readonly limit: number
  readonly interval: number
}

/** Lengthens the interval, because requests can arrive closer together than they were sent. */
const INTERVAL_MARGIN = 1.05

interface Turn {
  /** When the request is sent, in ms. */
  at: number
  /** Computes the delay again. */
  wake?: () => void
}

/**
 * A sliding window in memory, for one client in one process. Requests go in the order in which they
 * arrive. Each waiting request has a timer of its own, because Workers drop the timers of a request
 * that has ended.
 */
export class SlidingWindow implements Limiter {
  readonly #clock: Clock
  readonly #limit: number
  readonly #windowMs: number
  #turns: Turn[] = []

  constructor({ limit, interval }: RateLimit, clock: Clock) {
    this.#clock = clock
    this.#limit = limit
    this.#windowMs = interval * INTERVAL_MARGIN
  }

  async acquire(signal?: AbortSignal, onThrottle?: (delay: number) => void): Promise<void> {
    signal?.throwIfAborted()
    const turn: Turn = { at: 0 }
    let delay = this.#reserve(turn)
    try {
      if (delay > 0) {
        onThrottle?.(delay)
      }
      while (delay > 0) {
        await sleep(this.#clock, delay, signal, (wake) => {
          turn.wake = wake
        })
        delay = this.#reserve(turn)
      }
    } catch (reason) {
      this.#turns = this.#turns.filter((other) => other !== turn)
      // The requests behind this one move up.
      for (const { wake } of this.#turns) {
        wake?.()
      }
      throw reason
    }
  }

  /** Reserves a turn, or moves it up. Returns the delay in ms. */
  #reserve(turn: Turn): number {
    const now = this.#clock.now()
    // A turn that lies a window ahead was reserved before the clock was set back.
    while (this.#turns[0] && Math.abs(now - this.#turns[0].at) >= this.#windowMs) {
      this.#turns.shift()
    }
    if (!this.#turns.includes(turn)) {
      this.#turns.push(turn)
    }
    const before = this.#turns[this.#turns.indexOf(turn) - this.#limit]
    const delay = Math.max(0, before ? before.at + this.#windowMs - now : 0)
    turn.at = now + delay
    return delay
  }
}
