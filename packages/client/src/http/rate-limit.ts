import { randomId, type Clock, type Runtime } from '../runtime.ts'
import type { Store, TurnLimit } from '../store.ts'
import { raceAbort, sleep, throwIfAborted } from './abort.ts'

/** At most `limit` requests in any `interval` (ms). */
export interface RateLimit {
  readonly limit: number
  readonly interval: number
}

/** Delays requests to keep a limit. */
export interface Limiter {
  /**
   * Resolves when the next request may be sent. Rejects with the signal's reason after an abort.
   *
   * @param onThrottle called when the request has to wait, with the delay in ms
   */
  acquire(signal?: AbortSignal, onThrottle?: (delay: number) => void): Promise<void>
}

/** Lengthens the interval, because requests can arrive closer together than they were sent. */
const INTERVAL_MARGIN = 1.05

/**
 * A turn that is later than this share of the interval, because the process was blocked, is given
 * back: the turns after it would follow too closely.
 */
const MAX_LATE_SHARE = 0.02

/**
 * A sliding window in a store, which several processes may share. Requests of one client go in the
 * order in which they arrive. Only the first of them has a reservation, so that an aborted request
 * delays no other one. Each request sets its own timer, because Workers drop the timers of a request
 * that has ended.
 */
export class LimitQueue implements Limiter {
  readonly #store: Store
  readonly #clock: Clock
  readonly #key: string
  readonly #limit: TurnLimit
  readonly #random: () => number
  /** Made with the first turn: frameworks forbid randomness while they prerender a page. */
  #id: string | undefined
  #turns = 0
  /** Settles when the last request in the queue has its turn or was aborted. */
  #last: Promise<unknown> | undefined

  constructor(
    store: Store,
    { clock, random }: Pick<Runtime, 'clock' | 'random'>,
    name: string,
    { limit, interval }: RateLimit,
  ) {
    this.#store = store
    this.#clock = clock
    this.#key = `limit:${name}`
    this.#limit = { limit, interval: interval * INTERVAL_MARGIN, maxDelay: Infinity }
    this.#random = random
  }

  acquire(signal?: AbortSignal, onThrottle?: (delay: number) => void): Promise<void> {
    const ahead = this.#last
    const turn = ahead
      ? raceAbort(ahead, signal).then(() => this.#takeTurn(signal, onThrottle))
      : this.#takeTurn(signal, onThrottle)
    const leave = (): void => {
      if (this.#last === last) {
        this.#last = undefined
      }
    }
    // After an abort, the requests behind still wait for those ahead.
    const last = Promise.resolve(ahead)
      .then(() => turn)
      .then(leave, leave)
    this.#last = last
    return turn
  }

  async #takeTurn(signal?: AbortSignal, onThrottle?: (delay: number) => void): Promise<void> {
    throwIfAborted(signal)
    this.#turns += 1
    this.#id ??= randomId(this.#random)
    const id = `${this.#id}.${this.#turns}`
    let isLate = false
    try {
      const delay = (await raceAbort(this.#store.reserve(this.#key, id, this.#limit), signal)) ?? 0
      if (delay > 0) {
        onThrottle?.(delay)
        const due = this.#clock.now() + delay
        await sleep(this.#clock, delay, signal)
        isLate = this.#clock.now() - due > this.#limit.interval * MAX_LATE_SHARE
      }
    } catch (error) {
      this.#store.cancel(this.#key, id).catch(() => {})
      throw error
    }
    if (isLate) {
      await raceAbort(this.#store.cancel(this.#key, id), signal)
      await this.#takeTurn(signal, onThrottle)
    }
  }
}
