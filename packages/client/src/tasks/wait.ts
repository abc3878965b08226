import { ApikleyError } from '../errors.ts'
import { tell } from '../events.ts'
import { advice } from '../transport/advice.ts'
import type { KeyRing } from '../transport/fetch.ts'
import type { Poller } from './poller.ts'
import { hasEnded, type Task } from './task.ts'

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined
  /** How long to wait, in ms. Default: 15 min. */
  readonly timeout?: number | undefined
  /** Called each time the task's state has changed. What it throws is ignored. */
  readonly onUpdate?: ((task: Task) => void) | undefined
}

export type WaitForTask = (taskId: string, options?: WaitOptions) => Promise<Task>

/** A wait whose end in time is told by the one who began it, perhaps before. */
export type FollowToEnd = (
  taskId: string,
  options: WaitOptions,
  onTimeout: (failure: ApikleyError | undefined) => ApikleyError,
) => Promise<Task>

/** @param waited how much of its time the call has spent already, in ms */
export type TimedWait = (taskId: string, options?: WaitOptions, waited?: number) => Promise<Task>

export const defaultTimeout = 900_000

export function createWait(followToEnd: FollowToEnd): TimedWait {
  return async (taskId, { signal, timeout = defaultTimeout, onUpdate } = {}, waited = 0) => {
    checkTimeout(timeout)
    return followToEnd(
      taskId,
      { signal, timeout: Math.max(0, timeout - waited), onUpdate },
      (failure) => stillRunning(taskId, timeout, failure),
    )
  }
}

export function createFollowToEnd(follow: Poller['follow'], { redact }: KeyRing): FollowToEnd {
  return (taskId, { onUpdate, ...options }, onTimeout) =>
    new Promise((resolve, reject) => {
      follow(taskId, {
        ...options,
        onTimeout,
        onTask(task) {
          tell(onUpdate, task)
          if (task.state === 'success') {
            resolve(task)
          } else if (hasEnded(task)) {
            reject(
              failed(
                taskId,
                redact(String(task.failCode ?? '')),
                redact(String(task.failMsg ?? '')),
              ),
            )
          }
        },
        onError: reject,
      })
    })
}

/** @throws {ApikleyError} `configuration` */
export function checkTimeout(timeout: number): void {
  if (typeof timeout !== 'number' || !(timeout >= 0)) {
    throw new ApikleyError({
      kind: 'configuration',
      message: `timeout should be a number of milliseconds, not ${timeout}`,
    })
  }
}

/**
 * @param failure why the last look failed: then nobody knows whether the task runs, nor, if it is
 * unknown, whether there is one
 */
export function stillRunning(
  taskId: string,
  timeout: number,
  failure?: ApikleyError,
): ApikleyError {
  const now = !failure
    ? 'is still running'
    : failure.kind === 'not-found'
      ? 'is not known to the service'
      : 'could not be looked at'
  const why = failure && failure.kind !== 'not-found' ? ` The last look: ${failure.message}` : ''
  const waited = timeout < 60_000 ? `${timeout / 1000} s` : `${Math.round(timeout / 6000) / 10} min`
  const message = `Task ${taskId} ${now} after ${waited}; call tasks.wait(${JSON.stringify(taskId)}) to keep waiting.${why}`
  return new ApikleyError({ kind: 'timeout', taskId, cause: failure, message })
}

function failed(taskId: string, failCode: string, failMsg: string): ApikleyError {
  const why =
    [failMsg, failCode && `(${failCode})`].filter(Boolean).join(' ') ||
    'the service gives no reason'
  return new ApikleyError({
    kind: 'task-failed',
    taskId,
    failCode: failCode || undefined,
    failMsg: failMsg || undefined,
    message: `Task ${taskId} failed: ${why}. ${advice('task-failed')}`,
  })
}
