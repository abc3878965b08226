import { longest, shortest } from './check-history.ts'
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

/**
 * A task that takes so many times as long as one that was created after it holds that one up no
 * longer.
 */
const muchLonger = 3

/**
 * Of tasks that run side by side the quickest end first. Were they counted as they end, all would
 * seem to be quick, and the next ones slow. So they are counted in the order in which they were
 * created.
 */
export function createDurations(given: PollingHistory = {}): Durations {
  const known = new Map(Object.entries(given))
  const running = new Map<string, RunningTask[]>()

  function count(model: string, duration: number): void {
    if (duration >= shortest && duration <= longest && (known.has(model) || known.size < most)) {
      known.set(model, learn(known.get(model), duration))
    }
  }

  return {
    of: (model) => (model === undefined ? undefined : known.get(model)),

    began(model, now) {
      const task: RunningTask = { created: now }
      const queue = running.get(model) ?? []
      running.set(model, queue)
      if (queue.push(task) > most) {
        drop(queue)
      }
      return task
    },

    ended(model, duration, now, task) {
      const queue = running.get(model)
      if (!task || task.counted || !queue) {
        return count(model, duration)
      }
      task.duration = duration
      for (let [first] = queue; first; [first] = queue) {
        if (first.duration === undefined && !(now - first.created > muchLonger * duration)) {
          break
        }
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
  if (first) {
    first.counted = true
  }
}
