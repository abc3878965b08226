import { createCalls } from './calls.ts'
import type { Methods } from './client.ts'
import type { ApikleyOptions } from './options.ts'
import { createWatch } from './tasks/watch.ts'
import type { OperationClient } from './transport/send.ts'

export { createDirect } from './transport/direct.ts'

/** The environment variable that the key is taken from. */
export const keyVariable: string | undefined = 'APIKLEY_API_KEY'

/** The methods of a client: what `#methods` of package.json leads to, but for bundles for pages. */
export function createMethods(client: OperationClient, options: ApikleyOptions): Methods {
  const { run, wait, follow, tasks, ...others } = createCalls(client, options)
  return {
    ...others,
    run: (model, input, options) => run(model, input, options),
    tasks: { ...tasks, wait: (taskId, options) => wait(taskId, options), watch: createWatch(follow) },
  }
}
