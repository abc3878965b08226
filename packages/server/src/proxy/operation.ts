import type { Proxy } from './proxy.ts'

/** One request, let in. */
export interface Call {
  readonly proxy: Proxy
  readonly request: Request
  readonly url: URL
  readonly user: string
  /** Aborted when the time is up, or when the page has gone. */
  readonly signal: AbortSignal
  /** Aborted when the time is up, and not before: what is bought is bought. */
  readonly late: AbortSignal
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
