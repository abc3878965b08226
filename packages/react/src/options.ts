import type { Apikley, Task, WaitOptions } from '@apikley/client'
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
  client: Apikley,
  taskId: string,
  { timeout }: TaskOptions = {},
): ApikleyQueryOptions<Task, ['apikley', 'task', string]> {
  return queryOptions({
    queryKey: ['apikley', 'task', taskId],
    queryFn: ({ signal, client: queryClient, queryKey }) =>
      waitWhileVisible(client, taskId, {
        signal,
        timeout,
        onUpdate: (task) => queryClient.setQueryData<Task>(queryKey, task),
      }),
    retry: false,
    networkMode: 'always',
    // A finished task does not change. A running one in the cache comes from an aborted wait.
    staleTime: ({ state }) => (state.data?.state === 'success' ? Infinity : 0),
    // These two override defaults of the application. A failed task does not change either.
    refetchOnMount: ({ state }) => state.data?.state !== 'fail',
    refetchOnWindowFocus: false,
  })
}

/**
 * Waits through the client's poller while the page is visible. A hidden page polls nothing. When it
 * is visible again, the task is polled at once, and the wait begins again with its whole timeout.
 */
function waitWhileVisible(
  { tasks }: Apikley,
  taskId: string,
  { signal, ...options }: WaitOptions,
): Promise<Task> {
  let wait: AbortController | undefined
  let unsubscribe: (() => void) | undefined
  return new Promise<Task>((resolve, reject) => {
    const update = (isVisible: boolean, isFirst = false): void => {
      if (!isVisible) {
        wait?.abort()
        wait = undefined
      } else if (!wait) {
        if (!isFirst) {
          tasks.notify(taskId)
        }
        const current = new AbortController()
        wait = current
        tasks
          .wait(taskId, { ...options, signal: current.signal })
          .then(resolve, (error: unknown) => current.signal.aborted || reject(error))
      }
    }
    unsubscribe = focusManager.subscribe((isVisible) => update(isVisible))
    signal?.addEventListener('abort', () => {
      update(false)
      reject(signal.reason)
    })
    update(focusManager.isFocused(), true)
  }).finally(unsubscribe)
}
