import { deviation, far, type DurationHistory } from './history.ts'

export interface NextPollOptions {
  /**
   * The shortest time between two looks, in ms; it also says how dear a look is. Default: 2,000.
   */
  readonly minInterval?: number | undefined
  /** Evenly distributed in [0, 1), for the jitter. Default: `Math.random`. */
  readonly random?: (() => number) | undefined
  /**
   * Whether a callback will most likely tell of the end, so that looks only guard against its loss.
   * Default: false.
   */
  readonly callback?: boolean | undefined
}

/**
 * How long to wait before the next look at a task, in ms, `elapsed` ms after it was created.
 *
 * Without a history: what Apikley documents, every 2 to 3 s for 30 s, every 5 to 10 s until 2 min,
 * then every 15 to 30 s.
 *
 * With one: until so much lateness is to be expected as a look is worth. This is the inspection
 * problem of reliability theory. Each look costs `c`, and each ms between the end of a task and the
 * look that finds it costs 1. Where tasks end at the rate `h`, a gap `g` costs `c / g` for looks
 * and `g h / 2` for lateness, least at `g = sqrt(2 c / h)`; there, the lateness to be expected
 * within the gap, `h g² / 2`, is just `c`. Stated like that the rule also serves where the rate
 * changes within a gap: add up the chance that the task has ended until it comes to `c`. Little is
 * asked while little can be expected, most where tasks usually end, and less and less of a task
 * that is later than all others.
 *
 * With a callback on its way: not before nearly all tasks of the model have ended, nor within 30 s;
 * after that, each time when as much time again has passed, a minute at the most. A look costs
 * nothing but the request, and a callback that got lost would otherwise double the time of a long
 * task.
 *
 * Source: R. E. Barlow, L. C. Hunter, F. Proschan, "Optimum Checking Procedures", J. SIAM 11
 * (1963); J. B. Keller, "Optimum checking schedules for systems subject to random failure",
 * Management Science 21 (1974), for the gap as a function of the rate.
 *
 * @param history from `tasks.pollingHistory()`, for the task's model
 * @example
 * const gap = nextPoll(apikley.tasks.pollingHistory()['ideogram/v3-reframe'], 12_000)
 */
export function nextPoll(
  history: DurationHistory | undefined,
  elapsed: number,
  options: NextPollOptions = {},
): number {
  const gap = unaided(history, elapsed, options)
  if (!options.callback) {
    return gap
  }
  const latest = history ? Math.exp(history.mean + far * deviation(history)) : 0
  return Math.max(gap, longestGap, Math.min(elapsed, longestGuard), latest - elapsed)
}

/** The gap where nothing but looks tells of the end. */
function unaided(
  history: DurationHistory | undefined,
  elapsed: number,
  { minInterval = 2000, random = Math.random }: NextPollOptions,
): number {
  if (!history) {
    const [shortest, longest] =
      elapsed < 30_000 ? [2000, 3000] : elapsed < 120_000 ? [5000, 10_000] : [15_000, 30_000]
    return Math.max(minInterval, shortest + random() * (longest - shortest))
  }
  // Who sets a long interval finds looks dear; and of a task of minutes nobody notices the lateness
  // of a task of seconds.
  const cost = Math.max(leastCost, minInterval / 16, elapsed / 650)
  const step = Math.max(cost / 16, (Math.exp(history.mean) + elapsed) / 400)
  const unfinished = unfinishedAfter(history)
  const open = unfinished(elapsed)
  let gap = 0
  for (let lateness = 0; lateness < cost && gap < longestGap; gap += step) {
    lateness += (1 - unfinished(elapsed + gap + step) / open) * step
  }
  // Earlier rather than later, so that clients that began together part.
  return Math.max(minInterval, Math.min(gap, longestGap) * (1 - random() / 10))
}

/** What a look costs at least, in ms of lateness. */
const leastCost = 5

/** In ms; the longest that the documented schedule has. */
const longestGap = 30_000

/** The longest between two looks that guard against the loss of a callback, in ms. */
const longestGuard = 60_000

/**
 * The share of tasks that still run so many ms after they were created. The logarithm of a duration
 * is taken to lie around its mean: flatly in between and with steep edges, as what has an upper and
 * a lower limit does, by a logistic curve with a cubic term. Some tasks are not like those before,
 * for instance because the model has become faster: they end anywhere around the usual time, over
 * several powers of ten. They are why there are early looks, and looks that thin out in the end.
 */
export function unfinishedAfter(history: DurationHistory | undefined): (elapsed: number) => number {
  if (!history) {
    return (elapsed) => 1 / (1 + elapsed / 10_000)
  }
  const usual = Math.exp(history.mean)
  const spread = deviation(history)
  const unlike = history.stray ? 0.3 : 0.01
  return (elapsed) => {
    const away = Math.log(elapsed / usual) / spread
    return (
      (1 - unlike) / (1 + Math.exp(1.1 * away + 0.4 * away * away * away)) +
      unlike / (1 + elapsed / usual)
    )
  }
}
