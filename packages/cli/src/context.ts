import type { Host } from './host.ts'
import type { Output } from './output.ts'
import type { Session } from './session.ts'

/** What a command works with. */
export interface Context {
  readonly host: Host
  readonly output: Output
  /** Opens the client and the ledger. They are closed after the command. */
  readonly session: () => Promise<Session>
  /** Aborts with Ctrl+C. */
  readonly signal: AbortSignal
}
