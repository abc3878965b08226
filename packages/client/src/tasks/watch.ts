import { ApikleyError, type ApikleyErrorKind } from '../errors.ts'
import type { Clock } from '../runtime.ts'
import { sleep } from '../transport/abort.ts'
import type { GetTask } from './get.ts'
import { pollDelay } from './schedule.ts'
import { hasEnded, type Task } from './task.ts'

export interface WatchOptions {
  readonly signal?: AbortSignal | undefined
}

/** Gives a task each time its state has changed, the last time when it has ended. Leaving the loop early stops the polling. */
export type WatchTask = (taskId: string, options?: WatchOptions) => AsyncGenerator<Task, void, undefined>

export interface Polling {
  readonly clock: Clock
  readonly random: () => number
  /** In ms. */
  readonly minInterval: number
}

/** A new task may be unknown to the service for a while, in ms. */
const notVisibleYet = 90_000

/** So many looks in a row may fail, each with retries of its own. */
const patience = 6

export function createWatch(get: GetTask, { clock, random, minInterval }: Polling): WatchTask {
  return async function* watch(taskId, { signal } = {}) {
    const started = clock.now()
    let state: string | undefined
    let failures = 0
    for (;;) {
      let atLeast = 0
      const task = await get(taskId, { signal }).catch((error: unknown) => {
        const isNew = ApikleyError.is(error) && error.kind === 'not-found' && clock.now() - started < notVisibleYet
        if (!isNew && (!isPassing(error) || ++failures > patience)) throw error
        atLeast = error.retryAfter ?? 0
      })
      if (task) {
        failures = 0
        if (task.state !== state) yield task
        if (hasEnded(task)) return
        state = task.state
      }
      const delay = pollDelay(clock.now() - started, minInterval, random)
      await sleep(clock, Math.max(delay, atLeast), signal)
    }
  }
}

const passing: ReadonlySet<ApikleyErrorKind> = new Set(['connection', 'server', 'rate-limited', 'maintenance', 'unexpected-response'])

function isPassing(error: unknown): error is ApikleyError {
  if (!ApikleyError.is(error)) return false
  // A refusal that is not the service's own, but of something in between.
  return passing.has(error.kind) || (error.kind === 'rejected' && error.code === undefined)
}
