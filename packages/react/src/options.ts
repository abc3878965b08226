import type { Apikley } from '@apikley/client'
import { createOptionFactories, type ApikleyOptionFactories } from './generated/options.ts'

export type { ApikleyOptionFactories }

/**
 * Options for TanStack's own hooks and methods, one factory for each operation. Works on a server
 * as well, for prefetching.
 *
 * @example
 * const options = apikleyOptions(apikley)
 * const credits = useQuery(options.getAccountCredits())
 * await queryClient.prefetchQuery(options.getTaskDetails({ taskId }))
 */
export function apikleyOptions(client: Apikley): ApikleyOptionFactories {
  return createOptionFactories(client)
}
