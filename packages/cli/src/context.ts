import type { Host } from './host.ts'
import type { ResolvePath } from './input.ts'
import type { Output } from './output.ts'
import type { Session } from './session.ts'

/** What a command works with. */
export interface Context {
  readonly host: Host
  readonly output: Pick<Output, 'result' | 'message' | 'status' | 'error'>
  /** Opens the client and the ledger. They are closed after the command. */
  readonly session: () => Promise<Session>
  /** Aborts with Ctrl+C. */
  readonly signal: AbortSignal
  /** The path of a file that the command may read. */
  readonly resolvePath: ResolvePath
}

/** The limits that a user sets for a machine, and what a task costs, in credits. */
export interface CapFlags {
  readonly maxTasks?: number
  readonly maxCredits?: number
  readonly price?: number
}

/** The flags of all commands. Each command has some of them. */
export interface Flags extends CapFlags {
  readonly json?: boolean
  readonly simulate?: boolean
  readonly kind?: string
  /** In seconds. */
  readonly timeout: number
  readonly out: string
  readonly input?: string
  readonly take: string
  readonly concurrency: number
  readonly root?: readonly string[]
  /** The fields of a model. */
  readonly [field: string]: unknown
}
