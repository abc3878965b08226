import { setMaxListeners } from 'node:events'
import type { Clock } from '../clock.ts'
import { readDocument, type ApiDocument } from '../document.ts'
import type { SimulatorOptions } from '../options.ts'
import { connectionError } from '../http/connection.ts'
import { createRandom } from '../random.ts'
import type { Behaviour, Fault, Outcome } from '../scenario.ts'
import { createServiceClock, type ServiceClock } from '../waiting.ts'
import { Account, RateCounter } from './account.ts'
import { FileStore } from './files.ts'
import { JournalWriter } from './journal.ts'
import { Rules } from './rule-queue.ts'

/** The bytes of files in memory. The oldest files are deleted first. */
const FILES_LIMIT_BYTES = 256 * 2 ** 20

/** What a simulator remembers, apart from its tasks. */
export class State {
  readonly clock: ServiceClock
  readonly options: SimulatorOptions<Clock>
  readonly behaviour: Behaviour
  readonly seed: number
  /** The start of the URLs of files. */
  readonly origin: string
  readonly document: ApiDocument = readDocument()
  readonly journal: JournalWriter = new JournalWriter()
  readonly account: Account
  readonly creates: RateCounter
  readonly reads: RateCounter
  readonly files: FileStore
  readonly faults: Rules<Fault>
  readonly outcomes: Rules<Outcome>
  /** Random numbers for names of files. */
  readonly fileNames: () => number
  readonly #stopping = new AbortController()

  constructor(options: SimulatorOptions<Clock>, clock: Clock, origin: string) {
    const { seed = 1, credits = 1500, behaviour = 'reported' } = options
    this.clock = createServiceClock(clock)
    this.options = options
    this.behaviour = behaviour
    this.seed = seed
    this.origin = origin
    this.account = new Account(this.clock, credits)
    this.creates = new RateCounter(this.clock, options.limits?.creates)
    this.reads = new RateCounter(this.clock, options.limits?.reads)
    this.files = new FileStore(this.clock, FILES_LIMIT_BYTES)
    this.faults = new Rules(createRandom(seed, 'faults'))
    this.outcomes = new Rules(createRandom(seed, 'outcomes'))
    this.fileNames = createRandom(seed, 'names')
    try {
      // Each request in flight listens. Node 20 warns of a leak above ten.
      setMaxListeners(0, this.stopped)
    } catch {
      // The signal of a test DOM, which warns of nothing.
    }
  }

  /** Aborts when the simulator is stopped. */
  get stopped(): AbortSignal {
    return this.#stopping.signal
  }

  stop(): void {
    this.#stopping.abort(connectionError('ECONNRESET'))
  }
}
