import type { Clock } from '../runtime.ts'

/**
 * Settles with `promise`, or rejects with the signal's reason in the same turn in which it is
 * aborted. Leaves no listener behind.
 */
export function orAborted<T>(promise: PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
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
 * Waits `ms`, unless the signal is aborted; then it rejects with its reason and leaves no timer.
 *
 * @param onSleep gets what ends it before
 */
export function sleep(
  clock: Clock,
  ms: number,
  signal?: AbortSignal,
  onSleep?: (wake: () => void) => void,
): Promise<void> {
  let cancel = (): void => {}
  const slept = new Promise<void>((resolve) => {
    onSleep?.(resolve)
    cancel = clock.after(ms, resolve)
  })
  return orAborted(slept, signal).finally(() => cancel())
}

export interface Deadline {
  /**
   * Aborted when the time is up, with `reason()`, or when the caller's signal is, with its reason.
   */
  readonly signal: AbortSignal
  /** Takes timer and listener away. */
  release(): void
}

export function createDeadline(
  clock: Clock,
  ms: number,
  reason: () => unknown,
  signal: AbortSignal | undefined,
): Deadline {
  const controller = new AbortController()
  const forward = (): void => controller.abort(signal?.reason)
  if (signal?.aborted) {
    forward()
  } else {
    signal?.addEventListener('abort', forward, { once: true })
  }
  const cancel = controller.signal.aborted
    ? () => {}
    : clock.after(ms, () => controller.abort(reason()))
  return {
    signal: controller.signal,
    release() {
      cancel()
      signal?.removeEventListener('abort', forward)
    },
  }
}
