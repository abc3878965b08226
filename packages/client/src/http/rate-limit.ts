import { randomId, type Runtime } from '../runtime.ts'
import type { Store, TurnLimit } from '../store.ts'
import { raceAbort, sleep, throwIfAborted } from './abort.ts'

/** At most `limit` requests in any `interval` (ms). */
export interface RateLimit {
  readonly limit: number
  readonly interval: number
}

/** For whom a request is sent. */
export interface Turn {
  /**
   * The user of your application for whom the call is made. In the client's limits users take turns,
   * so that many calls for one do not delay the others. Default: one user for all calls.
   */
  readonly user?: string | undefined
  /** `low` lets all other calls go first for 5 s, and has a fifth of the limit. */
  readonly priority?: 'low' | undefined
}

/** Receives the delay in ms, and the number of requests that wait. */
export type OnThrottle = (delay: number, queued: number) => void

/** Delays requests to keep a limit. */
export interface Limiter {
  /**
   * Resolves when the next request may be sent. Rejects with the signal's reason after an abort.
   *
   * @param onThrottle called when the request has to wait
   */
  acquire(signal?: AbortSignal, onThrottle?: OnThrottle, turn?: Turn): Promise<void>
}

/** Lengthens the interval, because requests can arrive closer together than they were sent. */
const INTERVAL_MARGIN = 1.05

/**
 * A user is heavy after a turn in the last 3 intervals, or in the last 10 if more requests of this
 * user wait. A heavy user gets a turn only while three quarters of the limit are not used up.
 */
const RECENT_INTERVALS = 3
const HEAVY_INTERVALS = 10
const SHARE_OF_HEAVY_USERS = 0.75

/**
 * A turn that is later than this share of the interval, because the process was blocked, is given
 * back: the turns after it would follow too closely.
 */
const MAX_LATE_SHARE = 0.02

/** Turns are remembered for this many intervals. Users without a turn go first. */
const REMEMBERED_INTERVALS = 60

const SHARE_OF_LOW_PRIORITY = 0.2
const LOW_PRIORITY_INTERVALS = 10
const MAX_LOW_PRIORITY_DELAY_MS = 5000

/** While others have turns, a request of low priority lets them ask for the next one. */
const BUSY_MS = 50
const LOW_PRIORITY_PAUSE_MS = 1

/** The lane of all requests without a user. */
const NOBODY = ''

/** The lane of all requests of low priority. */
const LOW = Symbol('low')

/** A request that waits for its turn. */
interface Waiter {
  readonly lane: string | symbol
  readonly arrivedAt: number
  start?: () => void
  /** Ends the delay of a reservation. */
  wake?: () => void
}

/**
 * A sliding window in a store, which several processes may share. The next turn is for the user
 * whose last turn is longest ago, and for the first request of this user. Only one request has a
 * reservation, so that an aborted one delays no other. It gives the reservation up when a request
 * arrives that goes first. Each request sets its own timer, because Workers drop the timers of a
 * request that has ended.
 */
export class LimitQueue implements Limiter {
  readonly #store: Store
  readonly #runtime: Pick<Runtime, 'clock' | 'random'>
  readonly #name: string
  readonly #rate: RateLimit
  readonly #interval: number
  /** Made with the first turn: frameworks forbid randomness while they prerender a page. */
  #id: string | undefined
  #turns = 0
  /** The waiting requests of each user, in the order in which they arrived. */
  readonly #lanes = new Map<string | symbol, Set<Waiter>>()
  #queued = 0
  /** The request that has a reservation, or makes one. */
  #first: Waiter | undefined
  /** When each recent user had the last turn, in this order. */
  readonly #servedAt = new Map<string | symbol, number>()
  #lastServed: string | symbol = NOBODY
  /** The last turn of normal priority. */
  #lastTurnAt = -Infinity
  #low: LimitQueue | undefined

  constructor(
    store: Store,
    runtime: Pick<Runtime, 'clock' | 'random'>,
    name: string,
    rate: RateLimit,
  ) {
    this.#store = store
    this.#runtime = runtime
    this.#name = name
    this.#rate = rate
    this.#interval = rate.interval * INTERVAL_MARGIN
  }

