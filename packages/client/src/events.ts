import type { ApikleyError } from './errors.ts'

/** One attempt to send a request. It holds no body, and the URL has no query. */
export interface RequestEvent {
  readonly type: 'request'
  /** The operation's id in the document, for instance `create-task`. */
  readonly operation: string
  readonly method: string
  readonly url: string
  /** From 1. */
  readonly attempt: number
  /** Names one create. Its retries have the same name. */
  readonly idempotencyKey?: string | undefined
  /** When the request was sent, in Unix ms. */
  readonly time: number
}

/** What the client reports while it works. Durations are in ms. Later versions may add types. */
export type ApikleyEvent = Readonly<
  | RequestEvent
  /**
   * A request has ended. `request` is the same object as the earlier event. `status` is set after a
   * response, `error` after a failure. Both are missing after an abort.
   */
  | {
      type: 'request-end'
      request: RequestEvent
      duration: number
      status?: number | undefined
      error?: ApikleyError | undefined
    }
  /** A request is retried as attempt `attempt` after `delay`. */
  | { type: 'retry'; operation: string; attempt: number; delay: number; error: ApikleyError }
  /** A request waits for about `delay` to keep a limit. `queued` requests wait for it. */
  | { type: 'throttle'; operation: string; delay: number; queued: number }
  /** The progress of an upload, in bytes. */
  | { type: 'upload'; fileName: string; loaded: number; total: number }
  /** A task was created and is charged. */
  | { type: 'created'; taskId: string; model: string; idempotencyKey: string }
  /** A create failed and charged nothing, for example because of a limit of the proxy. */
  | { type: 'refused'; model: string; error: ApikleyError }
  /** A task was read. `lateness` is that of a poll: how long after its planned time it was sent. */
  | { type: 'task'; taskId: string; state: string; lateness?: number | undefined }
  /** It is unknown whether a task was created. `error` is missing after an abort. */
  | {
      type: 'unconfirmed'
      operation: string
      idempotencyKey: string
      error?: ApikleyError | undefined
    }
  /** `call` of the store failed after `duration`. Without them, a key belongs to another store. */
  | { type: 'store'; call?: string; duration?: number; error: ApikleyError }
>

/** Receives events. Its errors are ignored, because a faulty log must not cost a task. */
export type EventListener = (event: ApikleyEvent) => void

/** Calls a listener. Whatever it throws or rejects with is ignored. */
export function emit<Value>(listener: ((value: Value) => unknown) | undefined, value: Value): void {
  try {
    const result = listener?.(value)
    if (result) {
      Promise.resolve(result).catch(() => {})
    }
  } catch {
    // The listener's fault, not the call's.
  }
}
