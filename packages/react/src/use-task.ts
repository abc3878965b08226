'use client'

import type { ApikleyError, Task } from '@apikley/client'
import { useQuery, type SkipToken } from '@tanstack/react-query'
import { knownError } from './known-error.ts'
import { useApikley } from './provider.tsx'
import { taskOptions, type TaskOptions } from './task-options.ts'

/** A task as it is waited for. */
export type TaskQueryState =
  /** There is no id yet. */
  | { readonly status: 'idle' }
  /** `task` is there after the first look at it. */
  | { readonly status: 'pending'; readonly task: Task | undefined }
  | { readonly status: 'success'; readonly task: Task; readonly urls: readonly string[] }
  | {
      readonly status: 'error'
      readonly error: ApikleyError
      readonly task: Task | undefined
      /** Waits again, which helps after a `timeout`, and after a line that broke. */
      readonly resume: () => void
    }

/**
 * Waits for a task by its id and follows its states, while the page is seen. Components with the same id share the waiting; the last one that leaves
 * ends it.
 *
 * @param taskId nothing, or TanStack's `skipToken`, as long as there is none
 * @example
 * const state = useTask(taskId)
 * if (state.status === 'success') return <img src={state.urls[0]} />
 */
export function useTask(taskId: string | undefined | SkipToken, options?: TaskOptions): TaskQueryState {
  const client = useApikley()
  const enabled = typeof taskId === 'string'
  const { data: task, error, refetch } = useQuery({ ...taskOptions(client, enabled ? taskId : '', options), enabled, throwOnError: false })
  if (!enabled) return { status: 'idle' }
  if (error) return { status: 'error', error: knownError(error), task, resume: () => void refetch() }
  return task?.state === 'success' ? { status: 'success', task, urls: task.urls } : { status: 'pending', task }
}
