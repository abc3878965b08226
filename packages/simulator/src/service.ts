import type { Answer, Envelopes } from './answer.ts'
import type { Behaviour } from './behaviour.ts'
import type { Clock } from './clock.ts'
import type { ApiDocument, Operation } from './document.ts'
import type { FileStore } from './files/file-store.ts'
import type { ResultLinks } from './files/result-links.ts'
import type { Incoming } from './incoming.ts'
import type { JournalKeeper, JournalRequest } from './journal.ts'
import type { Ledger } from './ledger.ts'
import type { Problem, Schemas } from './schemas.ts'
import type { SimulatorOptions } from './options.ts'
import type { Tasks } from './tasks/tasks.ts'

/** The parts that operations work with. */
export interface Service {
  readonly clock: Clock
  readonly options: SimulatorOptions<Clock>
  readonly origin: string
  readonly document: ApiDocument
  readonly schemas: Schemas
  readonly behaviour: Behaviour
  readonly envelopes: Envelopes
  readonly journal: JournalKeeper
  readonly ledger: Ledger
  readonly tasks: Tasks
  readonly files: FileStore
  readonly links: ResultLinks
  /** Whether there is room for one more within the rate limit. */
  readonly room: {
    readonly creates: () => boolean
    readonly reads: () => boolean
    readonly clear: () => void
  }
  /** Randomness for names of files. */
  readonly random: () => number
  /** In process, or behind a server's socket. */
  readonly face: Face
  /** Aborts when the simulator is stopped. */
  readonly stopped: AbortSignal
  /** Notes work that is under way. */
  readonly during: <T>(work: Promise<T>) => Promise<T>
}

export type Face = 'process' | 'server'

/** One request of one operation. */
export interface Call {
  readonly request: Incoming
  readonly url: URL
  readonly operation: Operation
  /** What the journal will show. */
  readonly entry: JournalRequest
  /** Texts without the caller's key in them. */
  readonly redact: (text: string) => string
}

export type Handler = (service: Service, call: Call) => Promise<Answer> | Answer

/** An error answer; those of uploads have a flag more. */
export function refuse(
  { envelopes }: Service,
  { id }: Operation,
  code: number,
  words?: string,
): Answer {
  return envelopes.refusal(code, words, id.startsWith('upload-') ? { success: false } : {})
}

/**
 * The code that a wrong parameter gets, of operations other than createTask unless another is
 * given.
 */
export function parameterCode({ behaviour }: Service, code = 400): number {
  return behaviour.parameterErrors === 'by-operation' ? code : behaviour.parameterErrors
}

/** Every problem in a few words, in one line. */
export function list(problems: readonly Problem[]): string {
  return problems
    .map(({ path, message }) =>
      path === ''
        ? message
        : message.startsWith('This')
          ? `${path}: ${message}`
          : `${path} ${message}`,
    )
    .join('; ')
}
