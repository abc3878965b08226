'use client'

import type { ApikleyError, Task } from '@apikley/client'
import type { ModelId } from '@apikley/types'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useInsertionEffect, useState, useSyncExternalStore } from 'react'
import { namedRun } from './named-runs.ts'
import { useApikley } from './provider.ts'
import type { UseRunOptions } from './run-context.ts'
import type { RunControls } from './run-controls.ts'
import { idle, isWaiting, type RunState, type Waiting } from './run-state.ts'
import { createRun } from './run.ts'
import { useTaskQuery } from './use-task.ts'

export type UseRunResult<M extends ModelId> = RunState & RunControls<M>

/**
 * Creates a task of a model, waits for it, and follows it on the way. One call of `run` creates one
 * task, and nothing is retried: a run that failed is started again by the user. It waits while the
 * page is seen, and while the component is there; when that is gone, uploading and creating go on,
 * and `onCreated` is called.
 *
 * @example
 * const reframe = useRun('ideogram/v3-reframe', { persistKey: `hero-${userId}` })
 * reframe.run({ image_url: file, image_size: 'square_hd' })
 */
export function useRun<M extends ModelId>(model: M, options: UseRunOptions = {}): UseRunResult<M> {
  const client = useApikley()
  const queryClient = useQueryClient()
  const { persistKey, timeout } = options
  const [own] = useState(() => createRun<M>())
  // A server renders idle, and must not keep a name for ever.
  const run =
    persistKey === undefined || typeof window === 'undefined'
      ? own
      : namedRun<M>(client, `${model}:${persistKey}`)

  useInsertionEffect(() => run.use({ client, queryClient, model, options }))

  const submitted = useSyncExternalStore(run.subscribe, run.state, () => idle)
  const taskId = isWaiting(submitted) ? submitted.taskId : undefined
  const { task, error } = useTaskQuery(taskId, { timeout })
  const state = isWaiting(submitted) ? waitedFor(submitted, task, error) : submitted
  useEffect(() => run.shown(taskId, state))

  return { ...state, ...run.controls }
}

/** The state of a run whose task is waited for. */
function waitedFor(
  state: Waiting,
  task: Task | undefined,
  error: ApikleyError | undefined,
): RunState {
  const { taskId } = state
  if (error) {
    return {
      status: 'error',
      error,
      taskId,
      resumable: error.kind !== 'task-failed' && error.kind !== 'not-found',
    }
  }
  return task?.state === 'success'
    ? { status: 'success', taskId, urls: task.urls, task }
    : { ...state, task }
}
