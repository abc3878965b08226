import type { Proxy } from './proxy.ts'

/** One request, let in. */
export interface Call {
  readonly proxy: Proxy
  readonly request: Request
  readonly url: URL
  readonly user: string
  /**
   * Aborted when the time is up, and, unless the operation buys something, when the page has gone:
   * what is bought is bought.
   */
  readonly signal: AbortSignal
}

/** What may be asked of a proxy. */
export interface Operation {
  readonly method: 'GET' | 'POST'
  /** How the path ends. */
  readonly path: string
  /** Whether it buys something. */
  readonly charged?: boolean
  /** Gives the `data` of the answer. */
  readonly handle: (call: Call) => Promise<unknown>
}
