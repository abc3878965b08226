'use client'

import type { ResultOf } from '@apikley/client'
import type { ModelId, ModelInput } from '@apikley/types'
import { useQueryClient } from '@tanstack/react-query'
import { useDebugValue, useInsertionEffect, useMemo, useSyncExternalStore } from 'react'
import { useApikley, useShared, type Shared } from './provider.ts'
import { RunList, type AnyRunItem } from './run-list.ts'
import type { RunOutcome, RunState, UseRunOptions } from './run-state.ts'

/** The polls of 4 tasks stay within the 120 reads a minute that a proxy allows a user. */
const DEFAULT_CONCURRENCY = 4

export interface UseRunsOptions<M extends ModelId = ModelId> extends UseRunOptions<M> {
  /** How many runs are in flight at once. The others are `queued`. Default: 4. */
  readonly concurrency?: number | undefined
}

/** One run of a list: the state of `useRun`, its id in the list, and its model. */
export type RunItem<M extends ModelId> = RunState<ResultOf<M>> & {
  readonly id: string
  readonly model: M
  /** Unknown after a reload and in other tabs. */
  readonly input: ModelInput<M> | undefined
}

interface ListControls<Outcome> {
  /** Creates another task with the input of a run, when its turn comes. Not after a reload. */
  readonly retry: (id: string) => Promise<Outcome>
  /** Continues a run, as `resume` of `useRun`. */
  readonly resume: (id: string) => Promise<Outcome>
  /** Removes a run. If its create was not sent, nothing is charged. */
  readonly remove: (id: string) => void
}

/** The runs of one model. */
export interface UseRunsResult<M extends ModelId> extends ListControls<RunOutcome<ResultOf<M>>> {
  readonly runs: readonly RunItem<M>[]
  /** Adds a run, and resolves to what happened to it. It never rejects. */
  readonly add: (input: ModelInput<M>) => Promise<RunOutcome<ResultOf<M>>>
}

/** The runs of several models. */
export interface UseAnyRunsResult extends ListControls<RunOutcome> {
  readonly runs: readonly RunItem<ModelId>[]
  /** Adds a run, and resolves to what happened to it. It never rejects. */
  readonly add: <M extends ModelId>(
    model: M,
    input: ModelInput<M>,
  ) => Promise<RunOutcome<ResultOf<M>>>
}

const NO_RUNS: readonly AnyRunItem[] = []

const namedLists: Shared<RunList> = new WeakMap()

/**
 * A list of runs, of one model or of several. Each `add` creates one task when its turn comes. With
 * a `persistKey`, a reload finds the runs that were sent.
 *
 * @example
 * const { runs, add, remove } = useRuns('ideogram/v3-reframe', { persistKey: `list-${userId}` })
 * for (const file of files) add({ image_url: file, image_size: 'square_hd' })
 */
export function useRuns(model?: undefined, options?: UseRunsOptions): UseAnyRunsResult
export function useRuns<M extends ModelId>(
  model: M,
  options?: UseRunsOptions<NoInfer<M>>,
): UseRunsResult<M>
export function useRuns(
  model?: ModelId,
  { concurrency = DEFAULT_CONCURRENCY, ...options }: UseRunsOptions = {},
): object {
  const client = useApikley()
  const queryClient = useQueryClient()
  const { persistKey } = options
  const context = { client, queryClient, options, concurrency }
  const key = persistKey === undefined ? undefined : `apikley:list/${model ?? ''}:${persistKey}`
  const list = useShared(namedLists, client, key, (name) => new RunList(context, name))
  useInsertionEffect(() => list.use(context))
  const runs = useSyncExternalStore(list.subscribe, list.getItems, () => NO_RUNS)
  const { retry, resume, remove } = list
  const add = useMemo(
    () => (model ? (input: ModelInput<ModelId>) => list.add(model, input) : list.add),
    [list, model],
  )
  useDebugValue(runs.length)
  return { runs, add, retry, resume, remove }
}
