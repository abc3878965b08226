import { createVirtualClock } from '@apikley/simulator'
import { expect, test } from 'vitest'
import { UserLimiter } from '../src/proxy/limits.ts'

test('reads that never end, as of requests that a platform has dropped, hold a user up for a while and not for ever', async () => {
  const clock = createVirtualClock()

  const reads = new UserLimiter({ limit: 100, interval: 1000 }, clock, 10, 25_000)
  const read: typeof reads.run = (user, act) => reads.run(user, act)
  for (let index = 0; index < 10; index++) {
    void read('ann', () => new Promise(() => {}))
  }
  await expect(read('ann', async () => 'more')).rejects.toMatchObject({ kind: 'rate-limited' })
  expect(await read('bob', async () => 'read')).toBe('read')
  await clock.advance(25_000)
  expect(await read('ann', async () => 'read')).toBe('read')
})
