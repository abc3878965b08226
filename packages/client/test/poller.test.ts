import { expect, test } from 'vitest'
import { memoryStore, type ApikleyOptions } from '../src/index.ts'
import { mostWithin } from 'test-kit/numbers'
import { bind } from './keyed-creates.ts'
import { busy } from './replies.ts'
import { input, statesOf, type Service } from './service.ts'
import { historyOf, taskIds, world, type World } from './world.ts'

const unlimited = { limit: Infinity, interval: 0 }

/** A store whose turns for reads are replaced. */
function withReads(reserve: () => Promise<number | undefined>): ApikleyOptions {
  const store = bind(memoryStore())
  return { store: { ...store, reserve: async (key) => (key === 'limit:reads' ? reserve() : 0) } }
}

function timesOf({ polls }: World): number[] {
  return polls.map(({ at }) => at)
}

/** Waits that the test does not await. */
function startWaits({ apikley }: Service, ids: readonly string[], timeout: number): void {
  for (const id of ids) {
    void apikley.tasks.wait(id, { timeout }).catch(() => {})
  }
}

test('two waits and a watch share the polls of a task', async () => {
  const all = world({ duration: 20_000 })
  const { wait } = all.apikley.tasks
  const states = statesOf(all.apikley.tasks.watch('task_1'))
  const ends = await all.clock.settle(Promise.all([wait('task_1'), wait('task_1'), states]))
  const success = { state: 'success' }
  expect(ends).toMatchObject([success, success, ['generating', 'success']])
  expect(all.polls.length).toBeLessThan(10)
  expect(new Set(timesOf(all)).size).toBe(all.polls.length)
})

test('a later watch receives the known state without a request', async () => {
  const { apikley, clock, polls } = world({ duration: 20_000 })
  const first = apikley.tasks.wait('task_1')
  await clock.pass(100)
  const next = await apikley.tasks.watch('task_1').next()
  expect(next).toMatchObject({ value: { state: 'generating' } })
  expect(polls).toHaveLength(1)
  await clock.settle(first)
})

test('short waits in a row keep minInterval', async () => {
  const { wait, polls } = world({ duration: 60_000 })
  for (let round = 0; round < 20; round++) {
    await expect(wait({ timeout: 300 })).rejects.toMatchObject({ kind: 'timeout' })
  }
  expect(polls.length).toBeLessThanOrEqual(3)
})

test('a finished or failed task is polled once', async () => {
  const { apikley, clock, polls } = world((id) => ({
    duration: 0,
    state: id === 'bad' ? 'fail' : 'success',
  }))
  for (let round = 0; round < 3; round++) {
    expect(await clock.settle(apikley.tasks.wait('good'))).toMatchObject({ state: 'success' })
    const bad = clock.settle(apikley.tasks.wait('bad'))
    await expect(bad).rejects.toMatchObject({ kind: 'task-failed' })
  }
  expect(polls).toHaveLength(2)
  expect(clock.pending).toBe(0)
})

test('the last 1,000 finished tasks are cached', async () => {
  const { apikley, clock, polls } = world({ duration: 0 }, { limits: { reads: unlimited } })
  await clock.settle(Promise.all(taskIds(1001).map((id) => apikley.tasks.wait(id))))
  await apikley.tasks.wait('task_2')
  expect(polls).toHaveLength(1001)
  await clock.settle(apikley.tasks.wait('task_1'))
  expect(polls).toHaveLength(1002)
})

test('200 waits use one timer and the limiter another', async () => {
  const all = world({ duration: 50_000 })
  const { tasks } = all.apikley
  const waits = taskIds(200).map((id) => tasks.wait(id, { timeout: 600_000 }))
  let most = 0
  const count = (): void => {
    most = Math.max(most, all.clock.pending)
    if (all.polls.length < 200) {
      all.clock.after(970, count)
    }
  }
  all.clock.after(970, count)
  await all.clock.settle(Promise.all(waits))
  expect(most).toBeLessThanOrEqual(2)
  expect(mostWithin(timesOf(all).slice(0, 240), 1000)).toBe(10)
  expect(all.clock.pending).toBe(0)
})

