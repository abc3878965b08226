import { describe, expect, test } from 'vitest'
import type { Limiter, PollingHistory, Task } from '../src/index.ts'
import { idle } from 'test-kit/clock'
import { eventsOf, input } from './service.ts'
import { mostWithin } from 'test-kit/numbers'
import { world, type World } from './world.ts'

const model = 'ideogram/v3-reframe'
const once = (duration: number) => () => ({ duration })

/** A history of tasks of one model that took about `seconds`. */
const about = (seconds: number): PollingHistory => ({
  [model]: { count: 20, mean: Math.log(seconds * 1000), variance: 0.02 },
})

const ids = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `task_${index + 1}`)
const begun = (count: number, duration: number) =>
  Object.fromEntries(ids(count).map((id) => [id, { duration }]))

describe('one task is asked for once', () => {
  test('two waits and a loop share the requests', async () => {
    const { apikley, clock, looks } = world(once(0), {}, { task_1: { duration: 20_000 } })
    const loop = (async () => {
      const states: string[] = []
      for await (const { state } of apikley.tasks.watch('task_1')) {
        states.push(state)
      }
      return states
    })()
    const tasks = await clock.settle(
      Promise.all([apikley.tasks.wait('task_1'), apikley.tasks.wait('task_1'), loop]),
    )
    expect(tasks).toMatchObject([
      { state: 'success' },
      { state: 'success' },
      ['generating', 'success'],
    ])
    expect(looks.length).toBeLessThan(10)
    expect(new Set(looks.map(({ at }) => at)).size).toBe(looks.length)
  })

  test('who comes later is told where the task stands, without a request', async () => {
    const { apikley, clock, looks } = world(once(0), {}, { task_1: { duration: 20_000 } })
    const first = apikley.tasks.wait('task_1')
    await clock.pass(100)
    expect(await apikley.tasks.watch('task_1').next()).toMatchObject({
      value: { state: 'generating' },
    })
    expect(looks).toHaveLength(1)
    await clock.settle(first)
  })

  test('a finished task is not asked for again, also when it failed', async () => {
    const { apikley, clock, looks } = world(
      once(0),
      {},
      { good: { duration: 0 }, bad: { duration: 0, state: 'fail' } },
    )
    for (let round = 0; round < 3; round++) {
      expect(await clock.settle(apikley.tasks.wait('good'))).toMatchObject({ state: 'success' })
      await expect(clock.settle(apikley.tasks.wait('bad'))).rejects.toMatchObject({
        kind: 'task-failed',
      })
    }
    expect(looks).toHaveLength(2)
    expect(clock.pending).toBe(0)
  })

  test('nor does a finished task take a turn from others', async () => {
    let turns = 0
    const reads: Limiter = { acquire: async () => void turns++ }
    const { apikley, clock } = world(
      once(0),
      { limiter: { reads } },
      { good: { duration: 0 }, other: { duration: 600_000 } },
    )
    await clock.settle(apikley.tasks.wait('good'))
    const controller = new AbortController()
    const other = apikley.tasks.wait('other', { signal: controller.signal }).catch(() => {})
    await clock.pass(60_000)
    const before = turns
    controller.abort()
    await apikley.tasks.wait('good')
    await other
    expect(turns).toBe(before)
  })

  test('of finished tasks the last 1,000 are kept, and no more', async () => {
    const unlimited: Limiter = { acquire: async () => {} }
    const { apikley, clock, looks } = world(
      once(0),
      { limiter: { reads: unlimited } },
      begun(1001, 0),
    )
    for (const id of ids(1001)) {
      await clock.settle(apikley.tasks.wait(id))
    }
    await clock.settle(apikley.tasks.wait('task_2'))
    expect(looks).toHaveLength(1001)
    await clock.settle(apikley.tasks.wait('task_1'))
    expect(looks).toHaveLength(1002)
  })

  test('waits that come and go do not make it more often than minInterval', async () => {
    const { apikley, clock, looks } = world(once(0), {}, { task_1: { duration: 60_000 } })
    for (let round = 0; round < 20; round++) {
      await clock.settle(apikley.tasks.wait('task_1', { timeout: 300 }).catch(() => {}))
    }
    expect(looks.length).toBeLessThanOrEqual(3)
  })
})

