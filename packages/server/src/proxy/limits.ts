import type { Clock, RateLimit } from '@apikley/client'
import { refusal } from './refusal.ts'

/**
 * Counts what a user does, in memory.
 *
 * @throws {ApikleyError} `rate-limited`, when it is too much
 */
export type UserLimit = (user: string) => void

/**
 * So many users are counted at a time; those who have done nothing for longest are forgotten first.
 */
const capacity = 10_000

/** A user has `limit`, and gets one back every `interval / limit` ms. */
export function createUserLimit({ limit, interval }: RateLimit, { now }: Clock): UserLimit {
  const step = interval / limit
  /** When each of them will have everything back. */
  const users = new Map<string, number>()
  return (user) => {
    const time = now()
    // Never further off than the interval, should the clock have been put back.
    const full = Math.max(time, Math.min(users.get(user) ?? 0, time + interval)) + step
    const wait = full - time - interval
    // A fraction of it is the rounding.
    if (!(wait <= 1)) {
      throw tooMuch(wait)
    }
    users.delete(user)
    users.set(user, full)
    forgetOldest(users)
  }
}

/** Does something for a user, within its limit, and no more than some at a time. */
export type Turns = <T>(user: string, act: () => Promise<T>) => Promise<T>

/**
 * @param most so many are under way at a time: reads wait in one line with those of all others, and
 *   uploads hold connections
 * @param longest how long one counts at the most, in ms: a platform that drops a request whose page
 *   has left never tells its end
 */
export function createTurns(
  limit: UserLimit,
  { now }: Clock,
  most: number,
  longest: number,
): Turns {
  const underWay = new Map<string, Set<{ readonly until: number }>>()
  return async (user, act) => {
    const turns = underWay.get(user) ?? new Set()
    for (const each of turns) {
      if (each.until <= now()) {
        turns.delete(each)
      }
    }
    if (turns.size >= most) {
      throw tooMuch(1000)
    }
    limit(user)
    const own = { until: now() + longest }
    underWay.set(user, turns.add(own))
    forgetOldest(underWay)
    try {
      return await act()
    } finally {
      turns.delete(own)
      if (turns.size === 0) {
        underWay.delete(user)
      }
    }
  }
}

function forgetOldest(users: Map<string, unknown>): void {
  const [oldest] = users.keys()
  if (users.size > capacity && oldest !== undefined) {
    users.delete(oldest)
  }
}

const tooMuch = (wait: number): Error =>
  refusal(429, 'Too many requests of this user. Try again later.', wait)
