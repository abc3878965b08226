'use client'

import type { ApikleyError, Task } from '@apikley/client'
import { useQuery, type SkipToken } from '@tanstack/react-query'
import { useApikley } from './provider.ts'
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
 * Waits for a task by its id and follows its states, while the page is seen. Components with the
 * same id share the waiting; the last one that leaves ends it.
 *
 * @param taskId nothing, or TanStack's `skipToken`, as long as there is none
 * @example
 * const state = useTask(taskId)
 * if (state.status === 'success') return <img src={state.urls[0]} />
 */
export function useTask(
  taskId: string | undefined | SkipToken,
  options?: TaskOptions,
): TaskQueryState {
  const { task, error, resume } = useTaskQuery(taskId, options)
  if (typeof taskId !== 'string') {
    return { status: 'idle' }
  }
  if (error) {
    return { status: 'error', error, task, resume }
  }
  return task?.state === 'success'
    ? { status: 'success', task, urls: task.urls }
    : { status: 'pending', task }
}

/** What there is of a task, and what ended the wait for it. */
export interface TaskQuery {
  readonly task: Task | undefined
  readonly error: ApikleyError | undefined
  readonly resume: () => void
}

/** The query that waits for a task, or one that asks nothing. */
export function useTaskQuery(
  taskId: string | undefined | SkipToken,
  options?: TaskOptions,
): TaskQuery {
  const client = useApikley()
  const enabled = typeof taskId === 'string'
  const query = useQuery({
    ...taskOptions(client, enabled ? taskId : '', options),
    enabled,
    throwOnError: false,
    // What an application has for its other queries would show another task as this one.
    placeholderData: () => undefined,
  })
  const { data, error, refetch } = query
  return {
    task: data,
    // What ended a wait counts no more when it goes on. Asked only then, for it is one change more
    // to render.
    error: error === null || query.isFetching ? undefined : error,
    resume: () => void refetch(),
  }
}
