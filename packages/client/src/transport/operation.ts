/** What the compiled document says about one operation, as far as a request needs it. */
export interface Operation {
  readonly id: string
  /** Which address of the client it goes to. */
  readonly server: 'api' | 'upload'
  /** Whether it may be sent again when nobody knows whether it arrived (`x-apikley-resend`). */
  readonly resend: 'never' | 'safe'
  /**
   * What the envelope's `data` has to be for the answer to be complete: an object with these
   * fields, or a type.
   */
  readonly expects: Readonly<Record<string, JsonType>> | JsonType | 'nothing'
}

/** A type of JSON that can be told at a glance; `any` is whatever is there. */
export type JsonType = 'string' | 'number' | 'boolean' | 'any'

/** Options that every call takes. */
export interface CallOptions {
  /** Aborts the call; it then rejects with the signal's reason, at once. */
  readonly signal?: AbortSignal | undefined
  /** Names this attempt where an operation may not be sent twice; a random one by default. */
  readonly attemptId?: string | undefined
  /** When the attempt was sent before, in Unix ms; see CreateOptions. */
  readonly firstSentAt?: number | undefined
}
