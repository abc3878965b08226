import { randomId, type Clock, type Runtime } from '../runtime.ts'
import type { Store, TurnLimit } from '../store.ts'
import { raceAbort, sleep } from './abort.ts'

/** At most `limit` requests in any `interval` (ms). */
export interface RateLimit {
  readonly limit: number
  readonly interval: number
}

/** Who makes a request. */
export interface Turn {
  /** Users take turns, so that many requests of one user do not delay the others. */
  readonly user?: string | undefined
  /** `low` comes after everything else, and has a fifth of the limit. */
  readonly priority?: 'low' | undefined
}

/** Delays requests to keep a limit. */
export interface Limiter {
  /**
   * Resolves when the next request may be sent. Rejects with the signal's reason after an abort.
   *
   * @param onThrottle called when the request has to wait, with the delay in ms if it is known, and
   *   the number of waiting requests
   */
  acquire(signal?: AbortSignal, onThrottle?: OnThrottle, turn?: Turn): Promise<void>
}

export type OnThrottle = (delay: number, queued: number) => void

/** Lengthens the interval, because requests can arrive closer together than they were sent. */
const INTERVAL_MARGIN = 1.05

/** A user who had a turn within this many intervals gets no turn that is reserved for others. */
const RECENT_INTERVALS = 3

/** While several users make requests, the rest of the limit is for users without a recent turn. */
const SHARE_OF_RECENT_USERS = 0.75

const SHARE_OF_LOW_PRIORITY = 0.2

/** A request that waits for its turn. */
interface Waiter {
  readonly user: string
  /** Lets it reserve a turn in the store. */
  readonly start: () => void
  /** Ends its delay, so that another request goes first. */
  stop?: () => void
}

/**
 * A sliding window in a store, which several processes may share. The user whose last turn is
 * longest ago is next. The requests of one user go in the order in which they arrive. Only one
 * request has a reservation, and it gives it up for a user who is due earlier. Each request sets its
 * own timer, because Workers drop the timers of a request that has ended.
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
  readonly #waiting = new Set<Waiter>()
  /** The waiting request that has, or makes, a reservation. */
  #first: Waiter | undefined
  /** When each user had the last turn, in this order. */
  readonly #servedAt = new Map<string, number>()
  /** Holds requests of low priority back. */
  #low: LimitQueue | undefined

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
}
