import { expect, test } from 'vitest'
import type { PollingHistory } from '../src/index.ts'
import { MODEL } from './replies.ts'
import { input } from './service.ts'
import { world, type World, type WorldTask } from './world.ts'

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

test.each<[string, Partial<WorldTask>]>([
  ['a failed task', { state: 'fail' }],
  ['an implausible duration of 0.5 ms', { record: { createTime: 1, completeTime: 1.5 } }],
  ['an implausible duration of 1e12 ms', { record: { createTime: 1, completeTime: 1e12 } }],
])('%s is not learned', async (_, task) => {
  const all = world({ duration: 1000, ...task })
  await all.run().catch(() => {})
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

const count0 = { count: 0, mean: 9, variance: 0 }
const [tooLong, tooShort] = [900, -900].map((mean) => ({ count: 1, mean, variance: 0 }))
const noMean = { count: 1, mean: null, variance: 0 }
test.each([{}, count0, tooLong, tooShort, noMean, 'text', null])(
  'an invalid history is refused: %j',
  (entry) => {
    // @ts-expect-error A history from a file can be anything.
    expect(() => world({ duration: 0 }, { polling: { history: { [MODEL]: entry } } })).toThrow(
      expect.objectContaining({ kind: 'configuration' }),
    )
  },
)