describe('the limit for reads', () => {
  test('holds in any second, for waits and single looks together', async () => {
    const { apikley, clock, looks } = world(once(0), {}, begun(100, 20_000))
    const waits = ids(100).map((id) => apikley.tasks.wait(id))
    const gets = ids(30).map((id) => apikley.tasks.get(id))
    await clock.settle(Promise.all([...waits, ...gets]))
    const times = looks.map(({ at }) => at)
    expect(mostWithin(times, 1000)).toBe(10)
  })

  /** A limiter whose turns the test gives. */
  function handOperated(): Limiter & { give(): Promise<void> } {
    const queue: (() => void)[] = []
    return {
      acquire: () => new Promise((resolve) => queue.push(resolve)),
      async give() {
        queue.shift()?.()
        for (let turn = 0; turn < 25; turn++) {
          await idle()
        }
      },
    }
  }

  test('under it, the task that has most likely ended is asked for first', async () => {
    const reads = handOperated()
    const history = {
      ...about(20),
      fast: { count: 20, mean: Math.log(5000), variance: 0.02 },
    }
    const { apikley, clock, looks } = world(once(60_000), {
      limiter: { reads },
      polling: { history },
    })
    const slow = await apikley.tasks.create(model, input)
    // @ts-expect-error A model that the document does not have.
    const fast = await apikley.tasks.create('fast', input)
    for (const { taskId } of [slow, fast]) {
      void apikley.tasks.wait(taskId, { timeout: 600_000 }).catch(() => {})
    }
    await clock.pass(7000)
    await reads.give()
    expect(looks.map(({ taskId }) => taskId)).toEqual([fast.taskId])
    // Nothing was found: now it is the other one's turn, although the first is due again.
    await clock.pass(18_000)
    await reads.give()
    await reads.give()
    expect(looks.map(({ taskId }) => taskId).slice(1)).toEqual([slow.taskId, fast.taskId])
  })

  test('under it, none starves, however unlikely it is that it has ended', async () => {
    const history = {
      ...about(4),
      slow: { count: 20, mean: Math.log(3_000_000), variance: 0.02 },
    }
    const { apikley, clock, looks } = world(once(6_000_000), {
      limits: { reads: { limit: 1, interval: 1000 } },
      limiter: { creates: { acquire: async () => {} } },
      polling: { history },
    })
    // @ts-expect-error A model that the document does not have.
    const all = [(await apikley.tasks.create('slow', input)).taskId]
    for (let index = 0; index < 60; index++) {
      all.push((await apikley.tasks.create(model, input)).taskId)
    }
    for (const id of all) {
      void apikley.tasks.wait(id, { timeout: 500_000 }).catch(() => {})
    }
    await clock.pass(400_000)
    const started = looks[0]?.at ?? 0
    const longest = all.map((id) => {
      const times = [
        started,
        ...looks.filter(({ taskId }) => taskId === id).map(({ at }) => at),
        clock.now(),
      ]
      return Math.max(...times.map((at, index) => at - (times[index - 1] ?? at)))
    })
    // A fair turn comes every 61 x 1.05 s.
    expect(Math.max(...longest)).toBeLessThan(150_000)
  })

  test('a refusal of one look holds up the looks at all tasks', async () => {
    const all = world(once(0), {}, begun(2, 600_000))
    const { apikley, clock, looks } = all
    void apikley.tasks.wait('task_1', { timeout: 100_000 }).catch(() => {})
    await clock.pass(1000)
    void apikley.tasks.wait('task_2', { timeout: 100_000 }).catch(() => {})
    await clock.pass(100)
    all.trouble = () =>
      new Response('{"code":429,"msg":"slow down"}', { headers: { 'retry-after': '20' } })
    await clock.pass(1600)
    all.trouble = () => undefined
    expect(looks.map(({ taskId }) => taskId)).toEqual(['task_1', 'task_2', 'task_1'])
    await clock.pass(19_000)
    expect(looks).toHaveLength(3)
    await clock.pass(10_000)
    expect(looks.slice(3).map(({ taskId }) => taskId)).toContain('task_2')
  })

  test('a shorter refusal does not end a longer one', async () => {
    const all = world(once(0), {}, begun(3, 600_000))
    const { apikley, clock, looks } = all
    const patience = ['50', '3']
    all.trouble = () =>
      new Promise((resolve) =>
        clock.after(100, () =>
          resolve(
            new Response('{"code":429}', { headers: { 'retry-after': patience.shift() ?? '' } }),
          ),
        ),
      )
    for (const id of ids(2)) {
      void apikley.tasks.wait(id, { timeout: 100_000 }).catch(() => {})
    }
    await clock.pass(1000)
    void apikley.tasks.wait('task_3', { timeout: 100_000 }).catch(() => {})
    await clock.pass(45_000)
    expect(looks).toHaveLength(2)
  })

  const down = new Error('the limiter is down')
  test.each<[string, () => Promise<void>]>([
    ['rejects', () => Promise.reject(down)],
    [
      'throws',
      () => {
        throw down
      },
    ],
  ])(
    'a limiter that %s is a look that failed: the wait goes on for a while, and ends with the id',
    async (_, acquire) => {
      let works = false
      const reads: Limiter = { acquire: () => (works ? Promise.resolve() : acquire()) }
      const { apikley, clock } = world(once(0), { limiter: { reads } }, begun(2, 0))
      const started = clock.now()
      for (const result of await clock.settle(
        Promise.allSettled(ids(2).map((id) => apikley.tasks.wait(id))),
      )) {
        expect(result).toMatchObject({
          reason: { kind: 'connection', taskId: expect.stringContaining('task_'), cause: down },
        })
      }
      expect(clock.now() - started).toBeGreaterThanOrEqual(120_000)
      expect(clock.pending).toBe(0)
      const again = apikley.tasks.wait('task_1')
      await clock.pass(10_000)
      works = true
      expect(await clock.settle(again)).toMatchObject({ state: 'success' })
    },
  )

  test('a limiter that gives no promise is one that lets through', async () => {
    const { apikley, clock } = world(
      once(0),
      // @ts-expect-error A limiter that was written without types.
      { limiter: { reads: { acquire: () => {} } } },
      begun(1, 5000),
    )
    expect(await clock.settle(apikley.tasks.wait('task_1'))).toMatchObject({ state: 'success' })
  })
})

