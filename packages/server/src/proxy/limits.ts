import type { ApikleyError, Clock, RateLimit } from '@apikley/client'
import { refusal } from '../errors.ts'

/** Above it, the least recently active user is forgotten. */
const MAX_USERS = 10_000

interface UserState {
  /** When the full limit is available again, in ms since the epoch. */
  fullAt: number
  inFlight: { readonly until: number }[]
}

/** Limits the requests of each user per interval, and optionally in flight. It counts in memory. */
export class UserLimiter {
  readonly #rate: RateLimit
  readonly #clock: Clock
  readonly #maxConcurrent: number
  readonly #maxDuration: number
  readonly #users = new Map<string, UserState>()

  /**
   * @param rate a user has `limit` requests, and regains one every `interval / limit` ms
   * @param maxConcurrent requests in flight per user
   * @param maxDuration in ms. An older request no longer counts as in flight: some platforms drop a
   *   request silently after its page disconnected
   */
  constructor(
    rate: RateLimit,
    clock: Clock,
    maxConcurrent: number = Infinity,
    maxDuration: number = Infinity,
  ) {
    this.#rate = rate
    this.#clock = clock
    this.#maxConcurrent = maxConcurrent
    this.#maxDuration = maxDuration
  }

  /** @throws {ApikleyError} `rate-limited` if the user has no request left */
  take(user: string): UserState {
    const { limit, interval } = this.#rate
    const now = this.#clock.now()
    const state = this.#users.get(user) ?? { fullAt: 0, inFlight: [] }
    // At most one interval ahead, in case the clock was set back.
    const fullAt = Math.max(now, Math.min(state.fullAt, now + interval)) + interval / limit
    const wait = fullAt - now - interval
    // Up to 1 ms is a rounding error.
    if (wait > 1) {
      throw tooManyRequests(wait)
    }
    state.fullAt = fullAt
    this.#users.delete(user)
    this.#users.set(user, state)
    const [oldest] = this.#users.keys()
    if (this.#users.size > MAX_USERS && oldest !== undefined) {
      this.#users.delete(oldest)
    }
    return state
  }

  /** @throws {ApikleyError} `rate-limited`, or the error of `act` */
  async run<T>(user: string, act: () => Promise<T>): Promise<T> {
    const now = this.#clock.now()
    const inFlight = this.#users.get(user)?.inFlight.filter(({ until }) => until > now) ?? []
    if (inFlight.length >= this.#maxConcurrent) {
      throw tooManyRequests(1000)
    }
    const state = this.take(user)
    const request = { until: now + this.#maxDuration }
    state.inFlight = [...inFlight, request]
    try {
      return await act()
    } finally {
      state.inFlight = state.inFlight.filter((each) => each !== request)
    }
  }
}

function tooManyRequests(retryAfter: number): ApikleyError {
  return refusal(429, 'Too many requests of this user. Try again later.', retryAfter)
}
