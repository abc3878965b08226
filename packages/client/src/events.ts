import type { ApikleyError } from './errors.ts'

/**
 * An attempt to send a request. Its address is without the query, and what is sent is not in it.
 */
export interface RequestEvent {
  readonly type: 'request'
  /** The operation of the document, for instance `create-task`. */
  readonly operation: string
  readonly method: string
  readonly url: string
  /** The first is 1. */
  readonly attempt: number
  /** Names one attempt to create a task; it is the same however often that is sent. */
  readonly attemptId?: string | undefined
  /** When it was sent, in Unix ms. */
  readonly time: number
}

/**
 * What the client reports while it works, told apart by `type`. Durations are in ms. New types may
 * come.
 */
export type ApikleyEvent =
  | RequestEvent
  /**
   * A request has ended: `request` is the very event that told of its beginning. `status` is there
   * when an answer came, `error` when it was no success.
   */
  | {
      readonly type: 'request-end'
      readonly request: RequestEvent
      readonly duration: number
      readonly status?: number | undefined
      readonly error?: ApikleyError | undefined
    }
  /** A request will be sent again, as attempt `attempt`, after `delay`. */
  | {
      readonly type: 'retry'
      readonly operation: string
      readonly attempt: number
      readonly delay: number
      readonly error: ApikleyError
    }
  /** A request waits for its turn for about `delay`, so that a limit is kept. */
  | { readonly type: 'throttle'; readonly operation: string; readonly delay: number }
  /** So many bytes of a file have gone. */
  | {
      readonly type: 'upload'
      readonly fileName: string
      readonly loaded: number
      readonly total: number
    }
  /** A task was bought. */
  | {
      readonly type: 'created'
      readonly taskId: string
      readonly model: string
      readonly attemptId: string
    }
  /** A task was looked at. */
  | { readonly type: 'task'; readonly taskId: string; readonly state: string }
  /**
   * Nobody can tell whether a task was bought: `error` says why; without one, the call was aborted.
   */
  | {
      readonly type: 'unconfirmed'
      readonly operation: string
      readonly attemptId: string
      readonly error?: ApikleyError | undefined
    }

/** Takes events. What it throws is ignored: a mistake in a log must not cost a task. */
export type EventListener = (event: ApikleyEvent) => void

/**
 * Tells a listener. A mistake of a listener must not cost a task, so what it throws, or rejects
 * with, is ignored.
 */
export function tell<Value>(listener: ((value: Value) => unknown) | undefined, value: Value): void {
  try {
    const told = listener?.(value)
    // Whatever can be awaited may reject.
    if (told) {
      Promise.resolve(told).catch(() => {})
    }
  } catch {
    // Not this call's mistake.
  }
}
