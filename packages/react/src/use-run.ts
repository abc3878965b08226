'use client'

import type { ResultOf } from '@apikley/client'
import type { DeprecatedModelId, ModelId, ModelInput } from '@apikley/types'
import { useQueryClient } from '@tanstack/react-query'
import { useDebugValue, useInsertionEffect, useMemo, useSyncExternalStore } from 'react'
import { useApikley, useShared, type Shared } from './provider.ts'
import { Run } from './run.ts'
import {
  IDLE,
  type RunControls,
  type RunState,
  type ShownState,
  type UseRunOptions,
} from './run-state.ts'

export type UseRunResult<M extends ModelId> = RunState<ResultOf<M>> &
  RunControls<M> & {
    /** The input of the run that is shown, if this page has started it. */
    readonly input: ModelInput<M> | undefined
  }

type UseRunOfModel = <M extends ModelId>(
  model: M,
  options?: UseRunOptions<NoInfer<M>>,
) => UseRunResult<M>

interface UseRunOfDeprecated {
  /** @deprecated Apikley has retired this model. */
  <M extends DeprecatedModelId>(model: M, options?: UseRunOptions<NoInfer<M>>): UseRunResult<M>
}

const namedRuns: Shared<Run> = new WeakMap()

/** An editor strikes a call through by its overload. Without one, errors are shorter. */
export type UseRun = [DeprecatedModelId] extends [never]
  ? UseRunOfModel
  : UseRunOfDeprecated & UseRunOfModel

/**
 * Creates a task of a model and waits for it. One call of `run` creates one task, and the hook
 * retries nothing. It polls while the component is mounted and the page is visible. After an
 * unmount, uploading and creating continue, and `onCreated` is called.
 *
 * @example
 * const reframe = useRun('ideogram/v3-reframe', { persistKey: `hero-${userId}` })
 * reframe.run({ image_url: file, image_size: 'square_hd' })
 */
export const useRun: UseRun = <M extends ModelId>(
  model: M,
  options: UseRunOptions<NoInfer<M>> = {},
): UseRunResult<M> => {
  const client = useApikley()
  const queryClient = useQueryClient()
  const { persistKey } = options
  const context = { client, queryClient, model, options }
  const key = persistKey === undefined ? undefined : `apikley:${model}:${persistKey}`
  const run = useShared(namedRuns, client, key, (name) => new Run(context, name))
  useInsertionEffect(() => run.use(context))
  const state = useSyncExternalStore(run.subscribe, run.getState, () => IDLE)
  useDebugValue(state.status === 'pending' ? state.phase : state.status)
  // An effect that depends on the result runs only when the state changes.
  return useMemo(() => toResult<M>(state, run.controls), [state, run])
}

/** A run is of the model of its component, which the compiler cannot derive. */
function toResult<M extends ModelId>(state: ShownState, controls: Run['controls']): UseRunResult<M>
function toResult(state: ShownState, controls: Run['controls']): object {
  return { ...state, ...controls }
}
