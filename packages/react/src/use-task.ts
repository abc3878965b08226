'use client'

import type { ApikleyError, Task } from '@apikley/client'
import { useQuery, type SkipToken } from '@tanstack/react-query'
import { taskOptions, type TaskOptions } from './options.ts'
import { useApikley } from './provider.ts'
import type { AnyResult } from './run-types.ts'

/** The state of a wait for a task. */
export type TaskQueryState =
  /** There is no id yet. */
  | { readonly status: 'idle' }
  /** `task` is set after the first poll. */
  | { readonly status: 'pending'; readonly task: Task | undefined }
  /** `text` and `object` are empty if the model makes none. */
  | ({ readonly status: 'success' } & AnyResult)
  | {
      readonly status: 'error'
      readonly error: ApikleyError
      readonly task: Task | undefined
      /** Waits again. This helps after `timeout` and after a lost connection. */
      readonly resume: () => void
    }

/**
 * Waits for a task by its id and follows its states while the page is visible. Components with the
 * same id share the polls. The last one that unmounts ends the wait.
 *
 * @param taskId `undefined` or TanStack's `skipToken` while the id is unknown
 * @example
 * const state = useTask(taskId)
 * if (state.status === 'success') return <img src={state.urls[0]} />
 */
export function useTask(
  taskId: string | undefined | SkipToken,
  options?: TaskOptions,
): TaskQueryState {
  const client = useApikley()
  const enabled = typeof taskId === 'string'
  const query = useQuery({
    ...taskOptions(client, enabled ? taskId : '', options),
    enabled,
    throwOnError: false,
    // A default of the application could show the data of another task.
    placeholderData: () => undefined,
  })
  const { data: task, error, refetch } = query
  if (!enabled) {
    return { status: 'idle' }
  }
  // Hide the previous error during a refetch. Reading `isFetching` only then saves a render.
  if (error !== null && !query.isFetching) {
    return { status: 'error', error, task, resume: () => void refetch() }
  }
  if (task?.state !== 'success') {
    return { status: 'pending', task }
  }
  const { urls, text, object } = task
  return { status: 'success', taskId, urls, text, object, task }
}
