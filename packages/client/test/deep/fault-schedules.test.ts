import { createSimulator } from '@apikley/simulator'
import { createTestClock } from 'test-kit/clock'
import { isNightly } from 'test-kit/nightly'
import { proxyUrl, world } from 'test-kit/world'
import { expect, test } from 'vitest'
import { checkSchedules, type Setting } from '../faults/schedules.ts'

/** Behind the proxy, a tenth of them runs. */
const runs = isNightly ? 10_000 : 2000

function direct(): Setting {
  const clock = createTestClock()
  const simulator = createSimulator({ clock, price: 0 })
  const connect = () => ({
    options: { apiKey: 'any-long-key-will-do', fetch: simulator.fetch },
    over: async () => {},
  })
  return { clock, simulator, connect }
}

function behindProxy(): Setting {
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
    // The proxy finishes requests that the page abandoned.
    return { options: { proxyUrl, fetch }, over: () => Promise.all(answers) }
  }
  return { clock, simulator, connect }
}

test.each([
  { way: 'without a proxy', setting: direct, count: runs },
  { way: 'behind the proxy', setting: behindProxy, count: Math.ceil(runs / 10) },
])(
  '$count random schedules $way: at most one task is charged, none is lost, and each run ends in time',
  async ({ setting, count }) => {
    const ends = await checkSchedules(count, setting())
    console.log(Object.fromEntries(ends))
    expect(ends.get('value')).toBeGreaterThan(count / 100)
  },
)
