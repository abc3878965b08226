import { misconfigured } from '../errors.ts'
import type { Transport } from '../options.ts'
import { randomId } from '../runtime.ts'
import { reasonOf, toAborted } from './abort.ts'
import type { Operation } from './classify.ts'
import { checkOptions } from './check-options.ts'
import type { Turn } from './rate-limit.ts'

/** The prefix of the key of a create that no store records. */
export const UNKEYED = 'unkeyed.'

/** A key of `createKey`: `nonce.time.markerId`, and from a proxy also its signature. */
export const MADE_KEY: RegExp = /^([0-9a-f]{32}\.(\d{13,})\.([0-9a-f]{32}))(\.|$)/

/** Options of every call. */
export interface CallOptions extends Turn {
  /** Aborts the call. It then rejects at once with an error of kind `aborted`. */
  readonly signal?: AbortSignal | undefined
  /** Names this create in errors and events, and for a proxy. Default: random. */
  readonly idempotencyKey?: string | undefined
  /** Internal: awaited before each attempt is sent. */
  readonly onSend?: (() => Promise<void>) | undefined
  /** Internal: called when the request waits for a limit, and when it is sent after that. */
  readonly onQueue?: ((isQueued: boolean) => void) | undefined
}

/** A successful response with its body read. */
export interface Success {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** One call of an operation: what all its attempts share. */
export interface Call extends CallOptions {
  readonly transport: Transport
  readonly operation: Operation
  /** Set for charged operations only. */
  readonly idempotencyKey?: string | undefined
  /** The response, once it has arrived. */
  success?: Success
}

/** @throws {ApikleyError} `configuration` for options that cannot be sent */
export function createCall(
  transport: Transport,
  operation: Operation,
  options?: CallOptions,
): Call {
  const { idempotencyKey, ...others } = checkOptions(options)
  const call = { ...others, transport, operation }
  const { signal, onSend } = call
  if (signal?.aborted) {
    throw toAborted(reasonOf(signal), signal)
  }
  if (operation.resend !== 'never') {
    return call
  }
  const key = idempotencyKey ?? `${UNKEYED}${randomId(transport.random)}`
  // Otherwise `tasks.recover` would not find it, and report that nothing was sent.
  if (MADE_KEY.test(key) && !onSend && !transport.proxied) {
    throw misconfigured('Pass a key of tasks.createKey() to tasks.create or run.')
  }
  return { ...call, idempotencyKey: key }
}