test('waits and gets together keep the limit in any second', async () => {
  const all = world({ duration: 20_000 })
  const { tasks } = all.apikley
  const waits = taskIds(100).map((id) => tasks.wait(id))
  const gets = taskIds(30).map((id) => tasks.get(id))
  await all.clock.settle(Promise.all([...waits, ...gets]))
  expect(mostWithin(timesOf(all), 1000)).toBe(10)
})

test('the most overdue task is polled first', async () => {
  const history = { ...historyOf(20), ...historyOf(5, 'fast') }
  const turnsAt = [7000, 25_000, 25_000]
  const options = withReads(async () => {
    const at = started + (turnsAt[all.polls.length] ?? Infinity)
    return Math.min(1e9, Math.max(0, at - all.clock.now()))
  })
  const all = world({ duration: 60_000 }, { ...options, polling: { history } })
  const started = all.clock.now()
  await all.create()
  // @ts-expect-error A model that does not exist.
  await all.apikley.tasks.create('fast', input)
  startWaits(all, taskIds(2), 600_000)
  await all.clock.pass(26_000)
  // At the second turn, the slow task is due for longer.
  const polled = all.polls.map(({ taskId }) => taskId)
  expect(polled.slice(0, 3)).toEqual(['task_2', 'task_1', 'task_2'])
})

test('no task starves behind tasks of faster models', async () => {
  const limits = { reads: { limit: 1, interval: 1000 }, creates: unlimited }
  const history = { ...historyOf(4), ...historyOf(3000, 'slow') }
  const all = world({ duration: 6_000_000 }, { limits, polling: { history } })
  // @ts-expect-error A model that does not exist.
  await all.apikley.tasks.create('slow', input)
  for (let index = 0; index < 60; index++) {
    await all.create()
  }
  startWaits(all, taskIds(61), 500_000)
  await all.clock.pass(400_000)
  const [first] = timesOf(all)
  const longest = taskIds(61).map((id) => {
    const own = all.polls.filter(({ taskId }) => taskId === id).map(({ at }) => at)
    const times = [first ?? 0, ...own, all.clock.now()]
    return Math.max(...times.map((at, index) => at - (times[index - 1] ?? at)))
  })
  // A fair turn comes every 61 x 1.05 s.
  expect(Math.max(...longest)).toBeLessThan(150_000)
})

test('a refusal of one poll delays the polls of all tasks', async () => {
  const all = world({ duration: 600_000 })
  startWaits(all, ['task_1'], 100_000)
  await all.clock.pass(1000)
  startWaits(all, ['task_2'], 100_000)
  await all.clock.pass(100)
  all.fault = busy(20)
  await all.clock.pass(1600)
  all.fault = undefined
  expect(all.polls.map(({ taskId }) => taskId)).toEqual(['task_1', 'task_2', 'task_1'])
  await all.clock.pass(19_000)
  expect(all.polls).toHaveLength(3)
  await all.clock.pass(10_000)
  expect(all.polls.slice(3).map(({ taskId }) => taskId)).toContain('task_2')
})

test('a shorter refusal does not end a longer one', async () => {
  const all = world({ duration: 600_000 })
  const refusals = [busy(50), busy(3)]
  all.fault = async (request) => {
    const reply = refusals.shift() ?? busy()
    await new Promise<void>((resolve) => all.clock.after(100, resolve))
    return reply(request)
  }
  startWaits(all, taskIds(2), 100_000)
  await all.clock.pass(1000)
  startWaits(all, ['task_3'], 100_000)
  await all.clock.pass(45_000)
  expect(all.polls).toHaveLength(2)
})

test('a store that fails counts as a failed poll', async () => {
  let works = false
  const cause = new Error('the store is down')
  const options = withReads(() => (works ? Promise.resolve(0) : Promise.reject(cause)))
  const { apikley, clock } = world({ duration: 0 }, options)
  const started = clock.now()
  const waits = Promise.allSettled(taskIds(2).map((id) => apikley.tasks.wait(id)))
  expect(await clock.settle(waits)).toMatchObject(
    taskIds(2).map((taskId) => ({ reason: { kind: 'connection', taskId, cause: { cause } } })),
  )
  expect(clock.now() - started).toBeGreaterThanOrEqual(120_000)
  expect(clock.pending).toBe(0)
  const next = apikley.tasks.wait('task_1')
  await clock.pass(10_000)
  works = true
  expect(await clock.settle(next)).toMatchObject({ state: 'success' })
})
