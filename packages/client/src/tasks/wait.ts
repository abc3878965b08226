import { ApikleyError } from '../errors.ts'
import { tell } from '../events.ts'
import { advice } from '../transport/advice.ts'
import { createDeadline } from '../transport/abort.ts'
import type { TransportConfig } from '../transport/fetch.ts'
import type { Task } from './task.ts'
import type { WatchTask } from './watch.ts'

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined
  /** How long to wait, in ms. Default: 15 min. */
  readonly timeout?: number | undefined
  /** Called each time the task's state has changed. What it throws is ignored. */
  readonly onUpdate?: ((task: Task) => void) | undefined
}

export type WaitForTask = (taskId: string, options?: WaitOptions) => Promise<Task>

export const defaultTimeout = 900_000

export function createWait(watch: WatchTask, { clock, key }: Pick<TransportConfig, 'clock' | 'key'>): WaitForTask {
  return async (taskId, { signal, timeout = defaultTimeout, onUpdate } = {}) => {
    checkTimeout(timeout)
    const deadline = createDeadline(clock, timeout, () => stillRunning(taskId, timeout), signal)
    try {
      let last: Task | undefined
      for await (const task of watch(taskId, { signal: deadline.signal })) {
        tell(onUpdate, task)
        last = task
      }
      if (last?.state === 'success') return last
      throw failed(taskId, key.redact(last?.failCode ?? ''), key.redact(last?.failMsg ?? ''))
    } finally {
      deadline.release()
    }
  }
}

/** @throws {ApikleyError} `configuration` */
export function checkTimeout(timeout: number): void {
  if (!(timeout >= 0))
    throw new ApikleyError({ kind: 'configuration', message: `timeout should be a number of milliseconds, not ${timeout}` })
}

export function stillRunning(taskId: string, timeout: number): ApikleyError {
  const waited = timeout < 60_000 ? `${timeout / 1000} s` : `${Math.round(timeout / 6000) / 10} min`
  const message = `Task ${taskId} is still running after ${waited}; call tasks.wait(${JSON.stringify(taskId)}) to keep waiting.`
  return new ApikleyError({ kind: 'timeout', taskId, message })
}

function failed(taskId: string, failCode: string, failMsg: string): ApikleyError {
  const why = [failMsg, failCode && `(${failCode})`].filter(Boolean).join(' ') || 'the service gives no reason'
  return new ApikleyError({
    kind: 'task-failed',
    taskId,
    failCode: failCode || undefined,
    failMsg: failMsg || undefined,
    message: `Task ${taskId} failed: ${why}. ${advice('task-failed')}`,
  })
}
