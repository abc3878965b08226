import type { Clock, RateLimit } from '@apikley/client'
import { refusal } from './refusal.ts'

/**
 * Counts what a user does, in memory.
 *
 * @throws {ApikleyError} `rate-limited`, when it is too much
 */
export type UserLimit = (user: string) => void

/** So many users are counted at a time; those who began first are forgotten first. */
const capacity = 10_000

export function createUserLimit({ limit, interval }: RateLimit, { now }: Clock): UserLimit {
  const users = new Map<string, { readonly until: number; count: number }>()
  return (user) => {
    let current = users.get(user)
    if (!current || current.until <= now()) {
      users.delete(user)
      users.set(user, (current = { until: now() + interval, count: 0 }))
      const [oldest] = users.keys()
      if (users.size > capacity && oldest !== undefined) users.delete(oldest)
    }
    if (++current.count > limit) throw refusal(429, 'Too many requests of this user. Try again later.', current.until - now())
  }
}
