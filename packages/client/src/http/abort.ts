import type { Clock } from '../runtime.ts'

/**
 * Settles with `promise`. An abort rejects with the signal's reason in the same turn of the event
 * loop. No listener stays behind.
 */
export function raceAbort<T>(
  promise: PromiseLike<T>,
  signal: AbortSignal | null | undefined,
): Promise<T> {
  if (!signal) {
    return Promise.resolve(promise)
  }
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) {
      abort()
    } else {
      signal.addEventListener('abort', abort, { once: true })
    }
    promise.then(resolve, reject).then(() => signal.removeEventListener('abort', abort))
  })
}

/**
 * Waits `ms`. An abort rejects with the signal's reason and removes the timer.
 *
 * @param onSleep receives a function that ends the wait early
 */
export function sleep(
  clock: Clock,
  ms: number,
  signal?: AbortSignal | null,
  onSleep?: (wake: () => void) => void,
): Promise<void> {
  let cancel = (): void => {}
  const slept = new Promise<void>((resolve) => {
    onSleep?.(resolve)
    cancel = clock.after(ms, resolve)
  })
  return raceAbort(slept, signal).finally(() => cancel())
}

export interface Deadline {
  /** Aborts with `reason()` after the deadline, or with the caller's reason. */
  readonly signal: AbortSignal
  /** Removes the timer and the listener. */
  release(): void
}

/** @param ms from now; `Infinity` sets no timer */
export function createDeadline(
  clock: Clock,
  ms: number,
  reason: () => unknown,
  signal: AbortSignal | null | undefined,
): Deadline {
  const controller = new AbortController()
  const forward = (): void => controller.abort(signal?.reason)
  let cancel = (): void => {}
  if (signal?.aborted) {
    forward()
  } else {
    signal?.addEventListener('abort', forward, { once: true })
    if (ms < Infinity) {
      cancel = clock.after(ms, () => controller.abort(reason()))
    }
  }
  return {
    signal: controller.signal,
    release() {
      cancel()
      signal?.removeEventListener('abort', forward)
    },
  }
}
