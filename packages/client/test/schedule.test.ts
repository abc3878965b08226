import { expect, test } from 'vitest'
import { nextPoll, type DurationHistory } from '../src/index.ts'
import { learn } from '../src/tasks/schedule.ts'
import { seeded } from 'test-kit/numbers'

/** The cost of one wait, or the mean of several. `lateness` is in ms. */
interface Cost {
  readonly requests: number
  readonly lateness: number
}

/** Tasks that take `seconds` +/- 25 %, in ms. */
function durations(seconds: number, count: number, random: () => number): number[] {
  return Array.from({ length: count }, () => seconds * 1000 * (0.75 + random() / 2))
}

function historyOf(known: readonly number[]): DurationHistory | undefined {
  return known.reduce<DurationHistory | undefined>(learn, undefined)
}

/** The cost of each task, with the history of the `known` tasks and of those before it. */
function costs(
  known: readonly number[],
  tasks: readonly number[],
  minInterval: number,
  random: () => number,
): Cost[] {
  let history = historyOf(known)
  return tasks.map((duration) => {
    let [elapsed, requests] = [0, 0]
    for (; elapsed < duration; requests++) {
      elapsed += nextPoll(history, elapsed, { minInterval, random })
    }
    history = learn(history, duration)
    return { requests, lateness: elapsed - duration }
  })
}

function mean(all: readonly Cost[]): Cost {
  const meanOf = (field: keyof Cost): number =>
    all.reduce((sum, cost) => sum + cost[field], 0) / all.length
  return { requests: meanOf('requests'), lateness: meanOf('lateness') }
}

test.each([
  [1, 250, 4.5, 170],
  [5, 250, 7.5, 230],
  [5, 2000, 4.5, 1100],
  [20, 2000, 5.5, 1300],
  [120, 2000, 15, 2500],
])('known tasks of %s s are polled rarely and end in time, with minInterval %s', (...row) => {
  const [seconds, minInterval, requests, lateness] = row
  const random = seeded(seconds + minInterval)
  const rounds = Array.from({ length: 20 }, () =>
    costs(durations(seconds, 20, random), durations(seconds, 100, random), minInterval, random),
  )
  const cost = mean(rounds.flat())
  expect(cost.requests).toBeLessThan(requests)
  expect(cost.lateness).toBeLessThan(lateness)
})

test.each([
  [0, 2000, 3000],
  [29_999, 2000, 3000],
  [30_000, 5000, 10_000],
  [119_999, 5000, 10_000],
  [120_000, 15_000, 30_000],
])('without a history, the poll after %i ms follows the documentation', (elapsed, min, max) => {
  expect(nextPoll(undefined, elapsed, { random: () => 0 })).toBe(min)
  expect(nextPoll(undefined, elapsed, { random: () => 1 })).toBe(max)
})

test('a model that becomes three times faster is learned again within six tasks', () => {
  const random = seeded(7)
  const sixth: Cost[] = []
  for (let round = 0; round < 100; round++) {
    const fast = durations(20 / 3, 6, random)
    sixth.push(...costs(durations(20, 20, random), fast, 2000, random).slice(5))
  }
  // The documented schedule is 1,250 ms late.
  expect(mean(sixth).lateness).toBeLessThan(1250)
})

test('one outlier hardly changes the cost of the next tasks', () => {
  const random = seeded(3)
  const [before, after] = [durations(20, 20, random), durations(20, 100, random)]
  const usual = mean(costs(before, after, 250, random))
  const disturbed = mean(costs([...before, 2000], after, 250, random))
  expect(disturbed.requests).toBeLessThan(usual.requests * 1.2)
  expect(disturbed.lateness).toBeLessThan(usual.lateness * 1.2)
})

test('nextPoll returns at least minInterval and at most 30 s for any history', () => {
  const random = seeded(5)
  for (let round = 0; round < 2000; round++) {
    const history: DurationHistory = {
      count: 1 + Math.floor(random() * 40),
      mean: random() * 40 - 5,
      variance: random() < 0.2 ? 0 : random() * 9,
    }
    const minInterval = random() < 0.2 ? 0 : random() * 5000
    const elapsed = random() ** 4 * 1e7
    const known = random() < 0.2 ? undefined : history
    const delay = nextPoll(known, elapsed, { minInterval, random })
    expect(delay).toBeGreaterThanOrEqual(minInterval)
    expect(delay).toBeLessThanOrEqual(30_000)
  }
})

test('polls are rare before most tasks end, and rarer for a late task', () => {
  const history = historyOf(durations(20, 20, seeded(4)))
  const polls: number[] = []
  for (let elapsed = 0; elapsed < 900_000; polls.push(elapsed)) {
    elapsed += nextPoll(history, elapsed, { minInterval: 250, random: () => 0 })
  }
  const pollsWithin = (from: number, to: number): number =>
    polls.filter((time) => time >= from && time < to).length
  expect(pollsWithin(0, 12_000)).toBeGreaterThanOrEqual(1)
  expect(pollsWithin(0, 12_000)).toBeLessThanOrEqual(4)
  expect(pollsWithin(18_000, 23_000)).toBeGreaterThan(5)
  expect(pollsWithin(60_000, 120_000)).toBeLessThan(10)
  expect(pollsWithin(600_000, 900_000)).toBeLessThan(13)
})
