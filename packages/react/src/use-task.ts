'use client'

import type { ApikleyError, Task } from '@apikley/client'
import { useQuery } from '@tanstack/react-query'
import { knownError } from './known-error.ts'
import { useApikley } from './provider.tsx'

/** A task as it is waited for. While it is pending, `task` is there after the first look at it. */
export type TaskQueryState =
  | { readonly status: 'pending'; readonly task: Task | undefined }
  | { readonly status: 'success'; readonly task: Task; readonly urls: readonly string[] }
  | { readonly status: 'error'; readonly error: ApikleyError; readonly task: Task | undefined }

/**
 * Waits for a task by its id and follows its states. Components with the same id share the waiting; the last one that leaves ends it.
 *
 * @example
 * const state = useTask(taskId)
 * if (state.status === 'success') return <img src={state.urls[0]} />
 */
export function useTask(taskId: string): TaskQueryState {
  const apikley = useApikley()
  const { data: task, error } = useQuery<Task, Error>({
    queryKey: ['apikley', 'task', taskId],
    queryFn: ({ signal, client, queryKey }) =>
      apikley.tasks.wait(taskId, { signal, onUpdate: (update) => client.setQueryData<Task>(queryKey, update) }),
    retry: false,
    networkMode: 'always',
    // A finished task does not change; an unfinished one in the cache is where somebody stopped waiting.
    staleTime: ({ state }) => (state.data?.state === 'success' ? Infinity : 0),
    refetchOnWindowFocus: false,
  })
  if (error) {
    const known = knownError(error)
    return { status: 'error', error: known, task }
  }
  return task?.state === 'success' ? { status: 'success', task, urls: task.urls } : { status: 'pending', task }
}
