import { describe, expect, test } from 'vitest'
import { ApikleyError } from '../src/index.ts'
import { SlidingWindow } from '../src/http/rate-limit.ts'
import { createTestClock, idle } from 'test-kit/clock'
import { created, eventsOf, input, record, service } from './service.ts'

describe('limits are kept before they are hit', () => {
  test('20 creates in 10 s, as the service sees them', async () => {
    const { apikley, clock } = service([created])
    const at: number[] = []
    await clock.settle(
      Promise.all(
        Array.from({ length: 65 }, async () => {
          await apikley.tasks.create('ideogram/v3-reframe', input)
          at.push(clock.now())
        }),
      ),
    )
    const most = Math.max(
      ...at.map((time) => at.filter((other) => other >= time && other < time + 10_000).length),
    )
    expect(most).toBe(20)
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBe(31_500)
  })

  test('10 reads a second', async () => {
    const { apikley, clock, sent } = service([record('waiting')])
    const reads = Promise.all(
      Array.from({ length: 25 }, (_, index) => apikley.tasks.get(`task_${index}`)),
    )
    await idle()
    expect(sent).toHaveLength(10)
    await clock.settle(reads)
    expect(sent).toHaveLength(25)
  })

  test('a caller who leaves the queue holds nobody up, and leaves no timer', async () => {
    const { apikley, clock, sent } = service([created], {
      limits: { creates: { limit: 1, interval: 1000 } },
    })
    const controller = new AbortController()
    await apikley.tasks.create('ideogram/v3-reframe', input)
    const queued = apikley.tasks.create('ideogram/v3-reframe', input, { signal: controller.signal })
    await idle()
    controller.abort(new Error('enough'))
    await expect(queued).rejects.toThrow('enough')
    expect(clock.pending).toBe(0)
    expect(sent).toHaveLength(1)
  })

  test('whoever is behind one who leaves the queue moves up', async () => {
    const { apikley, clock, events } = service([created], {
      limits: { creates: { limit: 1, interval: 1000 } },
    })
    const started = clock.now()
    const controller = new AbortController()
    const at = async (signal?: AbortSignal): Promise<number> => {
      await apikley.tasks.create('ideogram/v3-reframe', input, { signal })
      return clock.now() - started
    }
    const times = [at(), at(controller.signal).catch(() => -1), at(), at()]
    await idle()
    controller.abort()
    await expect(clock.settle(Promise.all(times))).resolves.toEqual([0, -1, 1050, 2100])
    expect(eventsOf(events, 'throttle').map(({ delay }) => delay)).toEqual([1050, 2100, 3150])
    expect(clock.pending).toBe(0)
  })

  test.each([1, 2, 3, 5])(
    '%i requests that wait and end without a word, with their timers, take their turns and no more',
    async (dead) => {
      const clock = createTestClock()
      // A Worker has ended their request, and drops what it waited for.
      let dropped = false
      const after = (ms: number, call: () => void): (() => void) =>
        dropped ? () => {} : clock.after(ms, call)
      const limiter = new SlidingWindow({ limit: 2, interval: 1000 }, { now: clock.now, after })
      await Promise.all([limiter.acquire(), limiter.acquire()])
      dropped = true
      for (let count = 0; count < dead; count++) {
        void limiter.acquire()
      }
      dropped = false
      const started = clock.now()
      const at = await clock.settle(
        Promise.all(
          Array.from({ length: 3 }, () => limiter.acquire().then(() => clock.now() - started)),
        ),
      )
      expect(at).toEqual([0, 1, 2].map((place) => 1050 * (1 + Math.floor((dead + place) / 2))))
      await clock.pass(60_000)
      await limiter.acquire()
      expect(clock.now() - started).toBe((at.at(-1) ?? 0) + 60_000)
    },
  )

  test('a turn that is taken late, because the machine was busy or asleep, is counted when it is taken', async () => {
    const clock = createTestClock()
    const limiter = new SlidingWindow({ limit: 2, interval: 1000 }, clock)
    const at: number[] = []
    const started = clock.now()
    const all = Promise.all(
      Array.from({ length: 8 }, () => limiter.acquire().then(() => at.push(clock.now() - started))),
    )
    await idle()
    clock.set(started + 5000)
    await clock.settle(all)
    // The clock shows 5 s more than has passed.
    expect(at).toEqual([0, 0, 6050, 6050, 7100, 7100, 8150, 8150])
  })

  test('another limiter can be put in its place', async () => {
    let asked = 0
    const { apikley } = service([created], {
      limiter: { creates: { acquire: async () => void asked++ } },
    })
    await apikley.tasks.create('ideogram/v3-reframe', input)
    expect(asked).toBe(1)
  })

  test('that fails with an error of ours says so itself, and with any other that nothing was sent', async () => {
    const tooMuch = new ApikleyError({ kind: 'rate-limited', message: 'This month is used up.' })
    for (const [thrown, error] of [
      [tooMuch, tooMuch],
      [
        new Error('no store'),
        {
          kind: 'connection',
          message: expect.stringContaining('nothing was sent'),
          cause: { message: 'no store' },
        },
      ],
    ] as const) {
      const { apikley, sent } = service([created], {
        limiter: { creates: { acquire: () => Promise.reject(thrown) } },
      })
      await expect(apikley.tasks.create('ideogram/v3-reframe', input)).rejects.toMatchObject(error)
      expect(sent).toEqual([])
    }
  })
})
