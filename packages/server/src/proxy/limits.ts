import type { Clock, RateLimit } from '@apikley/client'
import { refusal } from './refusal.ts'

/**
 * Counts what a user does, in memory.
 *
 * @throws {ApikleyError} `rate-limited`, when it is too much
 */
export type UserLimit = (user: string) => void

/** So many users are counted at a time; those who have done nothing for longest are forgotten first. */
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
    if (wait > 1) throw tooMuch(wait)
    users.delete(user)
    users.set(user, full)
    const [oldest] = users.keys()
    if (users.size > capacity && oldest !== undefined) users.delete(oldest)
  }
}

/** So many reads of one user are under way at a time: they wait in one line with those of all others. */
const most = 10

/** Does a read of a user, within its limit. */
export type Read = <T>(user: string, read: () => Promise<T>) => Promise<T>

export function createRead(limit: UserLimit): Read {
  const underWay = new Map<string, number>()
  const count = (user: string, more: number): number => {
    const reads = (underWay.get(user) ?? 0) + more
    if (reads > 0) underWay.set(user, reads)
    else underWay.delete(user)
    return reads
  }
  return async (user, read) => {
    try {
      if (count(user, 1) > most) throw tooMuch(1000)
      limit(user)
      return await read()
    } finally {
      count(user, -1)
    }
  }
}

const tooMuch = (wait: number): Error => refusal(429, 'Too many requests of this user. Try again later.', wait)
