import { describe, expect, test } from 'vitest'
import { ApikleyError, type Limiter } from '../src/index.ts'
import { SlidingWindow } from '../src/http/rate-limit.ts'
import { createTestClock, idle, type TestClock } from 'test-kit/clock'
import { mostWithin } from 'test-kit/numbers'
import { created, errorOf, eventsOf, input, MODEL, service, waiting } from './service.ts'

/** When each of `count` turns is granted, in ms from now. */
function turnTimes(limiter: Limiter, clock: TestClock, count: number): Promise<number[]> {
  const started = clock.now()
  const turns = Array.from({ length: count }, async () => {
    await limiter.acquire()
    return clock.now() - started
  })
  return clock.settle(Promise.all(turns))
}

test('a client creates at most 20 tasks in 10 s', async () => {
  const { apikley, clock } = service([created])
  const times: number[] = []
  const creates = Array.from({ length: 65 }, async () => {
    await apikley.tasks.create(MODEL, input)
    times.push(clock.now())
  })
  await clock.settle(Promise.all(creates))
  expect(mostWithin(times, 10_000)).toBe(20)
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBe(31_500)
})

test('a client reads at most 10 times a second', async () => {
  const { apikley, clock, sent } = service([waiting])
  const reads = Promise.all(Array.from({ length: 25 }, () => apikley.tasks.get('task_1')))
  await idle()
  expect(sent).toHaveLength(10)
  await clock.settle(reads)
  expect(sent).toHaveLength(25)
})

test('requests behind an aborted one move up, and each waits for the reported time', async () => {
  const { apikley, clock, events } = service([created], {
    limits: { creates: { limit: 1, interval: 1000 } },
  })
  const started = clock.now()
  const controller = new AbortController()
  const create = async (signal?: AbortSignal): Promise<number> => {
    await apikley.tasks.create(MODEL, input, { signal })
    return clock.now() - started
  }
  const first = create()
  const aborted = create(controller.signal).catch(() => -1)
  const calls = [first, aborted, create(), create()]
  await idle()
  controller.abort()
  expect(await Promise.race([aborted, idle()])).toBe(-1)
  expect(await clock.settle(Promise.all(calls))).toEqual([0, -1, 1050, 2100])
  expect(eventsOf(events, 'throttle').map(({ delay }) => delay)).toEqual([1050, 2100, 3150])
  expect(clock.pending).toBe(0)
})

describe('SlidingWindow', () => {
  const limits = { limit: 2, interval: 1000 }

  test.each([1, 5])('%i turns whose timers a Worker dropped delay only their own', async (dead) => {
    const clock = createTestClock()
    let dropped = false
    const after: TestClock['after'] = (ms, call) => (dropped ? () => {} : clock.after(ms, call))
    const limiter = new SlidingWindow(limits, { now: clock.now, after })
    await Promise.all([limiter.acquire(), limiter.acquire()])
    dropped = true
    for (let count = 0; count < dead; count++) {
      void limiter.acquire()
    }
    dropped = false
    const times = await turnTimes(limiter, clock, 3)
    expect(times).toEqual([0, 1, 2].map((place) => 1050 * (1 + Math.floor((dead + place) / 2))))
    await clock.pass(60_000)
    expect(await turnTimes(limiter, clock, 1)).toEqual([0])
  })

  test('a turn that is taken late on a sleeping machine counts when it is taken', async () => {
    const clock = createTestClock()
    const times = turnTimes(new SlidingWindow(limits, clock), clock, 8)
    await idle()
    clock.set(clock.now() + 5000)
    // The clock shows 5 s more than have passed.
    expect(await times).toEqual([0, 0, 6050, 6050, 7100, 7100, 8150, 8150])
  })
})

describe("a caller's limiter", () => {
  test('a limiter of the caller replaces the own one', async () => {
    let turns = 0
    const creates: Limiter = { acquire: async () => void turns++ }
    await service([created], { limiter: { creates } }).create()
    expect(turns).toBe(1)
  })

  const message = expect.stringContaining('nothing was sent')
  const cause = { message: 'no store' }
  const usedUp = new ApikleyError({ kind: 'rate-limited', message: 'This month is used up.' })
  test.each([
    ['an ApikleyError', usedUp, { kind: 'rate-limited', message: 'This month is used up.' }],
    ['another error', new Error('no store'), { kind: 'connection', message, cause }],
  ])('a limiter that rejects with %s prevents the create', async (_, thrown, expected) => {
    const creates: Limiter = { acquire: () => Promise.reject(thrown) }
    const { create, sent } = service([created], { limiter: { creates } })
    expect(await errorOf(create())).toMatchObject(expected)
    expect(sent).toEqual([])
  })
})
