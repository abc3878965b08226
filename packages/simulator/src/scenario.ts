import type { BehaviourChoice } from './behaviour.ts'
import type { Fault } from './faults/fault.ts'
import type { RateLimit } from './limits.ts'
import type { Outcome } from './tasks/outcome.ts'

/** Everything about a simulation that is data; a scenario file holds one as JSON. */
export interface Scenario {
  /** The same seed and the same requests give the same bytes. Default: 1. */
  readonly seed?: number
  /** How long a task takes, in ms, or a range. Default: 1,000 to 5,000. */
  readonly latency?: number | readonly [least: number, most: number]
  /** The balance at the start. Default: 1,500. */
  readonly credits?: number
  /** What a task costs. Default: 3.5. A task that fails gives it back. */
  readonly price?: number
  /** Keys that are accepted. Default: any. */
  readonly keys?: readonly string[]
  /** Where documents and reports differ. Default: `reported`. */
  readonly behaviour?: BehaviourChoice
  /**
   * Limits that are kept. None by default; 20 creates in 10 s and 10 reads a second are reported.
   */
  readonly limits?: {
    readonly creates?: RateLimit
    readonly reads?: RateLimit
    /** How many tasks may run at a time. */
    readonly running?: number
  }
  /** How long things are kept, in ms. */
  readonly keep?: {
    /** Results. Default: 24 h. */
    readonly results?: number
    /** Uploads. Default: 3 days. */
    readonly uploads?: number
    /** Download links. Default: 20 min. */
    readonly links?: number
  }
  readonly faults?: readonly Fault[]
  readonly outcomes?: readonly Outcome[]
}
