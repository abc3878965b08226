import { ApikleyError } from '../errors.ts'
import type { DurationHistory, PollingHistory } from './history.ts'

/** What a duration may be, in ms. The clocks of whoever says otherwise cannot be trusted. */
export const shortest = 1
export const longest: number = 7 * 24 * 3_600_000

/** @throws {ApikleyError} `configuration` when `given` is not what `pollingHistory()` gave. */
export function checkHistory(given: PollingHistory = {}): void {
  for (const [model, entry] of Object.entries(given)) {
    if (!isHistory(entry)) {
      throw new ApikleyError({
        kind: 'configuration',
        message: `polling.history[${JSON.stringify(model)}] is not what tasks.pollingHistory() gave.`,
      })
    }
  }
}

function isHistory(entry: unknown): boolean {
  const { count, mean, variance, stray }: { readonly [field in keyof DurationHistory]?: unknown } =
    Object(entry)
  const usual = Math.exp(Number(mean))
  // A little more, because a logarithm is not exact.
  const within = usual > shortest / 2 && usual < longest * 2
  return (
    within &&
    Number(count) >= 1 &&
    Number(variance) >= 0 &&
    [count, mean, variance].every(Number.isFinite) &&
    typeof stray === 'boolean'
  )
}
