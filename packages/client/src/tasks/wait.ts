import { ApikleyError } from '../errors.ts'
import { emit } from '../events.ts'
import { raceAbort, toAborted } from '../http/abort.ts'
import { advice } from '../http/messages.ts'
import { checkTimeout } from './create.ts'
import type { Poller } from './poller.ts'
import { hasEnded, readText, type Task } from './task.ts'

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined
  /** How long to wait, in ms. Default: 15 min. */
  readonly timeout?: number | undefined
  /** Called with the task each time its state has changed. Its errors are ignored. */
  readonly onUpdate?: ((task: Task) => void) | undefined
}

export type WaitForTask = (taskId: string, options?: WaitOptions) => Promise<Task>

/** @param total the timeout that an error names, if a part of it has passed already */
export type WaitWithin = (taskId: string, options?: WaitOptions, total?: number) => Promise<Task>

export const DEFAULT_TIMEOUT_MS = 900_000

/** @param redact removes the API key from texts of the service */
export function createWait(poller: Poller, redact: (text: string) => string): WaitWithin {
  return async (taskId, options = {}, total = options.timeout ?? DEFAULT_TIMEOUT_MS) => {
    const { signal, timeout = DEFAULT_TIMEOUT_MS, onUpdate } = options
    checkTimeout(timeout)
    let unsubscribe = (): void => {}
    try {
      signal?.throwIfAborted()
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
          onError: reject,
          onTimeout: (failure) => reject(stillRunning(taskId, total, failure)),
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

/** @param failure the error of the last poll: the state of the task is then unknown */
export function stillRunning(
  taskId: string,
  timeout: number,
  failure?: ApikleyError,
): ApikleyError {
  let state = 'is still running'
  let why = ''
  if (failure?.kind === 'not-found') {
    state = 'is unknown to the service'
  } else if (failure) {
    state = 'could not be read'
    why = ` The last poll: ${failure.message}`
  }
  const waited = timeout < 60_000 ? `${timeout / 1000} s` : `${Math.round(timeout / 6000) / 10} min`
  const next = `call tasks.wait(${JSON.stringify(taskId)}) to keep waiting.`
  const message = `Task ${taskId} ${state} after ${waited}; ${next}${why}`
  return new ApikleyError({ kind: 'timeout', taskId, cause: failure, message })
}

function taskFailed({ taskId, ...task }: Task, redact: (text: string) => string): ApikleyError {
  // `tasks.notify` accepts tasks that a caller has made, so the fields may have other types.
  const read = (value: unknown): string | undefined => redact(readText(value) ?? '') || undefined
  const [failCode, failMsg] = [read(task.failCode), read(task.failMsg)]
  const why = [failMsg, failCode && `(${failCode})`].filter(Boolean).join(' ')
  const reason = why || 'the service gives no reason'
  const { creditsConsumed } = task
  const cost = creditsConsumed === 0 ? ' Nothing was charged.' : ''
  const message = `Task ${taskId} failed: ${reason}. ${advice('task-failed')}${cost}`
  const data = { taskId, failCode, failMsg, creditsConsumed }
  return new ApikleyError({ ...data, kind: 'task-failed', message })
}
