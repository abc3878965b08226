import type { RunOptions } from '@apikley/client'
import type { ModelFileInput, ModelId } from '@apikley/types'
import type { RunContext } from './run-context.ts'

/**
 * Uploads the files in an input and creates the task.
 *
 * @param controller calls it off
 * @returns the id of the task; nothing when it was called off
 */
export async function submit<M extends ModelId>(
  { client, queryClient, model, options: { callbackUrl } }: RunContext<M>,
  input: ModelFileInput<M>,
  controller: AbortController,
  { onPhase, onCreated, ...options }: RunOptions,
): Promise<string | undefined> {
  let taskId: string | undefined
  const run = client.run(model, input, {
    ...options,
    callbackUrl,
    signal: controller.signal,
    onCreated: (id) => onCreated?.((taskId = id)),
    onPhase(phase) {
      onPhase?.(phase)
      // The wait is not its own: it stops while nobody sees it.
      if (phase === 'waiting') controller.abort()
    },
  })
  const submitted = run.then(
    (result) => result.taskId,
    (error: unknown) => {
      if (controller.signal.aborted) return taskId
      throw error
    },
  )
  // For those who look into TanStack's cache of mutations. It only watches: whatever it does, the task is sent once.
  queryClient
    .getMutationCache()
    .build(queryClient, { mutationKey: ['apikley', 'run', model], mutationFn: () => submitted, retry: false, networkMode: 'always' })
    .execute(input)
    .catch(() => {})
  return submitted
}
