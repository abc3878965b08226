import { setTimeout as sleep } from 'node:timers/promises'
import { createApikley, type Clock } from '@apikley/client'
import { mostWithin } from 'test-kit/numbers'
import { now, type LoopbackService } from './service.ts'
import { printTable, within } from './table.ts'

const count = 1000
/** In ms; no other timer is set for just as long. */
const requestTimeout = 29_999

/**
 * What a thousand waits cost that begin at the same time, with the limits that a client has by
 * default.
 */
export async function manyWaits({ url, reads, create }: LoopbackService): Promise<void> {
  const ids = Array.from({ length: count }, () => create(600_000))
  const clock = countingClock()
  const sent: number[] = []
  const send: typeof fetch = (input, init) => {
    sent.push(now())
    return fetch(input, init)
  }
  const client = createApikley(
    { apiKey: 'any', baseUrl: url, requestTimeout, fetch: send },
    { clock },
  )
  reads.length = 0
  const before = await heap()
  const controller = new AbortController()
  const waits = ids.map((id) =>
    client.tasks.wait(id, { signal: controller.signal }).catch(() => {}),
  )
  await sleep(15_000)
  const grown = (await heap()) - before
  controller.abort()
  await Promise.all(waits)
  const left = clock.set()
  printTable(
    `Loopback: ${count} waits of one client for 15 s, at most 10 reads a second`,
    ['', ''],
    [
      ['heap growth, MB', within(grown, 100, 1)],
      ['requests', `${reads.length}`],
      ['most requests sent in a second', within(mostWithin(sent, 1000), 10)],
      // On a machine that is busy, the two ends of a connection are not held up alike.
      ['most requests received in a second', `${mostWithin(reads, 1000)}`],
      // One of the poller and one of the limiter; a request that is under way has its time limit.
      ['most timers but those of requests', within(clock.most(), 2)],
      ['timers after an abort', within(left, 0)],
    ],
  )
}

/** In MB, after a collection. */
async function heap(): Promise<number> {
  await sleep(200)
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 2 ** 20
}

/**
 * The real clock, which knows how many timers are set; time limits of requests aside, also how many
 * there were at most.
 */
function countingClock(): Clock & { set(): number; most(): number } {
  const timers = new Map<NodeJS.Timeout, number>()
  let most = 0
  return {
    now: () => Date.now(),
    after(ms, callback) {
      const timer = setTimeout(() => {
        timers.delete(timer)
        callback()
      }, ms)
      timers.set(timer, ms)
      most = Math.max(most, [...timers.values()].filter((each) => each !== requestTimeout).length)
      return () => {
        clearTimeout(timer)
        timers.delete(timer)
      }
    },
    set: () => timers.size,
    most: () => most,
  }
}
