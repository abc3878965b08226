import { expect, test } from 'vitest'
import type { PollingHistory } from '../src/index.ts'
import { MODEL } from './replies.ts'
import { input } from './service.ts'
import { world, type World } from './world.ts'

async function runTimes({ run }: World, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await run()
  }
}

const historyOfModel = ({ apikley }: World) => apikley.tasks.pollingHistory()[MODEL]

test('a history saves polls, and another client can continue it', async () => {
  const first = world({ duration: 9000 })
  await runTimes(first, 20)
  const history: PollingHistory = JSON.parse(JSON.stringify(first.apikley.tasks.pollingHistory()))
  expect(history[MODEL]).toMatchObject({ count: 10, mean: expect.closeTo(Math.log(9000)) })
  const warm = world({ duration: 9000 }, { polling: { history } })
  const cold = world({ duration: 9000 })
  await Promise.all([warm.run(), cold.run()])
  expect(warm.polls.length).toBeLessThan(cold.polls.length)
})

test('a failed task is not learned', async () => {
  const all = world({ duration: 1000, state: 'fail' })
  await expect(all.run()).rejects.toMatchObject({ kind: 'task-failed' })
  expect(all.apikley.tasks.pollingHistory()).toEqual({})
})

test.each([0.5, 1e12])('an implausible duration of %s ms is not learned', async (duration) => {
  const all = world({ duration: 1000, record: { createTime: 1, completeTime: 1 + duration } })
  await all.run()
  expect(all.apikley.tasks.pollingHistory()).toEqual({})
})

test.each([
  ['the difference of recorded times', 1_000_000, 1_004_000, 3990, 4010],
  ['the polls where no times are recorded', null, null, 2500, 4500],
])('a duration comes from %s', async (_, createTime, completeTime, min, max) => {
  const all = world({ duration: 4000, record: { createTime, completeTime } })
  await all.run()
  expect(all.polls.length).toBeLessThan(4)
  expect(Math.exp(historyOfModel(all)?.mean ?? 0)).toBeGreaterThan(min)
  expect(Math.exp(historyOfModel(all)?.mean ?? 0)).toBeLessThan(max)
})

test('hanging, failed and unwatched tasks do not block the history', async () => {
  const all = world((taskId) => ({
    duration: taskId === 'task_1' ? 600_000 : 5000,
    state: taskId === 'task_2' ? 'fail' : 'success',
  }))
  const { apikley } = all
  void apikley.run(MODEL, input, { timeout: 30_000 }).catch(() => {})
  void apikley.run(MODEL, input).catch(() => {})
  await apikley.tasks.create(MODEL, input)
  await runTimes(all, 5)
  expect(historyOfModel(all)?.count).toBeGreaterThanOrEqual(4)
})

test.each([
  {},
  { count: 0, mean: 9, variance: 0 },
  { count: 1, mean: 900, variance: 0 },
  { count: 1, mean: -900, variance: 0 },
  { count: 1, mean: null, variance: 0 },
  'text',
  null,
])('an invalid history is refused: %j', (entry) => {
  // @ts-expect-error A history from a file can be anything.
  expect(() => world({ duration: 0 }, { polling: { history: { [MODEL]: entry } } })).toThrow(
    expect.objectContaining({ kind: 'configuration' }),
  )
})
