import { describe, expect, test } from 'vitest'
import { nextPoll, type DurationHistory } from '../src/index.ts'
import { learn } from '../src/tasks/history.ts'
import { costs, documented, durations, follow, mean, type Cost } from './cost-of-waiting.ts'
import { seeded } from './world.ts'

describe('nextPoll', () => {
  test.each([
    [1, 250, 4.5, 170],
    [5, 250, 7.5, 230],
    [20, 250, 13, 300],
    [5, 2000, 4.5, 1100],
    [20, 2000, 5.5, 1100],
  ])(
    'after 20 known tasks of %s s, minInterval %s: at most %s requests, and %s ms too late',
    (seconds, minInterval, requests, lateness) => {
      const random = seeded(seconds + minInterval)
      const rounds = Array.from({ length: 20 }, () =>
        costs(durations(seconds, 20, random), durations(seconds, 100, random), minInterval, random),
      )
      const cost = mean(rounds.flat())
      expect(cost.requests).toBeLessThan(requests)
      expect(cost.lateness).toBeLessThan(lateness)
    },
  )

  test.each([0.2, 1, 5, 29, 60, 119, 300])(
    'without a history it keeps to the documented schedule: tasks of %s s',
    (seconds) => {
      const tasks = durations(seconds, 300, seeded(1))
      const [ours, theirs] = [seeded(2), seeded(2)]
      expect(
        tasks.map((duration) =>
          follow(duration, (elapsed) => nextPoll(undefined, elapsed, { random: ours })),
        ),
      ).toEqual(tasks.map((duration) => follow(duration, (elapsed) => documented(elapsed, theirs))))
    },
  )

  test.each([
    [20, 250],
    [5, 250],
    [20, 2000],
    [300, 2000],
  ])(
    'a model of %s s that becomes three times faster is learned anew within five tasks, minInterval %s',
    (seconds, minInterval) => {
      const random = seeded(seconds)
      const sixth: Cost[] = []
      const usual: Cost[] = []
      for (let round = 0; round < 100; round++) {
        const fast = durations(seconds / 3, 25, random)
        sixth.push(
          ...costs(durations(seconds, 20, random), fast.slice(0, 6), minInterval, random).slice(5),
        )
        usual.push(...costs(fast.slice(0, 20), fast.slice(20), minInterval, random))
      }
      expect(mean(sixth).requests).toBeLessThan(mean(usual).requests * 1.25)
      expect(mean(sixth).lateness).toBeLessThan(mean(usual).lateness * 1.25)
    },
  )

  test('one task that is far from all others is not taken for a new model', () => {
    const random = seeded(3)
    const [before, after] = [durations(20, 20, random), durations(20, 100, random)]
    const usual = mean(costs(before, after, 250, random))
    const disturbed = mean(costs([...before, 2000], after, 250, random))
    expect(disturbed.requests).toBeLessThan(usual.requests * 1.2)
    expect(disturbed.lateness).toBeLessThan(usual.lateness * 1.2)
  })

  test('there are a few early looks, and those at a task that is later than all others thin out', () => {
    const history = durations(20, 20, seeded(4)).reduce<DurationHistory | undefined>(
      learn,
      undefined,
    )
    const at: number[] = []
    for (let elapsed = 0; elapsed < 900_000;) {
      at.push((elapsed += nextPoll(history, elapsed, { minInterval: 250, random: () => 0 })))
    }
    const early = at.filter((time) => time < 12_000)
    expect(early.length).toBeGreaterThanOrEqual(1)
    expect(early.length).toBeLessThanOrEqual(4)
    const gapAt = (time: number): number => {
      const index = at.findIndex((each) => each > time)
      return (at[index] ?? 0) - (at[index - 1] ?? 0)
    }
    expect(gapAt(20_000)).toBeLessThan(1000)
    expect(gapAt(60_000)).toBeGreaterThan(2000)
    expect(gapAt(600_000)).toBeGreaterThan(15_000)
    expect(at.length).toBeLessThan(120)
  })

  test('is never below minInterval, and never above what is documented, whatever the history', () => {
    const random = seeded(5)
    for (let round = 0; round < 2000; round++) {
      const history: DurationHistory = {
        count: 1 + Math.floor(random() * 40),
        mean: random() * 40 - 5,
        variance: random() < 0.2 ? 0 : random() * 9,
        stray: random() < 0.5,
      }
      const minInterval = random() < 0.2 ? 0 : random() * 5000
      const gap = nextPoll(random() < 0.2 ? undefined : history, random() ** 4 * 1e7, {
        minInterval,
        random,
      })
      expect(gap).toBeGreaterThanOrEqual(minInterval)
      expect(gap).toBeLessThanOrEqual(30_000)
    }
  })
})

test('tasks of one model that take now 7 s and now 40 s are found with little more than the documented schedule costs', () => {
  const random = seeded(6)
  const tasks = Array.from({ length: 400 }, () =>
    random() < 0.8 ? 6000 + random() * 2000 : 40_000 + random() * 10_000,
  )
  const cost = mean(costs(tasks.slice(0, 20), tasks.slice(20), 2000, random))
  const schedule = mean(
    tasks.slice(20).map((duration) => follow(duration, (elapsed) => documented(elapsed, random))),
  )
  expect(cost.lateness).toBeLessThan(schedule.lateness)
  expect(cost.requests).toBeLessThan(schedule.requests * 1.25)
})
