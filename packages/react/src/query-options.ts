import type { Apikley, Task } from '@apikley/client'
import { queryOptions } from '@tanstack/react-query'
import { createOptionFactories, type ApikleyOptionFactories } from './generated/options.ts'
import type { ApikleyQueryOptions } from './option-types.ts'
import { waitOnPage, type TaskKey, type TaskOptions } from './task-wait.ts'

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

/**
 * Options of the query that waits for the end of a task, as in `useTask` and `useRun`: to suspend,
 * to read the cache, and in `fetchQuery`. A server that renders a page uses `readTaskOptions`.
 *
 * @example
 * const { data: task } = useSuspenseQuery(taskOptions(apikley, taskId))
 */
export function taskOptions(
  client: Apikley,
  taskId: string,
  options: TaskOptions = {},
): ApikleyQueryOptions<Task, TaskKey> {
  return queryOptions({
    queryKey: ['apikley', 'task', taskId],
    queryFn: (context) => waitOnPage(client, options, context),
    retry: false,
    networkMode: 'always',
    // A finished task does not change. A running one in the cache comes from an aborted wait, or
    // from a server. With suspense, TanStack treats it as fresh for a second, unless it is always
    // fetched. A server reads a failed task without an error.
    staleTime: ({ state }) => (state.data?.state === 'success' ? Infinity : 0),
    refetchOnMount: ({ state: { data, error } }) =>
      data?.state !== 'success' && !(data?.state === 'fail' && error) && 'always',
    refetchOnWindowFocus: false,
    // Defaults of the application could hide the end of a task.
    select: (task) => task,
    notifyOnChangeProps: 'all',
  })
}

/**
 * Options of the same query that read the task once and never wait, for a server that renders a
 * page. `useTask` and `useRun` in the page continue from there. A component that waits for its end
 * needs `taskOptions`.
 *
 * @example
 * await queryClient.prefetchQuery(readTaskOptions(apikley, taskId))
 */
export function readTaskOptions(
  client: Apikley,
  taskId: string,
): ApikleyQueryOptions<Task, TaskKey> {
  return {
    ...taskOptions(client, taskId),
    queryFn: ({ signal }) => client.tasks.get(taskId, { signal, maxRetries: 0 }),
  }
}
