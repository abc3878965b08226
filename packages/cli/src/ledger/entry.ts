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

/** The tasks and credits of the last 24 hours. */
export interface Usage {
  readonly tasks: number
  readonly credits: number
}

export type Claim =
  | { readonly status: 'new' | 'known'; readonly entry: Entry }
  /** A cap allows no more tasks. */
  | {
      readonly status: 'refused'
      readonly cap: keyof Caps
      readonly max: number
      readonly usage: Usage
    }
