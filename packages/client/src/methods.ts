import { createCalls } from './calls.ts'
import type { Methods } from './client.ts'
import type { ApikleyOptions } from './options.ts'
import { createWatch } from './tasks/watch.ts'
import type { OperationClient } from './transport/send.ts'

export { createDirect } from './transport/direct.ts'

/** The methods of a client that has all of them from the start. */
export function createMethods(client: OperationClient, options: ApikleyOptions): Methods {
  const { run, wait, follow, tasks, ...others } = createCalls(client, options)
  return {
    ...others,
    run: (model, input, options) => run(model, input, options),
    tasks: {
      ...tasks,
      wait: (taskId, options) => wait(taskId, options),
      watch: createWatch(follow),
    },
  }
}
