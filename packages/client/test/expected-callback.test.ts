import { expect, test } from 'vitest'
import { MODEL } from './replies.ts'
import { input } from './service.ts'
import { world, type World } from './world.ts'

const callbackUrl = 'https://app.example.com/hook'
const worldWith = (duration: number): World => world({ duration })

/** Runs a task whose callback arrives after `callbackAfter` ms. Returns how late the run ended. */
async function runLate(
  { apikley, clock, run }: World,
  duration: number,
  callbackAfter?: number,
  timeout?: number,
): Promise<number> {
  const started = clock.now()
  const notify = async (taskId: string): Promise<void> =>
    apikley.tasks.notify(await apikley.tasks.get(taskId))
  const onCreated = (taskId: string): unknown =>
    callbackAfter !== undefined && clock.after(callbackAfter, () => void notify(taskId))
  await run({ callbackUrl, timeout, onCreated })
  return clock.now() - started - duration
}

test.each([1000, 29_000])('a callback after %i ms saves all polls', async (duration) => {
  const all = worldWith(duration)
  expect(await runLate(all, duration, duration + 20)).toBe(20)
  // The request of the test's webhook.
  expect(all.polls).toHaveLength(1)
  expect(all.clock.pending).toBe(0)
})

test('a long task is polled a few times at first, and never once its model is known', async () => {
  const all = worldWith(230_000)
  await runLate(all, 230_000, 230_020)
  expect(all.polls.length).toBeLessThanOrEqual(5)
  const before = all.polls.length
  await runLate(all, 230_000, 230_020)
  expect(all.polls.length - before).toBe(1)
})

test.each([65_000, 245_000, 485_000])(
  'a lost callback makes a task of %i ms late by at most a minute',
  async (duration) => {
    expect(await runLate(worldWith(duration), duration)).toBeLessThanOrEqual(60_000)
  },
)

test('after a lost callback, tasks are polled normally until three callbacks arrive', async () => {
  const all = worldWith(5000)
  expect(await runLate(all, 5000)).toBe(25_000)
  // A callback that is repeated counts once.
  const task = await all.apikley.tasks.get('task_1')
  for (let time = 0; time < 5; time++) {
    all.apikley.tasks.notify(task)
  }
  for (let index = 0; index < 5; index++) {
    expect(await runLate(all, 5000)).toBeLessThan(3000)
    // A read of a finished task does not count.
    await all.apikley.tasks.get(`task_${index + 2}`)
  }
  for (let index = 0; index < 3; index++) {
    await runLate(all, 5000, 5001)
  }
  const before = all.polls.length
  expect(await runLate(all, 5000, 5020)).toBe(20)
  expect(all.polls.length - before).toBe(1)
})

test.each([
  [4, 10],
  [2, 3],
])('callbacks for one task in %i make few tasks late', async (every, max) => {
  const all = worldWith(5000)
  let [first, second] = [0, 0]
  for (let task = 0; task < 60; task++) {
    const callbackAfter = task % every === 0 ? 5020 : undefined
    if ((await runLate(all, 5000, callbackAfter)) > 3000) {
      first += task < 30 ? 1 : 0
      second += task < 30 ? 0 : 1
    }
  }
  expect(first).toBeLessThan(10)
  expect(second).toBeLessThan(max)
})

test('a missed callback does not delay other tasks', async () => {
  const { apikley, clock } = worldWith(5000)
  const runs = [0, 20_000, 22_000].map(async (pause) => {
    await new Promise<void>((resolve) => clock.after(pause, resolve))
    const started = clock.now()
    await apikley.run(MODEL, input, { callbackUrl })
    return clock.now() - started - 5000
  })
  const [first, ...others] = await clock.settle(Promise.all(runs))
  expect(first).toBe(25_000)
  expect(Math.max(...others)).toBeLessThan(10_000)
})

test.each([10_000, 70_000])('the task is polled before a timeout of %i ms', async (timeout) => {
  const duration = timeout - 3000
  expect(await runLate(worldWith(duration), duration, undefined, timeout)).toBeLessThan(3000)
})
