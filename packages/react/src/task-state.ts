import type { ApikleyError, Task } from '@apikley/client'
import type { QueryObserverResult } from '@tanstack/react-query'
import type { AnyResult, PendingTask } from './run-types.ts'

/** The state of a wait for a task. */
export type TaskQueryState =
  /** The id is not known yet. */
  | { readonly status: 'idle' }
  | ({ readonly status: 'pending' } & PendingTask)
  /** `text` is `''` if the model makes no text, and `object` is `{}` if it makes no object. */
  | ({ readonly status: 'success' } & AnyResult)
  | {
      readonly status: 'error'
      readonly error: ApikleyError
      readonly task: Task | undefined
      /** Waits again. This helps after `timeout` and after a lost connection. */
      readonly resume: () => void
    }

export type WaitState = Exclude<TaskQueryState, { readonly status: 'idle' }>

export function toWaitState(query: QueryObserverResult<Task, ApikleyError>): WaitState {
  const { data: task, error, refetch, fetchStatus, failureReason } = query
  // Hide the previous error during a refetch.
  if (error !== null && fetchStatus === 'idle') {
    return { status: 'error', error, task, resume: () => void refetch() }
  }
  if (task?.state !== 'success') {
    const isOffline = fetchStatus === 'paused'
    return { status: 'pending', task, lastPollError: failureReason ?? undefined, isOffline }
  }
  const { taskId, urls, text, object } = task
  return { status: 'success', taskId, urls, text, object, task }
}