  async acquire(
    signal?: AbortSignal,
    onThrottle?: OnThrottle,
    { user = NOBODY, priority }: Turn = {},
  ): Promise<void> {
    if (priority === 'low') {
      const { limit, interval } = this.#rate
      const rate = {
        limit: Math.ceil(limit * LOW_PRIORITY_INTERVALS * SHARE_OF_LOW_PRIORITY),
        interval: interval * LOW_PRIORITY_INTERVALS,
      }
      this.#low ??= new LimitQueue(this.#store, this.#runtime, `${this.#name}:low`, rate)
      await this.#low.acquire(signal, onThrottle)
    }
    const arrivedAt = this.#runtime.clock.now()
    const waiter: Waiter = { lane: priority ? LOW : user, arrivedAt }
    const lane = this.#lanes.get(waiter.lane) ?? new Set()
    this.#lanes.set(waiter.lane, lane.add(waiter))
    this.#queued += 1
    this.#startNext()
    if (this.#first !== waiter && this.#next() === waiter) {
      this.#first?.wake?.()
    }
    try {
      let isDone = false
      while (!isDone) {
        const started = new Promise<void>((resolve) => {
          waiter.start = resolve
        })
        // Also the first one waits for a moment: who goes first depends on requests that follow now.
        await (this.#first === waiter ? undefined : raceAbort(started, signal))
        isDone = await this.#takeTurn(waiter, signal, onThrottle)
      }
    } finally {
      lane.delete(waiter)
      if (lane.size === 0) {
        this.#lanes.delete(waiter.lane)
      }
      this.#queued -= 1
      this.#release(waiter)
    }
  }

  /** Returns false if another request goes first. */
  async #takeTurn(
    waiter: Waiter,
    signal: AbortSignal | undefined,
    onThrottle: OnThrottle | undefined,
  ): Promise<boolean> {
    throwIfAborted(signal)
    const { clock, random } = this.#runtime
    const key = `limit:${this.#name}`
    this.#id ??= randomId(random)
    this.#turns += 1
    const id = `${this.#id}.${this.#turns}`
    let isLater = false
    const pause = (ms: number): Promise<void> =>
      sleep(clock, ms, signal, (wake) => {
        waiter.wake = () => {
          isLater = true
          wake()
        }
      })
    try {
      const ahead = this.#pauseOf(waiter)
      if (ahead > 0) {
        await pause(ahead)
      }
      const reserving = isLater ? undefined : this.#store.reserve(key, id, this.#limitOf(waiter))
      const delay = (await raceAbort(Promise.resolve(reserving), signal)) ?? 0
      isLater ||= delay > 0 && this.#next() !== waiter
      if (delay > 0 && !isLater) {
        onThrottle?.(delay, this.#queued)
        const due = clock.now() + delay
        await pause(delay)
        isLater ||= clock.now() - due > this.#interval * MAX_LATE_SHARE
      }
      if (isLater) {
        await raceAbort(this.#store.cancel(key, id), signal)
        this.#release(waiter)
        return false
      }
    } catch (error) {
      this.#store.cancel(key, id).catch(() => {})
      throw error
    }
    if (waiter.lane !== LOW) {
      this.#lastTurnAt = clock.now()
      this.#servedAt.delete(waiter.lane)
      this.#servedAt.set(waiter.lane, this.#lastTurnAt)
      this.#lastServed = waiter.lane
    }
    return true
  }

  #release(waiter: Waiter): void {
    if (this.#first === waiter) {
      this.#first = undefined
      this.#startNext()
    }
  }

  #startNext(): void {
    if (!this.#first) {
      this.#first = this.#next()
      this.#first?.start?.()
    }
  }

  /** The request that goes first. */
  #next(): Waiter | undefined {
    const now = this.#runtime.clock.now()
    for (const [user, at] of this.#servedAt) {
      if (now - at < this.#interval * REMEMBERED_INTERVALS) {
        break
      }
      this.#servedAt.delete(user)
    }
    let next: Waiter | undefined
    let earliest = Infinity
    for (const [lane, [waiter]] of this.#lanes) {
      const low = lane === LOW ? (waiter?.arrivedAt ?? now) + MAX_LOW_PRIORITY_DELAY_MS : -Infinity
      const since = this.#servedAt.get(lane) ?? low
      // A heavy user waits for a part of the limit, and would hold up the others meanwhile.
      const isLast = lane === LOW ? low > now : waiter && this.#isHeavy(waiter)
      const turn = isLast ? Math.max(0, since) + now : since
      if (!next || turn < earliest) {
        next = waiter
        earliest = turn
      }
    }
    return next
  }

  /** Whether this user leaves a share of the limit to others. */
  #isHeavy({ lane }: Waiter): boolean {
    const hasMore = (this.#lanes.get(lane)?.size ?? 0) > 1
    const since = this.#servedAt.get(lane) ?? -Infinity
    const intervals = hasMore ? HEAVY_INTERVALS : RECENT_INTERVALS
    return this.#runtime.clock.now() - since < this.#interval * intervals
  }

  /** Between several users, the turns of a heavy one are spread over the interval. */
  #pauseOf(waiter: Waiter): number {
    const { lane } = waiter
    const sinceLast = this.#runtime.clock.now() - this.#lastTurnAt
    if (lane === LOW) {
      return sinceLast < BUSY_MS ? LOW_PRIORITY_PAUSE_MS : 0
    }
    const last = this.#lastServed
    return last !== NOBODY && last !== lane && this.#isHeavy(waiter)
      ? this.#interval / this.#rate.limit - sinceLast
      : 0
  }

  /** Requests without a user have the whole limit until there are users. */
  #limitOf(waiter: Waiter): TurnLimit {
    const { lane } = waiter
    const { limit } = this.#rate
    const hasUsers = this.#servedAt.size > Number(this.#servedAt.has(NOBODY))
    const isShared = lane !== NOBODY || hasUsers
    const isReduced = lane !== LOW && isShared && this.#isHeavy(waiter)
    return {
      limit: isReduced ? Math.ceil(limit * SHARE_OF_HEAVY_USERS) : limit,
      interval: this.#interval,
      maxDelay: Infinity,
    }
  }
}
