import type { Apikley, RunOptions } from '@apikley/client'
import type { ModelId } from '@apikley/types'
import type { QueryClient } from '@tanstack/react-query'
import type { RunStore } from './run-store.ts'

export interface UseRunOptions extends Pick<RunOptions, 'callbackUrl'> {
  /**
   * Remembers the run of this model under this name, so that a page that is loaded again finds it,
   * and that components with the same name show one run; an option that one of them leaves out is
   * that of the others. Put the user into it where several share a browser: `hero-${userId}`.
   */
  readonly persistKey?: string | undefined
  /** Where it is remembered. Default: `localStorage`. */
  readonly store?: RunStore | undefined
  /**
   * Called as soon as the task is bought, and awaited before the first look at it, also when the
   * component is gone by then. A run that is found again with its task does not call it.
   */
  readonly onCreated?: RunOptions['onCreated']
  /**
   * How long uploading and creating may take together, and how long a wait may take while the page
   * is seen, in ms. Default: 15 min.
   */
  readonly timeout?: number | undefined
}

/** What a component gives its run to work with. */
export interface RunContext<M extends ModelId> {
  readonly client: Apikley
  readonly queryClient: QueryClient
  readonly model: M
  readonly options: UseRunOptions
}

/** In Unix ms, by the client's clock. */
export function now({ client }: RunContext<ModelId>): number {
  return client.transport.clock.now()
}
