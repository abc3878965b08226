'use client'

import type { ApikleyError, RunOptions, RunResult, Task } from '@apikley/client'
import type { ModelFileInput, ModelId } from '@apikley/types'
import { useMutation } from '@tanstack/react-query'
import { useCallback, useRef, useState } from 'react'
import { knownError } from './known-error.ts'
import { useApikley } from './provider.tsx'

export interface UseRunOptions extends Pick<RunOptions, 'callbackUrl' | 'timeout'> {
  /** Called as soon as the task is bought, and awaited before the first look at it. */
  readonly onCreated?: RunOptions['onCreated']
}

/** Where a run stands; only what exists is there. */
export type RunState =
  | { readonly status: 'idle' }
  | { readonly status: 'pending'; readonly phase: 'uploading' | 'creating' }
  /** The task is bought; `task` is there after the first look at it. */
  | { readonly status: 'pending'; readonly phase: 'waiting'; readonly taskId: string; readonly task: Task | undefined }
  | { readonly status: 'success'; readonly taskId: string; readonly urls: readonly string[]; readonly task: Task }
  /** `taskId` is there when a task was bought; `useTask` or `tasks.wait` collects it. */
  | { readonly status: 'error'; readonly error: ApikleyError; readonly taskId: string | undefined }

export type UseRunResult<M extends ModelId> = RunState & {
  /** Starts a run. While one is pending it does nothing, so a double click buys one task. */
  readonly run: (input: ModelFileInput<M>) => void
  /**
   * Stops waiting and goes back to idle. A task that was bought goes on and is charged: the service cannot cancel. In the phase `creating` nobody
   * can tell whether it was bought; the client's `onEvent` reports the attempt as `unconfirmed`.
   */
  readonly reset: () => void
}

type Start = { readonly start: () => Promise<RunResult>; readonly controller: AbortController }

type Pending = Extract<RunState, { readonly status: 'pending' }>

/**
 * Creates a task of a model, waits for it, and follows it on the way. It is never retried: a failed run is started again by the user.
 *
 * @example
 * const reframe = useRun('ideogram/v3-reframe')
 * reframe.run({ image_url: file, image_size: 'square_hd' })
 */
export function useRun<M extends ModelId>(model: M, options: UseRunOptions = {}): UseRunResult<M> {
  const client = useApikley()
  const { callbackUrl, timeout, onCreated } = options
  const [progress, setProgress] = useState<Pending>(notStarted)
  // The run that this hook is at. Whatever an older one still has to say is not listened to.
  const current = useRef<AbortController>(undefined)

  // The mutation only carries out what it is given: options reach it late, after effects, and a key of its own for each model would make it forget
  // a run when the model changes.
  const { data, error, mutate, reset, status } = useMutation<RunResult, Error, Start>({
    mutationKey: ['apikley', 'run'],
    retry: false,
    networkMode: 'always',
    mutationFn: ({ start }) => start(),
    onSettled: (_data, _error, { controller }) => {
      if (current.current === controller) current.current = undefined
    },
  })

  const run = useCallback(
    (input: ModelFileInput<M>) => {
      if (current.current) return
      const controller = (current.current = new AbortController())
      const show = (pending: Pending): void => {
        if (current.current === controller) setProgress(pending)
      }
      setProgress(notStarted)
      mutate({
        controller,
        start: () =>
          client.run(model, input, {
            signal: controller.signal,
            callbackUrl,
            timeout,
            onPhase: (phase) => phase !== 'waiting' && show({ status: 'pending', phase }),
            onCreated: (taskId) => {
              show({ status: 'pending', phase: 'waiting', taskId, task: undefined })
              return onCreated?.(taskId)
            },
            onUpdate: (task) => show({ status: 'pending', phase: 'waiting', taskId: task.taskId, task }),
          }),
      })
    },
    [callbackUrl, client, model, mutate, onCreated, timeout],
  )
  const stop = useCallback(() => {
    current.current?.abort()
    current.current = undefined
    reset()
  }, [reset])

  return { ...stateOf(status, progress, data, error), run, reset: stop }
}

const notStarted: Pending = { status: 'pending', phase: 'creating' }

function stateOf(status: RunState['status'], progress: Pending, data: RunResult | undefined, error: Error | null): RunState {
  if (status === 'pending') return progress
  if (status === 'success' && data) return { status, ...data }
  if (status === 'error' && error) {
    const known = knownError(error)
    return { status, error: known, taskId: known.taskId ?? (progress.phase === 'waiting' ? progress.taskId : undefined) }
  }
  return { status: 'idle' }
}
