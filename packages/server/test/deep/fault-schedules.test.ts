import { expect, test } from 'vitest'
import { checkSchedules } from '../../../client/test/faults/schedules.ts'
import { proxyUrl, world } from '../world.ts'

/** The environment variable `FAULT_SCHEDULES` changes the number of schedules. */
const runs = Math.ceil(Number(process.env.FAULT_SCHEDULES ?? 10_000) / 10)

test(`Each of ${runs} random fault schedules behind the proxy creates at most one task.`, async () => {
  const unlimited = { limit: 1e6, interval: 1 }
  const limits = { creates: unlimited, uploads: unlimited, reads: unlimited }
  const { clock, simulator, proxy } = world({ authorize: () => 'ann', limits }, { price: 0 })
  const connect = () => {
    const responses: Promise<Response>[] = []
    const fetch: typeof globalThis.fetch = (url, init) => {
      const response = proxy.fetch(new Request(url, init))
      responses.push(response)
      return response
    }
    // The proxy completes creates of pages that have disconnected.
    return { options: { proxyUrl, fetch }, over: () => Promise.all(responses) }
  }
  const ends = await checkSchedules(runs, { clock, simulator, connect })
  console.log(Object.fromEntries(ends))
  expect(ends.get('value')).toBeGreaterThan(runs / 100)
})