test('a thousand waits have one timer, and the limiter another', async () => {
  const { apikley, clock, looks } = world(once(0), {}, begun(1000, 50_000))
  const waits = Promise.all(ids(1000).map((id) => apikley.tasks.wait(id, { timeout: 600_000 })))
  let most = 0
  const count = (): void => {
    most = Math.max(most, clock.pending)
    if (looks.length < 1000) {
      clock.after(970, count)
    }
  }
  clock.after(970, count)
  await clock.settle(waits)
  expect(most).toBeLessThanOrEqual(2)
  expect(mostWithin(looks.map(({ at }) => at).slice(0, 1200), 1000)).toBe(10)
  expect(clock.pending).toBe(0)
})

test('between the looks there is one timer, however many wait, run and watch', async () => {
  const unlimited: Limiter = { acquire: async () => {} }
  const { apikley, clock } = world(
    once(100_000),
    { limiter: { reads: unlimited, creates: unlimited } },
    begun(20, 100_000),
  )
  const signal = AbortSignal.timeout(2 ** 31 - 1)
  const runs = Array.from({ length: 20 }, () => apikley.run(model, input))
  const waits = ids(20).flatMap((id) => [
    apikley.tasks.wait(id, { signal }),
    apikley.tasks.wait(id, { timeout: 200_000 }),
  ])
  const loops = ids(20).map((id) => apikley.tasks.watch(id).next())
  for (let turn = 0; turn < 50; turn++) {
    await idle()
  }
  expect(clock.pending).toBe(1)
  await clock.settle(Promise.all([...runs, ...waits, ...loops]))
  expect(clock.pending).toBe(0)
})

