'use client'

import type { ModelFileInput, ModelId } from '@apikley/types'
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useInsertionEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { findRun, namedRun } from './named-runs.ts'
import { useApikley } from './provider.tsx'
import type { UseRunOptions } from './run-context.ts'
import { idle, type RunState } from './run-state.ts'
import { createRun, type Run } from './run.ts'

export type UseRunResult<M extends ModelId> = RunState & {
  /** Starts a run. While one is pending it does nothing, so a double click buys one task. */
  readonly run: (input: ModelFileInput<M>) => void
  /**
   * Waits again for the task that was stopped or whose wait has ended; or for any task, by its id. After `unconfirmed` it makes the same attempt again,
   * if there is a proxy that knows it. Buys nothing new; while a run is pending, or where there is nothing to resume, it does nothing.
   */
  readonly resume: (taskId?: string) => void
  /**
   * Stops waiting: back to idle, with the id for `resume`. Nothing can be cancelled: a task that was bought, or is just being sent, goes on and is
   * charged. Only an upload is called off, and then nothing is bought.
   */
  readonly stop: () => void
  /** Forgets the run, also under its `persistKey`, and goes back to idle. Cancels as little as `stop`. */
  readonly reset: () => void
}

/**
 * Creates a task of a model, waits for it, and follows it on the way. One call of `run` creates one task, and nothing is retried: a run that failed
 * is started again by the user. It waits while the page is seen, and while the component is there; when that is gone, uploading and creating go on,
 * and `onCreated` is called.
 *
 * @example
 * const reframe = useRun('ideogram/v3-reframe', { persistKey: `hero-${userId}` })
 * reframe.run({ image_url: file, image_size: 'square_hd' })
 */
export function useRun<M extends ModelId>(model: M, options: UseRunOptions = {}): UseRunResult<M> {
  const client = useApikley()
  const queryClient = useQueryClient()
  const [own] = useState(() => createRun())
  const { persistKey } = options

  const context = { client, queryClient, model, options }
  const latest = useRef(context)
  useInsertionEffect(() => {
    latest.current = context
  })

  const state = useSyncExternalStore(
    useCallback(
      (listener) => (persistKey === undefined ? own : namedRun(client, persistKey)).subscribe(listener, latest.current),
      [client, own, persistKey],
    ),
    () => (persistKey === undefined ? own : findRun(client, persistKey))?.state() ?? idle,
    () => idle,
  )
  const actions = useMemo(() => {
    const shown = (): Run => {
      const { persistKey: name } = latest.current.options
      return name === undefined ? own : namedRun(latest.current.client, name)
    }
    return {
      run: (input: ModelFileInput<M>) => shown().run(input, latest.current),
      resume: (taskId?: string) => shown().resume(taskId, latest.current),
      stop: () => shown().stop(latest.current),
      reset: () => shown().reset(latest.current),
    }
  }, [own])
  return { ...state, ...actions }
}
