import type { RunOptions } from '@apikley/client'
import type { ModelFileInput, ModelId } from '@apikley/types'
import type { RunContext } from './run-context.ts'

export interface Submission extends Pick<RunOptions, 'attemptId' | 'timeout' | 'onAttempt' | 'onCreated' | 'onPhase' | 'onUpload'> {
  /** Calls it off. */
  readonly controller: AbortController
}

/** Uploads the files in an input and creates the task. Gives its id, or nothing when it was called off before. */
export async function submit<M extends ModelId>(
  { client, queryClient, model, options }: RunContext<M>,
  input: ModelFileInput<M>,
  { controller, onPhase, onCreated, ...rest }: Submission,
): Promise<string | undefined> {
  let taskId: string | undefined
  const run = client.run(model, input, {
    ...rest,
    signal: controller.signal,
    callbackUrl: options.callbackUrl,
    onCreated: (id) => onCreated?.((taskId = id)),
    onPhase(phase) {
      // The wait is another's, who stops while nobody sees it.
      if (phase === 'waiting') controller.abort()
      else onPhase?.(phase)
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
