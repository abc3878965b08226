/** The lines of the ledger. `at` is when the process wrote the line, in Unix ms. */
export type Line = Readonly<
  /**
   * A write of the client's store. `version` is the id of the line that wrote the expected value.
   */
  | {
      op: 'swap'
      at: number
      key: string
      version: string | null
      value: string | null
      ttl: number
    }
  /** With `maxDelay` null, any delay is accepted. */
  | {
      op: 'turn'
      at: number
      key: string
      turn: string
      limit: number
      interval: number
      maxDelay: number | null
    }
  | { op: 'cancel'; key: string; turn: string }
  | (Intent & { op: 'claim'; at: number })
  /** What became of a create. `free`: nothing was charged. */
  | { op: 'settle'; at: number; key: string; state: 'created' | 'free'; taskId: string | null }
  /** What a task has cost. */
  | { op: 'credits'; taskId: string; credits: number }
  /** Parts of a snapshot. */
  | (StoredValue & { op: 'value'; key: string })
  | { op: 'window'; key: string; turns: [id: string, at: number][]; until: number }
  | (Entry & { op: 'entry' })
>

export type LineOf<Op extends Line['op']> = Extract<Line, { readonly op: Op }>

/** A task before it is created. */
export interface Intent {
  /** A digest of what is created. */
  readonly intent: string
  /** The idempotency key of a new create. */
  readonly key: string
  readonly model: string
  /** The price, or what the task has cost. `null` if unknown. */
  readonly credits: number | null
  readonly caps: Caps
  /** An entry of a created task that is older, in ms, does not count as the same create. */
  readonly reuse: number
}

export interface StoredValue {
  readonly value: string
  readonly version: string
  readonly expiresAt: number
}

/** Limits of the last 24 hours, over all processes. */
export interface Caps {
  readonly tasks?: number | undefined
  readonly credits?: number | undefined
}

/** One create of this machine. */
export interface Entry extends Pick<Intent, 'intent' | 'key' | 'model' | 'credits'> {
  /** When the key was made. */
  readonly madeAt: number
  /** When the task was counted. */
  readonly at: number
  /** `open`: the create is in flight, or its outcome is unknown. `free`: nothing was charged. */
  readonly state: 'open' | 'created' | 'free'
  readonly taskId: string | null
}
