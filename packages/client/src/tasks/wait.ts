import { ApikleyError } from '../errors.ts'
import type { Clock } from '../runtime.ts'
import { advice } from '../transport/advice.ts'
import { createDeadline } from '../transport/abort.ts'
import type { Task } from './task.ts'
import type { WatchTask } from './watch.ts'

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined
  /** How long to wait, in ms. Default: 15 min. */
  readonly timeout?: number | undefined
  /** Called each time the task's state has changed. */
  readonly onUpdate?: ((task: Task) => void) | undefined
}

export type WaitForTask = (taskId: string, options?: WaitOptions) => Promise<Task>

export const defaultTimeout = 900_000

export function createWait(watch: WatchTask, clock: Clock): WaitForTask {
  return async (taskId, { signal, timeout = defaultTimeout, onUpdate } = {}) => {
    const deadline = createDeadline(clock, timeout, () => stillRunning(taskId, timeout), signal)
    try {
      let last: Task | undefined
      for await (const task of watch(taskId, { signal: deadline.signal })) {
        onUpdate?.(task)
        last = task
      }
      return succeeded(taskId, last)
    } finally {
      deadline.release()
    }
  }
}

export function stillRunning(taskId: string, timeout: number): ApikleyError {
  const minutes = Math.round(timeout / 6000) / 10
  const message = `Task ${taskId} is still running after ${minutes} min; call tasks.wait(${JSON.stringify(taskId)}) to keep waiting.`
  return new ApikleyError({ kind: 'timeout', taskId, message })
}

function succeeded(taskId: string, task: Task | undefined): Task {
  if (task?.state === 'success') return task
  const { failCode, failMsg } = task ?? {}
  const why = [failMsg, failCode && `(${failCode})`].filter(Boolean).join(' ') || 'the service gives no reason'
  throw new ApikleyError({
    kind: 'task-failed',
    taskId,
    failCode,
    failMsg,
    message: `Task ${taskId} failed: ${why}. ${advice('task-failed')}`,
  })
}
