'use client'

import type { ApikleyError, Task } from '@apikley/client'
import type { ModelId } from '@apikley/types'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useInsertionEffect, useState, useSyncExternalStore } from 'react'
import { useApikley } from './provider.ts'
import { getNamedRun, Run } from './run.ts'
import type { RunControls, RunState, UseRunOptions, WaitingState } from './types.ts'
import { IDLE, isWaiting } from './types.ts'
import { useTaskQuery } from './use-task.ts'

export type UseRunResult<M extends ModelId> = RunState & RunControls<M>

/**
 * Creates a task of a model and waits for it. One call of `run` creates one task, and the hook
 * retries nothing. It polls while the component is mounted and the page is visible. After an
 * unmount, uploading and creating continue, and `onCreated` is called.
 *
 * @example
 * const reframe = useRun('ideogram/v3-reframe', { persistKey: `hero-${userId}` })
 * reframe.run({ image_url: file, image_size: 'square_hd' })
 */
export function useRun<M extends ModelId>(model: M, options: UseRunOptions = {}): UseRunResult<M> {
  const client = useApikley()
  const queryClient = useQueryClient()
  const { persistKey, timeout } = options
  const context = { client, queryClient, model, options }
  const [own] = useState(() => new Run(context))
  // A server renders `idle`, and would keep a named run as long as its client.
  const run =
    persistKey === undefined || typeof window === 'undefined'
      ? own
      : getNamedRun(context, `${model}:${persistKey}`)
  useInsertionEffect(() => run.use(context))

  const submitted = useSyncExternalStore(run.subscribe, run.getState, () => IDLE)
  const taskId = isWaiting(submitted) ? submitted.taskId : undefined
  const { task, error } = useTaskQuery(taskId, { timeout })
  const state = isWaiting(submitted) ? withTask(submitted, task, error) : submitted
  useEffect(() => run.onRendered(taskId, state))

  return { ...state, ...run.controls }
}

/** The state of a run that waits for a task. */
function withTask(
  state: WaitingState,
  task: Task | undefined,
  error: ApikleyError | undefined,
): RunState {
  const { taskId } = state
  if (error) {
    const resumable = error.kind !== 'task-failed' && error.kind !== 'not-found'
    return { status: 'error', error, taskId, resumable }
  }
  return task?.state === 'success'
    ? { status: 'success', taskId, urls: task.urls, task }
    : { ...state, task }
}
