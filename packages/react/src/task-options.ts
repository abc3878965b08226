import type { Apikley, Task } from '@apikley/client'
import { queryOptions } from '@tanstack/react-query'
import type { ApikleyQueryOptions } from './option-types.ts'
import { waitWhileSeen } from './wait-while-seen.ts'

export const taskKey = (taskId: string): ['apikley', 'task', string] => ['apikley', 'task', taskId]

export interface TaskOptions {
  /** How long to wait while the page is seen, in ms. Default: 15 min. */
  readonly timeout?: number | undefined
}

/**
 * Options of a query that waits for a task: what `useTask` and `useRun` use, for prefetching on a
 * server, for suspense, and for reading the cache.
 *
 * @example
 * await queryClient.prefetchQuery(taskOptions(apikley, taskId))
 */
export function taskOptions(
  client: Apikley,
  taskId: string,
  { timeout }: TaskOptions = {},
): ApikleyQueryOptions<Task, ['apikley', 'task', string]> {
  return queryOptions({
    queryKey: taskKey(taskId),
    queryFn: ({ signal, client: queryClient, queryKey }) =>
      waitWhileSeen(client, taskId, {
        signal,
        timeout,
        onUpdate: (task) => queryClient.setQueryData<Task>(queryKey, task),
      }),
    retry: false,
    networkMode: 'always',
    // A finished task does not change; an unfinished one in the cache is where somebody stopped
    // waiting.
    staleTime: ({ state }) => (state.data?.state === 'success' ? Infinity : 0),
    // Whatever an application has for its other queries. A failed task does not change either.
    refetchOnMount: ({ state }) => state.data?.state !== 'fail',
    refetchOnWindowFocus: false,
  })
}
