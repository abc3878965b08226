import { misconfigured } from '../errors.ts'

/** The durations of tasks of one model: mean and variance of the natural logarithm of the ms. */
export interface DurationHistory {
  /** At most 10. */
  readonly count: number
  readonly mean: number
  readonly variance: number
}

/** The durations by model, as plain data for JSON and for `polling.history` of a later client. */
export type PollingHistory = Readonly<Record<string, DurationHistory>>

export interface NextPollOptions {
  /** The shortest time between two polls of a task, in ms. Default: 2,000. */
  readonly minInterval?: number | undefined
  /** Uniform in [0, 1), for the jitter. Default: `Math.random`. */
  readonly random?: (() => number) | undefined
  /** Whether a callback is expected to report the end. Default: false. */
  readonly callback?: boolean | undefined
}

/** The longest interval, without and with an expected callback. */
const MAX_INTERVAL_MS = 30_000
const MAX_GUARD_INTERVAL_MS = 60_000

/** Most tasks end within this many standard deviations of the mean: the window. */
const WINDOW_DEVIATIONS = 1.75

/** Polls per standard deviation in the window. */
const POLLS_PER_DEVIATION = 5

/** After the window a task is polled each time its age has grown by this share. */
const LATE_INTERVAL_SHARE = 1 / 8

/** The shortest time between two polls of a task. */
export const DEFAULT_MIN_INTERVAL_MS = 2000

/** A duration further from the mean than this counts as one at this distance. */
const OUTLIER_DEVIATIONS = 5

/** The newest task never weighs less than one of this many, so a changed model is learned again. */
const MAX_COUNT = 10

/** The standard deviation that is assumed of a model after its first task. */
const UNKNOWN_DEVIATION = 0.3

/** Other durations are not credible. `MAX_MEAN` is above the logarithm of 7 days. */
const MIN_DURATION_MS = 1
const MAX_DURATION_MS = 7 * 24 * 3_600_000
const MAX_MEAN = 21

/**
 * The delay before the next poll of a task, in ms, `elapsed` ms after it was created.
 *
 * Without a history it is what Apikley documents: 2 to 3 s for the first 30 s, 5 to 10 s until
 * 2 min, then 15 to 30 s. With a history, most tasks end in a window around the mean:
 *
 * - before the window: one poll at a third of the time until it opens, then one when it opens
 * - in the window: five polls per standard deviation
 * - after the window: one poll each time the age has grown by an eighth
 *
 * No interval is shorter than `minInterval` or longer than 30 s. If a callback is expected, the
 * first poll is after the window and after 30 s. Later polls are each time the age has doubled, at
 * most 60 s apart.
 *
 * @param history from `tasks.pollingHistory()`, for the model of the task
 * @example
 * const delay = nextPoll(apikley.tasks.pollingHistory()['ideogram/v3-reframe'], 12_000)
 */
export function nextPoll(
  history: DurationHistory | undefined,
  elapsed: number,
  {
    minInterval = DEFAULT_MIN_INTERVAL_MS,
    random = Math.random,
    callback = false,
  }: NextPollOptions = {},
): number {
  const [shortest, longest] = history ? learnedRange(history, elapsed) : documentedRange(elapsed)
  const interval = Math.min(shortest + random() * (longest - shortest), MAX_INTERVAL_MS)
  const delay = Math.max(minInterval, interval)
  if (!callback) {
    return delay
  }
  const closes = history ? windowOf(history).closes : 0
  const guard = Math.min(elapsed, MAX_GUARD_INTERVAL_MS)
  return Math.max(delay, MAX_INTERVAL_MS, guard, closes - elapsed)
}

type Range = readonly [shortest: number, longest: number]

function documentedRange(elapsed: number): Range {
  if (elapsed < 30_000) {
    return [2000, 3000]
  }
  return elapsed < 120_000 ? [5000, 10_000] : [15_000, 30_000]
}

function learnedRange(history: DurationHistory, elapsed: number): Range {
  const { opens, closes } = windowOf(history)
  let interval = elapsed * LATE_INTERVAL_SHARE
  if (elapsed < opens / 3) {
    interval = opens / 3 - elapsed
  } else if (elapsed < opens) {
    interval = opens - elapsed
  } else if (elapsed < closes) {
    interval = (deviationOf(history) * Math.exp(history.mean)) / POLLS_PER_DEVIATION
  }
  // Up to 10 % later, so that clients that started together spread out.
  return [interval, interval * 1.1]
}

/** When most tasks of a model end, in ms after their creation. */
function windowOf(history: DurationHistory): { readonly opens: number; readonly closes: number } {
  const width = WINDOW_DEVIATIONS * deviationOf(history)
  return { opens: Math.exp(history.mean - width), closes: Math.exp(history.mean + width) }
}

/** The standard deviation of the logarithm, larger while few tasks are known. */
function deviationOf({ count, variance }: DurationHistory): number {
  return Math.sqrt(variance + UNKNOWN_DEVIATION ** 2 / count)
}

/**
 * The history with one more duration in ms. A duration that is not credible is ignored. Mean and
 * variance follow B. P. Welford (Technometrics 4, 1962).
 */
export function learn(
  history: DurationHistory | undefined,
  duration: number,
): DurationHistory | undefined {
  if (!(duration >= MIN_DURATION_MS && duration <= MAX_DURATION_MS)) {
    return history
  }
  const value = Math.log(duration)
  if (!history) {
    return { count: 1, mean: value, variance: 0 }
  }
  const edge = OUTLIER_DEVIATIONS * deviationOf(history)
  const delta = Math.max(-edge, Math.min(edge, value - history.mean))
  const count = Math.min(history.count + 1, MAX_COUNT)
  return {
    count,
    mean: history.mean + delta / count,
    variance: (1 - 1 / count) * (history.variance + delta ** 2 / count),
  }
}

/** @throws {ApikleyError} `configuration` for data that `pollingHistory()` did not return */
export function checkHistory(history: PollingHistory = {}): void {
  for (const [model, entry] of Object.entries(history)) {
    const { count = 0, mean = 0, variance = 0 }: Partial<DurationHistory> = Object(entry)
    const isValid =
      [count, mean, variance].every(Number.isFinite) &&
      count >= 1 &&
      variance >= 0 &&
      Math.abs(mean) <= MAX_MEAN
    if (!isValid) {
      throw misconfigured(
        `polling.history[${JSON.stringify(model)}] is not from tasks.pollingHistory().`,
      )
    }
  }
}
