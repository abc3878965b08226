import { ApikleyError } from '@apikley/client'
import type { ModelId, ModelInput } from '@apikley/types'
import type { EndState, UseRunOptions } from './run-state.ts'

/** @throws {ApikleyError} `configuration` if the callback fails */
export async function reportCreated(taskId: string, { onCreated }: UseRunOptions): Promise<void> {
  try {
    await onCreated?.(taskId)
  } catch (cause) {
    const message = `Task ${taskId} was created and charged, but onCreated failed; call resume().`
    throw new ApikleyError({ kind: 'configuration', taskId, cause, message })
  }
}

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
