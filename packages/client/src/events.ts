import type { ApikleyError } from './errors.ts'

/** What the client reports while it works. New types may come. */
export type ApikleyEvent =
  /** A request is sent again after `delay` ms. */
  | {
      readonly type: 'retry'
      readonly operation: string
      readonly attempt: number
      readonly delay: number
      readonly error: ApikleyError
    }
  /** A call was aborted while a create was under way: a task may have been bought. */
  | { readonly type: 'unconfirmed'; readonly operation: string; readonly attemptId: string }

/** Takes events. What it throws is ignored: a mistake in a log must not cost a task. */
export type EventListener = (event: ApikleyEvent) => void

/** Tells a listener. A mistake of a listener must not cost a task, so what it throws, or rejects with, is ignored. */
export function tell<Value>(listener: ((value: Value) => unknown) | undefined, value: Value): void {
  try {
    const told = listener?.(value)
    if (told instanceof Promise) told.catch(() => {})
  } catch {
    // Not this call's mistake.
  }
}
