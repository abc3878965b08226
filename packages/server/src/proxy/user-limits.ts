import type { ApikleyError, Clock, RateLimit, Store } from '@apikley/client'
import { failTemporarily, refusal } from '../errors.ts'
import { callWithDeadline } from './deadline.ts'
import { hmacBase64Url } from '../hmac.ts'

export interface UserLimit {
  /** Names the limit in the store. */
  readonly name: string
  readonly rate: RateLimit
  /** The number of requests that one user has in flight in this process. */
  readonly maxConcurrent: number
  /**
   * In ms. An older request no longer counts as in flight, because some platforms drop a request
   * silently after its page disconnected.
   */
  readonly maxDuration: number
}

/** Limits the requests of each user: in an interval, in all processes; and in flight, in this one. */
export class UserLimiter {
  readonly #store: Store
  readonly #clock: Clock
  readonly #limit: UserLimit
  readonly #inFlight = new Map<string, { readonly until: number }[]>()

  constructor(store: Store, clock: Clock, limit: UserLimit) {
    this.#store = store
    this.#clock = clock
    this.#limit = limit
  }

  /**
   * @throws {ApikleyError} `rate-limited` if the user has no request left; `maintenance` if the
   *   store fails or does not answer before the signal aborts
   */
  async take(user: string, signal: AbortSignal): Promise<void> {
    const { name, rate } = this.#limit
    // The store does not hold the name of a user.
    const key = `user:${name}:${await hmacBase64Url('user', user)}`
    const id = crypto.randomUUID()
    const limit = { ...rate, maxDelay: Infinity }
    const call = <T>(name: string, act: () => Promise<T>): Promise<T> =>
      callWithDeadline(`store.${name}`, act, signal).catch(failTemporarily)
    const delay = await call('reserve', () => this.#store.reserve(key, id, limit))
    if (delay !== 0) {
      await call('cancel', () => this.#store.cancel(key, id))
      // Requests that are refused at the same moment lengthen the delay of each other.
      throw tooManyRequests(Math.min(delay ?? rate.interval, rate.interval))
    }
  }

  /**
   * Counts a request as in flight while it is handled. Call it before anything else is done.
   *
   * @throws {ApikleyError} `rate-limited` if the user has too many requests in flight
   */
  async hold<T>(user: string, act: () => Promise<T>): Promise<T> {
    const { maxConcurrent, maxDuration } = this.#limit
    const now = this.#clock.now()
    const others = this.#inFlight.get(user)?.filter(({ until }) => until > now) ?? []
    if (others.length >= maxConcurrent) {
      throw tooManyRequests(1000)
    }
    const request = { until: now + maxDuration }
    this.#inFlight.set(user, [...others, request])
    try {
      return await act()
    } finally {
      const left = this.#inFlight.get(user)?.filter((each) => each !== request) ?? []
      if (left.length > 0) {
        this.#inFlight.set(user, left)
      } else {
        this.#inFlight.delete(user)
      }
    }
  }
}

function tooManyRequests(retryAfter: number): ApikleyError {
  return refusal(429, 'Too many requests of this user. Try again later.', retryAfter)
}