describe('what passes does not end a wait', () => {
  test('an outage of 60 s', async () => {
    const all = world(once(0), {}, { task_1: { duration: 30_000 } })
    const { clock } = all
    const started = clock.now()
    all.trouble = () => {
      if (clock.now() - started < 60_000) {
        throw new TypeError('fetch failed')
      }
      return undefined
    }
    expect(await clock.settle(all.apikley.tasks.wait('task_1'))).toMatchObject({ state: 'success' })
    expect(all.looks.length).toBeLessThan(20)
    expect(eventsOf(all.events, 'retry')).toMatchObject(
      all.looks
        .slice(1)
        .map((_, index) => ({ type: 'retry', operation: 'get-task-details', attempt: index + 2 })),
    )
  })

  test('but an outage that does not pass ends it, with what is known', async () => {
    const all = world(once(0), {}, { task_1: { duration: 30_000 } })
    const started = all.clock.now()
    all.trouble = () => new Response('', { status: 503 })
    await expect(all.clock.settle(all.apikley.tasks.wait('task_1'))).rejects.toMatchObject({
      kind: 'server',
      taskId: 'task_1',
    })
    expect(all.clock.now() - started).toBeGreaterThanOrEqual(120_000)
    expect(all.clock.now() - started).toBeLessThan(240_000)
  })

  test('a service that asks for a day of patience is asked again after two minutes', async () => {
    const all = world(once(0), {}, { task_1: { duration: 1000 } })
    all.trouble = () =>
      all.looks.length > 1
        ? undefined
        : new Response('', { status: 503, headers: { 'retry-after': '86400' } })
    const started = all.clock.now()
    await all.clock.settle(all.apikley.tasks.wait('task_1'))
    expect(all.clock.now() - started).toBeLessThan(130_000)
  })

  test('failures of a wait that is over do not count against the next', async () => {
    const all = world(once(0), {}, { task_1: { duration: 600_000 } })
    all.trouble = () => new Response('', { status: 503 })
    await all.clock.settle(all.apikley.tasks.wait('task_1', { timeout: 115_000 }).catch(() => {}))
    await all.clock.pass(3_600_000)
    const next = all.apikley.tasks.wait('task_1')
    await all.clock.pass(1000)
    all.trouble = () => undefined
    expect(await all.clock.settle(next)).toMatchObject({ state: 'success' })
  })

  test.each([
    [
      "a gateway's own page for what it does not find, for two minutes",
      () => new Response('<html>', { status: 404 }),
      100_000,
    ],
    [
      'that the service does not find it for a moment',
      () => new Response('{"code":422,"msg":"recordInfo is null"}'),
      20_000,
    ],
  ])('%s, after the task was seen to run', async (_, reply, lasts) => {
    const all = world(once(0), {}, { task_1: { duration: 300_000 } })
    const wait = all.apikley.tasks.wait('task_1')
    await all.clock.pass(120_000)
    all.trouble = reply
    await all.clock.pass(lasts)
    all.trouble = () => undefined
    expect(await all.clock.settle(wait)).toMatchObject({ state: 'success' })
  })

  test('this machine sleeps for an hour: the task is looked at before its time is up', async () => {
    const { apikley, clock } = world(once(0), {}, { task_1: { duration: 30_000 } })
    const wait = apikley.tasks.wait('task_1', { timeout: 120_000 })
    await clock.pass(10_000)
    clock.set(clock.now() + 3_600_000)
    expect(await clock.settle(wait)).toMatchObject({ state: 'success' })
    expect(clock.pending).toBe(0)
  })

  test.each([
    ['back by an hour', -3_600_000],
    ['ahead by a minute', 60_000],
  ])("this machine's clock is put %s", async (_, by) => {
    const { apikley, clock } = world(once(0), {}, { task_1: { duration: 10_000_000 } })
    const wait = apikley.tasks.wait('task_1', { timeout: 120_000 })
    await clock.pass(10_000)
    clock.set(clock.now() + by)
    let passed = 0
    const done = wait.catch((error: unknown) => error)
    for (; passed < 200 && (await Promise.race([done, idle()])) === undefined; passed++) {
      await clock.pass(1000)
    }
    expect(await done).toMatchObject({ kind: 'timeout', taskId: 'task_1' })
    expect(passed).toBeGreaterThan(by > 0 ? 40 : 105)
    expect(passed).toBeLessThan(115)
    expect(clock.pending).toBe(0)
  })

  test("the service's clock is years off: the wait goes by its own, and learns from the difference", async () => {
    const times = { createTime: 1_000_000, completeTime: 1_004_000 }
    const { apikley, clock, looks } = world(() => ({ duration: 4000, record: times }))
    await clock.settle(apikley.run(model, input))
    expect(looks.length).toBeLessThan(4)
    expect(apikley.tasks.pollingHistory()[model]?.mean).toBeCloseTo(Math.log(4000))
  })
})

