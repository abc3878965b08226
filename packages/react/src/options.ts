import type { Apikley, Task } from '@apikley/client'
import { focusManager, queryOptions } from '@tanstack/react-query'
import { createOptionFactories, type ApikleyOptionFactories } from './generated/options.ts'
import type { ApikleyQueryOptions } from './option-types.ts'

/**
 * Options for TanStack's own hooks and methods, one factory for each operation. They also work on
 * a server, for prefetching.
 *
 * @example
 * const options = apikleyOptions(apikley)
 * const credits = useQuery(options.getAccountCredits())
 * await queryClient.prefetchQuery(options.getTaskDetails({ taskId }))
 */
export function apikleyOptions(client: Apikley): ApikleyOptionFactories {
  return createOptionFactories(client)
}

export type TaskKey = ['apikley', 'task', string]

export interface TaskOptions {
  /** How long to wait while the page is visible, in ms. Default: 15 min. */
  readonly timeout?: number | undefined
}

/**
 * Options of the query that waits for a task, as in `useTask` and `useRun`. Use them to prefetch on
 * a server, to suspend, and to read the cache.
 *
 * @example
 * await queryClient.prefetchQuery(taskOptions(apikley, taskId))
 */
export function taskOptions(
  { tasks }: Apikley,
  taskId: string,
  options?: TaskOptions,
): ApikleyQueryOptions<Task, TaskKey> {
  return queryOptions({
    queryKey: ['apikley', 'task', taskId],
    // A hidden page polls nothing. When it is visible again, the task is polled at once, and the
    // wait begins again with its whole timeout.
    queryFn: ({ signal, client, queryKey }) => {
      let wait: AbortController | undefined
      let unsubscribe: (() => void) | undefined
      return new Promise<Task>((resolve, reject) => {
        const start = (): void => {
          const current = new AbortController()
          wait = current
          tasks
            .wait(taskId, {
              ...options,
              signal: current.signal,
              onUpdate: (task) => client.setQueryData<Task>(queryKey, task),
            })
            .then(resolve, (error: unknown) => wait === current && reject(error))
        }
        const stop = (): void => {
          wait?.abort()
          wait = undefined
        }
        unsubscribe = focusManager.subscribe((isVisible) => {
          if (!isVisible) {
            stop()
          } else if (!wait) {
            tasks.notify(taskId)
            start()
          }
        })
        signal.addEventListener('abort', () => {
          stop()
          reject(signal.reason)
        })
        if (focusManager.isFocused()) {
          start()
        }
      }).finally(unsubscribe)
    },
    retry: false,
    networkMode: 'always',
    // A finished task does not change. A running one in the cache comes from an aborted wait.
    staleTime: ({ state }) => (state.data?.state === 'success' ? Infinity : 0),
    // These two override defaults of the application. A failed task does not change either.
    refetchOnMount: ({ state }) => state.data?.state !== 'fail',
    refetchOnWindowFocus: false,
  })
}
