import { learn, type DurationHistory } from '../src/tasks/schedule.ts'
import { nextPoll } from '../src/tasks/schedule.ts'

/** What it costs to wait for a task, or for several on average. */
export interface Cost {
  readonly requests: number
  /** Between the end of the task and the look that finds it, in ms. */
  readonly lateness: number
}

/** Tasks that take `seconds` +/- 25 %, in ms. */
export function durations(seconds: number, count: number, random: () => number): number[] {
  return Array.from({ length: count }, () => seconds * 1000 * (0.75 + random() / 2))
}

/** Looks at a task of `duration` ms, `gapAfter(elapsed)` after each other, until it has ended. */
export function follow(duration: number, gapAfter: (elapsed: number) => number): Cost {
  let elapsed = 0
  let requests = 0
  for (; elapsed < duration; requests++) {
    elapsed += gapAfter(elapsed)
  }
  return { requests, lateness: elapsed - duration }
}

/** What each of `tasks` costs, when every one is learned from, and so were those `known` before. */
export function costs(
  known: readonly number[],
  tasks: readonly number[],
  minInterval: number,
  random: () => number,
): Cost[] {
  let history = known.reduce<DurationHistory | undefined>(learn, undefined)
  return tasks.map((duration) => {
    const cost = follow(duration, (elapsed) => nextPoll(history, elapsed, { minInterval, random }))
    history = learn(history, duration)
    return cost
  })
}

/**
 * What Apikley documents: every 2 to 3 s for 30 s, every 5 to 10 s until 2 min, then every 15 to 30
 * s.
 */
export function documented(elapsed: number, random: () => number): number {
  if (elapsed < 30_000) {
    return 2000 + random() * 1000
  }
  return elapsed < 120_000 ? 5000 + random() * 5000 : 15_000 + random() * 15_000
}

export function mean(all: readonly Cost[]): Cost {
  const average = (of: (cost: Cost) => number): number =>
    all.reduce((sum, cost) => sum + of(cost), 0) / all.length
  return {
    requests: average(({ requests }) => requests),
    lateness: average(({ lateness }) => lateness),
  }
}
