import { ApikleyError } from '../errors.ts'

/**
 * How long tasks of one model took: their number, and mean and variance of the natural logarithm of
 * their durations in ms.
 */
export interface DurationHistory {
  /** At most 10. */
  readonly count: number
  readonly mean: number
  readonly variance: number
}

/**
 * The durations that a client has learned, by model. Plain data: store it as JSON and pass it to
 * the next client as `polling.history`.
 */
export type PollingHistory = Readonly<Record<string, DurationHistory>>

export interface NextPollOptions {
  /** The shortest time between two polls of a task, in ms. Default: 2,000. */
  readonly minInterval?: number | undefined
  /** Uniform in [0, 1), for the jitter. Default: `Math.random`. */
  readonly random?: (() => number) | undefined
  /**
   * Whether a callback is expected to report the end, so that polls only guard against its loss.
   * Default: false.
   */
  readonly callback?: boolean | undefined
}

/** The longest interval of the documented schedule. */
const MAX_INTERVAL_MS = 30_000

/** The longest interval while a callback is expected. */
const MAX_GUARD_INTERVAL_MS = 60_000

/** Most tasks end within this many standard deviations of the mean. */
const WINDOW_DEVIATIONS = 1.75

/** A duration further from the mean than this counts as one at this distance. */
const OUTLIER_DEVIATIONS = 5

/** Polls per standard deviation while tasks usually end. */
const POLLS_PER_DEVIATION = 5

/** A task that is later than all others is polled each time this share of its age has passed. */
const LATE_INTERVAL_SHARE = 1 / 8

/** Older tasks lose weight after this many. */
const MAX_COUNT = 10

/** The standard deviation that is assumed of a model after its first task. */
const UNKNOWN_DEVIATION = 0.3

const MIN_DURATION_MS = 1
const MAX_DURATION_MS = 7 * 24 * 3_600_000

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
 * Where a callback is expected: not before the window has ended, nor within 30 s, and then each time
 * the age has doubled, at most 60 s apart.
 *
 * No interval is shorter than `minInterval`, and none without a callback is longer than 30 s.
 *
 * @param history from `tasks.pollingHistory()`, for the model of the task
 * @example
 * const delay = nextPoll(apikley.tasks.pollingHistory()['ideogram/v3-reframe'], 12_000)
 */
export function nextPoll(
  history: DurationHistory | undefined,
  elapsed: number,
  { minInterval = 2000, random = Math.random, callback = false }: NextPollOptions = {},
): number {
  const delay = Math.max(
    minInterval,
    history ? learnedInterval(history, elapsed, random) : documentedInterval(elapsed, random),
  )
  if (!callback) {
    return delay
  }
  const closes = history ? windowOf(history).closes : 0
  const guard = Math.min(elapsed, MAX_GUARD_INTERVAL_MS)
  return Math.max(delay, MAX_INTERVAL_MS, guard, closes - elapsed)
}

function documentedInterval(elapsed: number, random: () => number): number {
  if (elapsed < 30_000) {
    return 2000 + random() * 1000
  }
  if (elapsed < 120_000) {
    return 5000 + random() * 5000
  }
  return 15_000 + random() * 15_000
}

function learnedInterval(history: DurationHistory, elapsed: number, random: () => number): number {
  const { opens, closes, deviation } = windowOf(history)
  let interval = elapsed * LATE_INTERVAL_SHARE
  if (elapsed < opens / 3) {
    interval = opens / 3 - elapsed
  } else if (elapsed < opens) {
    interval = opens - elapsed
  } else if (elapsed < closes) {
    interval = deviation / POLLS_PER_DEVIATION
  }
  // Up to 10 % later, so that clients that started together spread out.
  return Math.min(interval * (1 + random() / 10), MAX_INTERVAL_MS)
}

/** When most tasks of a model end, in ms after their creation. */
function windowOf(history: DurationHistory): {
  readonly opens: number
  readonly closes: number
  readonly deviation: number
} {
  const usual = Math.exp(history.mean)
  const deviation = deviationOf(history)
  const width = WINDOW_DEVIATIONS * deviation
  return {
    opens: usual * Math.exp(-width),
    closes: usual * Math.exp(width),
    deviation: usual * deviation,
  }
}

/** The standard deviation of the logarithm, larger while few tasks are known. */
function deviationOf({ count, variance }: DurationHistory): number {
  return Math.sqrt(variance + UNKNOWN_DEVIATION ** 2 / count)
}

/**
 * The history with one more duration. Mean and variance follow B. P. Welford (Technometrics 4,
 * 1962), and the newest task never weighs less than 1/10, so a model that changes is learned again.
 *
 * @param duration in ms; a duration that cannot be right is ignored
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
  // One task that is far from all others must not count for more than one at the edge.
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
    if (!isHistory(entry)) {
      throw new ApikleyError({
        kind: 'configuration',
        message: `polling.history[${JSON.stringify(model)}] is not from tasks.pollingHistory().`,
      })
    }
  }
}

function isHistory(entry: unknown): boolean {
  const { count, mean, variance }: { readonly [field in keyof DurationHistory]?: unknown } =
    Object(entry)
  const usual = Math.exp(Number(mean))
  return (
    [count, mean, variance].every(Number.isFinite) &&
    Number(count) >= 1 &&
    Number(variance) >= 0 &&
    // A logarithm is not exact.
    usual > MIN_DURATION_MS / 2 &&
    usual < MAX_DURATION_MS * 2
  )
}
