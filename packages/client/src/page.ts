// What `index.ts` is in bundles for pages: the same for those who use it, and small, because most
// of it is loaded when it is first called.
import { createClient, type Apikley } from './client.ts'
import { createDirect, createMethods } from './methods-on-demand.ts'
import type { ApikleyOptions } from './options.ts'
import type { Runtime } from './runtime.ts'

export { ApikleyError } from './errors.ts'
export { nextPoll } from './tasks/next-poll.ts'

export function createApikley(
  options: ApikleyOptions = {},
  runtime: Partial<Runtime> = {},
): Apikley {
  // Pages have no environment: nothing is looked for there, and so not even the name of the
  // variable is in them.
  return createClient({ keyVariable: undefined, createMethods, createDirect }, options, runtime)
}
