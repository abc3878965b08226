import type { ModelId, ModelInput } from '@apikley/types'
import { QueryObserver } from '@tanstack/react-query'
import { taskOptions } from './options.ts'
import type { AnyRunState, EndState, UseRunOptions } from './run-types.ts'
import type { Persistence } from './saved-run.ts'
import { toWaitState } from './task-wait.ts'

/**
 * Waits for the task of a run through the query of `useTask`.
 *
 * @returns a function that ends the wait
 */
export function waitForEnd(
  persistence: Persistence,
  taskId: string,
  show: (state: AnyRunState) => void,
  end: (state: EndState) => void,
): () => void {
  const { client, queryClient, options } = persistence.context
  const observer = new QueryObserver(queryClient, {
    ...taskOptions(client, taskId, options),
    enabled: true,
  })
  const follow = (): void => {
    const { saved } = persistence
    const found = toWaitState(observer.getCurrentResult())
    if (found.status === 'error') {
      const { error } = found
      const resumable = !['task-failed', 'not-found'].includes(error.kind)
      if (!resumable && saved) {
        persistence.save()
      }
      end({ status: 'error', error, taskId, resumable })
    } else if (found.status === 'success' && saved?.over) {
      // A result keeps its age when it is shown again.
      show(found)
    } else if (found.status === 'success') {
      persistence.save(taskId, 'ended')
      end(found)
    } else if (found.task?.state !== 'fail') {
      // The error of a failed task follows at once.
      show({ ...found, phase: 'waiting', taskId })
    }
  }
  const unsubscribe = observer.subscribe(follow)
  follow()
  return unsubscribe
}

/** Calls the callbacks of the component that was rendered last. */
export async function reportEnd(
  state: EndState,
  input: ModelInput<ModelId> | undefined,
  { onSuccess, onError, onSettled }: UseRunOptions,
): Promise<void> {
  // A callback that starts a run continues the one that has ended, as the caller of `run` does.
  await Promise.resolve()
  const result = state.status === 'success' ? state : undefined
  const error = state.status === 'error' ? state.error : undefined
  await (result && onSuccess?.(result, input))
  await (error && onError?.(error, input))
  await onSettled?.(result, error, input)
}
