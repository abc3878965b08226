/**
 * How long tasks of one model took: their number, and mean and variance of the logarithm of their
 * durations in ms.
 */
export interface DurationHistory {
  /** Up to 40: of more, the older ones are gradually forgotten. */
  readonly count: number
  readonly mean: number
  readonly variance: number
  /**
   * The last task was far from all before. When the next one is too, the model has changed, and
   * they are forgotten.
   */
  readonly stray: boolean
}

/**
 * What a client has learned of its models. Plain data: keep it as JSON, and give it to the next
 * client as `polling.history`.
 */
export type PollingHistory = Readonly<Record<string, DurationHistory>>

const longestMemory = 40

/** So many standard deviations from the mean is far. */
export const far = 3

/** The standard deviation, with what a few tasks leave unknown of it and of the mean. */
export function deviation({ count, variance }: DurationHistory): number {
  return Math.sqrt(variance + 0.3 ** 2 / count)
}

/**
 * A history with one more task in it. Mean and variance as B. P. Welford counts them (Technometrics
 * 4, 1962), with the weight of the newest never below 1/40. A single task that is far from the
 * others moves them only as much as one at the edge would.
 */
export function learn(history: DurationHistory | undefined, duration: number): DurationHistory {
  const value = Math.log(duration)
  const first = { count: 1, mean: value, variance: 0, stray: false }
  if (!history) {
    return first
  }
  const edge = far * deviation(history)
  const stray = Math.abs(value - history.mean) > edge
  if (stray && history.stray) {
    return first
  }
  const delta = Math.max(-edge, Math.min(edge, value - history.mean))
  const count = Math.min(history.count + 1, longestMemory)
  const mean = history.mean + delta / count
  return { count, mean, variance: (1 - 1 / count) * (history.variance + delta ** 2 / count), stray }
}
