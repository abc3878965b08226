import type { Clock, RateLimit } from '@apikley/client'
import { refusal } from './refusal.ts'

/** Counts what each user does, in memory, and refuses what is too much. */
export type UserLimit = (user: string) => void

/** So many users are counted at a time; the ones who came first are forgotten. */
const capacity = 10_000

/** @throws {ApikleyError} `rate-limited` */
export function createUserLimit({ limit, interval }: RateLimit, { now }: Clock): UserLimit {
  const users = new Map<string, { readonly since: number; count: number }>()
  return (user) => {
    const known = users.get(user)
    const current = known && now() - known.since < interval ? known : { since: now(), count: 0 }
    if (current.count >= limit)
      throw refusal(429, 'rate-limited', 'Too many requests of this user. Try again later.', current.since + interval - now())
    current.count++
    if (current === known) return
    users.delete(user)
    users.set(user, current)
    for (const oldest of users.keys()) {
      if (users.size <= capacity) break
      users.delete(oldest)
    }
  }
}
