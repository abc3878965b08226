import { ApikleyError } from '../errors.ts'
import { isRecord } from '../transport/answer.ts'
import { learn, type DurationHistory, type PollingHistory } from './history.ts'

/** A task that this client created, from then until its duration is counted. */
export interface RunningTask {
  readonly created: number
  duration?: number
  counted?: boolean
}

/** What a client learns of how long tasks take. */
export interface Durations {
  of(model: string | undefined): DurationHistory | undefined
  began(model: string, now: number): RunningTask
  /** @param duration in ms; `NaN` when it says nothing about other tasks */
  ended(model: string, duration: number, now: number, running?: RunningTask): void
  toJSON(): PollingHistory
}

/** Models, and tasks of one, that are kept in mind. */
const most = 1000

/** What a duration may be, in ms. The clocks of whoever says otherwise cannot be trusted. */
const shortest = 1
const longest = 7 * 24 * 3_600_000

/** A task that takes so many times as long as one that was created after it holds that one up no longer. */
const muchLonger = 3

/**
 * Of tasks that run side by side the quickest end first. Were they counted as they end, all would seem to be quick, and the next ones slow. So they
 * are counted in the order in which they were created.
 *
 * @throws {ApikleyError} `configuration` when `given` is not what `pollingHistory()` gave.
 */
export function createDurations(given: PollingHistory = {}): Durations {
  const known = new Map<string, DurationHistory>()
  const running = new Map<string, RunningTask[]>()
  for (const [model, entry] of Object.entries(given)) {
    if (!isHistory(entry))
      throw new ApikleyError({
        kind: 'configuration',
        message: `polling.history[${JSON.stringify(model)}] is not what tasks.pollingHistory() gave.`,
      })
    known.set(model, entry)
  }

  function count(model: string, duration: number): void {
    if (duration >= shortest && duration <= longest && (known.has(model) || known.size < most))
      known.set(model, learn(known.get(model), duration))
  }

  return {
    of: (model) => (model === undefined ? undefined : known.get(model)),

    began(model, now) {
      const task: RunningTask = { created: now }
      const queue = running.get(model) ?? []
      running.set(model, queue)
      if (queue.push(task) > most) drop(queue)
      return task
    },

    ended(model, duration, now, task) {
      const queue = running.get(model)
      if (!task || task.counted || !queue) return count(model, duration)
      task.duration = duration
      for (let [first] = queue; first; [first] = queue) {
        if (first.duration === undefined && !(now - first.created > muchLonger * duration)) break
        drop(queue)
        count(model, first.duration ?? Number.NaN)
      }
    },

    toJSON: () => Object.fromEntries(known),
  }
}

/** The first is not waited for any more. Should it end after all, it is counted then. */
function drop(queue: RunningTask[]): void {
  const first = queue.shift()
  if (first) first.counted = true
}

function isHistory(entry: unknown): entry is DurationHistory {
  if (!isRecord(entry)) return false
  const { count, mean, variance, stray } = entry
  const usual = Math.exp(Number(mean))
  // A little more, because a logarithm is not exact.
  const within = usual > shortest / 2 && usual < longest * 2
  return (
    within && Number(count) >= 1 && Number(variance) >= 0 && [count, mean, variance].every(Number.isFinite) && typeof stray === 'boolean'
  )
}
