import type { ApikleyError } from '../errors.ts'
import { emit } from '../events.ts'
import { raceAbort, throwIfAborted, toAborted } from '../http/abort.ts'
import { checkOptions, checkTaskId } from '../http/check-options.ts'
import type { Poller } from './poller.ts'
import { stillRunning, taskFailed } from './task-errors.ts'
import { hasEnded, type Task } from './task.ts'

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined
  /** How long to wait, in ms. Default: 15 min. */
  readonly timeout?: number | undefined
  /** Called with the task each time its state has changed. Its errors are ignored. */
  readonly onUpdate?: ((task: Task) => void) | undefined
  /** Called after each poll, with its error if it failed and is retried. Its errors are ignored. */
  readonly onPoll?: ((error: ApikleyError | undefined) => void) | undefined
}

export type WaitForTask = (taskId: string, options?: WaitOptions) => Promise<Task>

/** @param total the timeout that an error names, if a part of it has passed already */
export type WaitWithin = (taskId: string, options?: WaitOptions, total?: number) => Promise<Task>

export const DEFAULT_TIMEOUT_MS = 900_000

/** @param redact removes the API key from texts of the service */
export function createWait(poller: Poller, redact: (text: string) => string): WaitWithin {
  return async (taskId, options, total) => {
    const { signal, timeout = DEFAULT_TIMEOUT_MS, onUpdate, onPoll } = checkOptions(options)
    checkTaskId(taskId)
    let unsubscribe = (): void => {}
    try {
      throwIfAborted(signal)
      const result = new Promise<Task>((resolve, reject) => {
        unsubscribe = poller.subscribe(taskId, {
          timeout,
          onTask(task) {
            emit(onUpdate, task)
            if (task.state === 'success') {
              resolve(task)
            } else if (hasEnded(task)) {
              reject(taskFailed(task, redact))
            }
          },
          onPoll: (error) => emit(onPoll, error),
          onError: reject,
          onTimeout: (failure, task) =>
            reject(stillRunning(taskId, total ?? timeout, failure, task)),
        })
      })
      return await raceAbort(result, signal)
    } catch (error) {
      throw toAborted(error, signal, { taskId })
    } finally {
      unsubscribe()
    }
  }
}
