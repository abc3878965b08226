/** When the process wrote the line, in Unix ms. */
interface At {
  readonly at: number
}

/** A write of the client's store. `version` is the id of the line that wrote the expected value. */
export interface SwapLine extends At {
  readonly op: 'swap'
  readonly key: string
  readonly version: string | null
  readonly value: string | null
  readonly ttl: number
}

export interface TurnLine extends At {
  readonly op: 'turn'
  readonly key: string
  readonly turn: string
  readonly limit: number
  readonly interval: number
  /** `null` is no limit. */
  readonly maxDelay: number | null
}

export interface CancelLine {
  readonly op: 'cancel'
  readonly key: string
  readonly turn: string
}

/** Counts a task before it is created, unless the same create is there already. */
export interface ClaimLine extends At {
  readonly op: 'claim'
  /** A digest of what is created. */
  readonly intent: string
  /** The idempotency key of a new create. */
  readonly key: string
  readonly model: string
  readonly credits: number | null
  readonly caps: Caps
  /** An entry of a created task that is older, in ms, does not count as the same create. */
  readonly reuse: number
}

/** What became of a create. */
export interface SettleLine extends At {
  readonly op: 'settle'
  readonly key: string
  /** `free`: nothing was charged. */
  readonly state: 'created' | 'free'
  readonly taskId: string | null
}

/** What a task has cost. */
export interface CreditsLine {
  readonly op: 'credits'
  readonly taskId: string
  readonly credits: number
}

/** Parts of a snapshot. */
export interface ValueLine extends StoredValue {
  readonly op: 'value'
  readonly key: string
}
export interface WindowLine {
  readonly op: 'window'
  readonly key: string
  readonly turns: readonly (readonly [id: string, at: number])[]
  readonly until: number
}
export interface EntryLine extends Entry {
  readonly op: 'entry'
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
export interface Entry {
  readonly intent: string
  readonly key: string
  /** When the key was made. */
  readonly madeAt: number
  /** When the task was counted. */
  readonly at: number
  readonly model: string
  /** The price, or what the task has cost. Missing if unknown. */
  readonly credits: number | null
  /** `open`: the create is in flight, or its outcome is unknown. `free`: nothing was charged. */
  readonly state: 'open' | 'created' | 'free'
  readonly taskId: string | null
}

export type Line =
  | SwapLine
  | TurnLine
  | CancelLine
  | ClaimLine
  | SettleLine
  | CreditsLine
  | ValueLine
  | WindowLine
  | EntryLine
