import { describe, expect, test } from 'vitest'
import { nextPoll, type DurationHistory } from '../src/index.ts'
import { learn } from '../src/tasks/schedule.ts'
import { costs, documented, durations, follow, mean, type Cost } from './cost-of-waiting.ts'
import { seeded } from 'test-kit/numbers'

describe('nextPoll', () => {
  test.each([
    [1, 250, 4.5, 170],
    [5, 250, 7.5, 230],
    [5, 2000, 4.5, 1100],
    [20, 2000, 5.5, 1300],
    [120, 2000, 15, 2500],
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

  test('a model that becomes three times faster is polled as often as documented by the sixth task', () => {
    const random = seeded(7)
    const sixth: Cost[] = []
    const schedule: Cost[] = []
    for (let round = 0; round < 100; round++) {
      const fast = durations(20 / 3, 6, random)
      sixth.push(...costs(durations(20, 20, random), fast, 2000, random).slice(5))
      schedule.push(...fast.map((ms) => follow(ms, (elapsed) => documented(elapsed, random))))
    }
    expect(mean(sixth).lateness).toBeLessThan(mean(schedule).lateness)
  })

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
    let elapsed = 0
    while (elapsed < 900_000) {
      elapsed += nextPoll(history, elapsed, { minInterval: 250, random: () => 0 })
      at.push(elapsed)
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