describe('not visible yet', () => {
  const bornUnseen = async (): Promise<World> => {
    const all = world(once(0))
    all.trouble = () => new Response('{"code":422,"msg":"recordInfo is null","data":null}')
    await all.apikley.tasks.create(model, input)
    return all
  }

  test('counts from the creation, where that is known', async () => {
    const { apikley, clock, looks } = await bornUnseen()
    await clock.pass(91_000)
    await expect(clock.settle(apikley.tasks.wait('task_1'))).rejects.toMatchObject({
      kind: 'not-found',
    })
    expect(looks).toHaveLength(1)
  })

  test('counts from the beginning of each wait, where it is not', async () => {
    const { apikley, clock } = await bornUnseen()
    for (let round = 0; round < 2; round++) {
      const started = clock.now()
      await expect(clock.settle(apikley.tasks.wait('task_2'))).rejects.toMatchObject({
        kind: 'not-found',
      })
      expect(clock.now() - started).toBeGreaterThanOrEqual(90_000)
      expect(clock.now() - started).toBeLessThan(100_000)
    }
  })
})

describe('notify', () => {
  async function endOf(taskId: string, state: 'success' | 'fail'): Promise<Task> {
    return world(once(0), {}, { [taskId]: { duration: 0, state } }).apikley.tasks.get(taskId)
  }

  test('settles who waits at once, and nothing is asked any more', async () => {
    const { apikley, clock, looks } = world(once(0), {}, begun(1, 600_000))
    const waits = [apikley.tasks.wait('task_1'), apikley.tasks.wait('task_1')]
    const loop = apikley.tasks.watch('task_1')
    await clock.pass(100)
    await loop.next()
    const next = loop.next()
    await idle()
    const task = await endOf('task_1', 'success')
    apikley.tasks.notify(task)
    await idle()
    expect(clock.pending).toBe(0)
    expect(await Promise.all([...waits, next])).toEqual([task, task, { done: false, value: task }])
    await clock.pass(60_000)
    expect(looks).toHaveLength(1)
  })

  test('of a task that somebody has put together badly still settles who waits', async () => {
    const { apikley, clock } = world(once(0), {}, begun(1, 600_000))
    const wait = apikley.tasks.wait('task_1')
    await clock.pass(100)
    // @ts-expect-error A number in the place of text.
    apikley.tasks.notify({ ...(await endOf('task_1', 'fail')), failCode: 500 })
    await expect(clock.settle(wait)).rejects.toMatchObject({ kind: 'task-failed', failCode: '500' })
  })

  test('settles also who has no time left, whatever else happens', async () => {
    const { apikley } = world(once(0), {}, begun(2, 600_000))
    apikley.tasks.notify(await endOf('task_1', 'success'))
    void apikley.tasks.wait('task_2', { timeout: 0 }).catch(() => {})
    expect(await apikley.tasks.wait('task_1', { timeout: 0 })).toMatchObject({ state: 'success' })
  })

  test('calls off a look that is under way', async () => {
    const all = world(once(0), {}, begun(1, 600_000))
    all.trouble = () => new Promise(() => {})
    const wait = all.apikley.tasks.wait('task_1')
    await idle()
    const { signal } = all.sent[0]?.init ?? {}
    all.apikley.tasks.notify(await endOf('task_1', 'fail'))
    await expect(wait).rejects.toMatchObject({ kind: 'task-failed' })
    expect(signal?.aborted).toBe(true)
    expect(all.clock.pending).toBe(0)
  })

  test('before anybody waits: then nothing has to be asked', async () => {
    const { apikley, looks } = world(once(0), {}, begun(1, 600_000))
    apikley.tasks.notify(await endOf('task_1', 'success'))
    expect(await apikley.tasks.wait('task_1')).toMatchObject({ state: 'success' })
    expect(looks).toHaveLength(0)
  })

  test('of a task that goes on changes nothing, nor of one whose end is known', async () => {
    const { apikley, clock, looks } = world(once(0), {}, begun(1, 5000))
    const running = await apikley.tasks.get('task_1')
    const told: string[] = []
    const wait = apikley.tasks.wait('task_1', { onUpdate: ({ state }) => told.push(state) })
    apikley.tasks.notify({ ...running, state: 'queuing' })
    const task = await clock.settle(wait)
    expect(told).toEqual(['generating', 'success'])
    apikley.tasks.notify(running)
    apikley.tasks.notify(await endOf('task_1', 'fail'))
    const before = looks.length
    expect(await apikley.tasks.wait('task_1')).toEqual(task)
    expect(looks).toHaveLength(before)
  })

  test('by the id alone has the task looked at next, but not sooner than minInterval after the last look', async () => {
    const { apikley, clock, looks } = world(once(0), {}, begun(1, 600_000))
    void apikley.tasks.wait('task_1').catch(() => {})
    await clock.pass(200_000)
    const before = looks.length
    expect(clock.now() - (looks.at(-1)?.at ?? 0)).toBeGreaterThan(2000)
    apikley.tasks.notify('task_1')
    apikley.tasks.notify('task_1')
    await clock.pass(1)
    expect(looks).toHaveLength(before + 1)
    apikley.tasks.notify('task_1')
    await clock.pass(1990)
    expect(looks).toHaveLength(before + 1)
    await clock.pass(10)
    expect(looks).toHaveLength(before + 2)
  })

  test('by the id alone, before the wait begins anew: it begins with a look', async () => {
    const { apikley, clock, looks } = world(once(0), {}, begun(1, 600_000))
    const controller = new AbortController()
    void apikley.tasks.wait('task_1', { signal: controller.signal }).catch(() => {})
    await clock.pass(200_000)
    controller.abort()
    await clock.pass(2000)
    const before = looks.length
    apikley.tasks.notify('task_1')
    void apikley.tasks.wait('task_1').catch(() => {})
    await clock.pass(1)
    expect(looks).toHaveLength(before + 1)
  })

  test('by the id alone of a task that nobody waits for, or that has ended, asks nothing', async () => {
    const { apikley, clock, looks } = world(once(0), {}, begun(1, 100))
    apikley.tasks.notify('task_1')
    await clock.pass(60_000)
    expect(looks).toHaveLength(0)
    await clock.settle(apikley.tasks.wait('task_1'))
    apikley.tasks.notify('task_1')
    await apikley.tasks.wait('task_1')
    expect(looks).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  test("is not needed after this client's own tasks.get", async () => {
    const { apikley, clock } = world(once(0), {}, begun(1, 500))
    const wait = apikley.tasks.wait('task_1')
    await clock.pass(600)
    await apikley.tasks.get('task_1')
    expect(clock.pending).toBe(0)
    expect(await wait).toMatchObject({ state: 'success' })
  })
})

describe('what was learned', () => {
  const runs = async ({ apikley, clock }: World, count: number): Promise<void> => {
    for (let index = 0; index < count; index++) {
      await clock.settle(apikley.run(model, input))
    }
  }

  test('spares looks and lateness, and can be given to another client', async () => {
    const first = world(once(9000))
    await runs(first, 20)
    const history: PollingHistory = JSON.parse(JSON.stringify(first.apikley.tasks.pollingHistory()))
    expect(history[model]).toMatchObject({ count: 10, mean: expect.closeTo(Math.log(9000)) })

    const second = world(once(9000), { polling: { history } })
    await runs(second, 1)
    const cold = world(once(9000))
    await runs(cold, 1)
    expect(second.looks.length).toBeLessThan(cold.looks.length)
  })

  test('comes from successes alone, and from what this client has seen where the service does not say', async () => {
    const failing = world(() => ({ duration: 1000, state: 'fail' }))
    await failing.clock.settle(failing.apikley.run(model, input).catch(() => {}))
    expect(failing.apikley.tasks.pollingHistory()).toEqual({})

    const silent = world(() => ({
      duration: 6000,
      record: { createTime: null, completeTime: null },
    }))
    await runs(silent, 1)
    expect(Math.exp(silent.apikley.tasks.pollingHistory()[model]?.mean ?? 0)).toBeGreaterThan(5000)
    expect(Math.exp(silent.apikley.tasks.pollingHistory()[model]?.mean ?? 0)).toBeLessThan(7500)
  })

  test('is not held up by a create that gave a task which is known already', async () => {
    const all = world(once(1000))
    const { apikley, clock, looks } = all
    await clock.settle(apikley.run(model, input))
    const before = looks.length
    all.known = 'task_1'
    await apikley.tasks.create(model, input)
    expect(await clock.settle(apikley.tasks.wait('task_1'))).toMatchObject({ state: 'success' })
    expect(looks).toHaveLength(before)
    all.known = undefined
    await clock.settle(apikley.run(model, input))
    expect(apikley.tasks.pollingHistory()[model]?.count).toBe(2)
  })

  test.each([0.5, 1e12])(
    'does not come from a duration of %s ms, which no task has',
    async (duration) => {
      const { apikley, clock } = world(() => ({
        duration: 1000,
        record: { createTime: 1, completeTime: 1 + duration },
      }))
      await clock.settle(apikley.run(model, input))
      expect(apikley.tasks.pollingHistory()).toEqual({})
    },
  )

  test('is not held up by a task that hangs, nor by one that failed or that nobody waits for', async () => {
    const tasks = [
      { duration: 600_000 },
      { duration: 1000, state: 'fail' as const },
      { duration: 5000 },
      { duration: 5000 },
    ]
    let next = 0
    const { apikley, clock } = world(() => tasks[next++] ?? { duration: 5000 })
    void apikley.run(model, input, { timeout: 30_000 }).catch(() => {})
    void apikley.run(model, input).catch(() => {})
    await apikley.tasks.create(model, input)
    for (let index = 0; index < 5; index++) {
      await clock.settle(apikley.run(model, input))
    }
    expect(apikley.tasks.pollingHistory()[model]?.count).toBeGreaterThanOrEqual(4)
  })

  test.each([
    {},
    { count: 0, mean: 9, variance: 0 },
    { count: 1, mean: 900, variance: 0 },
    { count: 1, mean: -900, variance: 0 },
    { count: 1, mean: null, variance: 0 },
    'text',
    null,
  ])('is refused when it is not what a client gave: %j', (entry) => {
    // @ts-expect-error What comes out of a file can be anything.
    expect(() => world(once(0), { polling: { history: { [model]: entry } } })).toThrow(
      expect.objectContaining({ kind: 'configuration' }),
    )
  })
})
