'use client'

import { useQuery, type SkipToken } from '@tanstack/react-query'
import { useDebugValue } from 'react'
import { taskOptions } from './query-options.ts'
import { useApikley } from './provider.ts'
import { toWaitState, type TaskOptions, type TaskQueryState } from './task-wait.ts'

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
  const state: TaskQueryState = enabled ? toWaitState(query) : { status: 'idle' }
  useDebugValue(state.status)
  return state
}
