import { expect, test } from 'vitest'
import { checkSchedules } from '../../../client/test/faults/schedules.ts'
import { proxyUrl, world } from 'test-kit/world'

/** So many courses of events; `FAULT_SCHEDULES` runs fewer or more. */
const runs = Math.ceil(Number(process.env.FAULT_SCHEDULES ?? 10_000) / 10)

test(`${runs} courses of events behind the proxy: at most one task is bought, it is never lost, and the end is a value or a named error, in time`, async () => {
  const often = { limit: 1e6, interval: 1 }
  const limits = { creates: often, uploads: often, reads: often }
  const { clock, simulator, proxy } = world({ authorize: () => 'ann', limits }, { price: 0 })
  const connect = () => {
    const answers: Promise<Response>[] = []
    const fetch: typeof globalThis.fetch = (url, init) => {
      const answer = proxy.fetch(new Request(url, init))
      answers.push(answer)
      return answer
    }
    // What a page has left behind is bought to its end.
    return { options: { proxyUrl, fetch }, over: () => Promise.all(answers) }
  }
  const ends = await checkSchedules(runs, { clock, simulator, connect })
  console.log(Object.fromEntries(ends))
  expect(ends.get('value')).toBeGreaterThan(runs / 100)
})
