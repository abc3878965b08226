import type { Apikley, ApikleyError, Clock, Task } from '@apikley/client'
import { focusManager, queryOptions, type QueryClient } from '@tanstack/react-query'
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

/** The wait that each query has begun last. */
const lastWaits = new WeakMap<object, object>()

/**
 * Begins a wait of a query, and returns a function that begins it again after an abort: the
 * application may cancel or remove all queries while a component shows this one.
 */
function createRestart(client: QueryClient, queryKey: TaskKey, clock: Clock): () => void {
  const cache = client.getQueryCache()
  const query = cache.find<Task, ApikleyError>({ queryKey, exact: true })
  const wait = {}
  lastWaits.set(query ?? wait, wait)
  const restart = (): void => {
    if (query?.isActive() && lastWaits.get(query) === wait) {
      // A removed query keeps its components. It does nothing if the cache has another one.
      cache.add(query)
      query.setState({ fetchStatus: 'idle' })
      query.fetch().catch(() => {})
    }
  }
  // The query has its state from before the wait only when all handlers of the abort have run.
  return () => void clock.after(0, restart)
}

/**
 * Options of the query that waits for a task, as in `useTask` and `useRun`. Use them to prefetch on
 * a server, to suspend, and to read the cache.
 *
 * @example
 * await queryClient.prefetchQuery(taskOptions(apikley, taskId))
 */
export function taskOptions(
  { tasks, transport }: Apikley,
  taskId: string,
  options?: TaskOptions,
): ApikleyQueryOptions<Task, TaskKey> {
  return queryOptions({
    queryKey: ['apikley', 'task', taskId],
    // A hidden page polls nothing. When it is visible again, the task is polled at once, and the
    // wait begins again with its whole timeout.
    queryFn: ({ signal, client, queryKey }) => {
      const restart = createRestart(client, queryKey, transport.clock)
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
          reject(new Error('The wait was aborted.'))
          restart()
        })
        if (focusManager.isFocused()) {
          start()
        }
      }).finally(unsubscribe)
    },
    retry: false,
    networkMode: 'always',
    // A finished task does not change. A running one in the cache comes from an aborted wait. With
    // suspense, TanStack treats it as fresh for a second, unless it is always fetched.
    staleTime: ({ state }) => (state.data?.state === 'success' ? Infinity : 0),
    refetchOnMount: ({ state: { data } }) =>
      data?.state === 'success' ? true : data?.state !== 'fail' && 'always',
    refetchOnWindowFocus: false,
    // Defaults of the application could hide the end of a task.
    select: (task) => task,
    notifyOnChangeProps: 'all',
  })
}
