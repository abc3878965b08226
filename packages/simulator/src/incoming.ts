/** A request, as both faces have it; a `Request` of the platform is one. */
export interface Incoming {
  readonly method: string
  readonly url: string
  readonly headers: { get(name: string): string | null }
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal
  readonly body: Body | null
}

/** Bytes as they come; leaving the loop over them ends the rest. */
export type Body = AsyncIterable<Uint8Array>
