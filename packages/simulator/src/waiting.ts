import type { Clock, VirtualClock } from './clock.ts'

/** The clock of the service. It counts whole milliseconds. */
export interface ServiceClock extends Clock {
  /** Marks work as in flight, so that a virtual clock does not jump over it. */
  during<T>(work: Promise<T>): Promise<T>
}

export function createServiceClock(clock: Clock | VirtualClock): ServiceClock {
  return {
    now: () => Math.floor(clock.now()),
    after: (ms, callback) => clock.after(ms, callback),
    during: (work) => ('during' in clock ? clock.during(work) : work),
  }
}

/** Waits `ms` milliseconds. @throws the signal's reason when it aborts first */
export async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  let cancel = (): void => {}
  try {
    await raceAbort(
      signal,
      new Promise<void>((resolve) => {
        cancel = clock.after(ms, resolve)
      }),
    )
  } finally {
    cancel()
  }
}

/** Settles as `promise` does. @throws the signal's reason when it aborts first */
export function raceAbort<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    const release = (): void => signal.removeEventListener('abort', abort)
    if (signal.aborted) {
      abort()
    }
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(release)
  })
}

/**
 * Runs `work` with a signal that aborts after `ms` milliseconds, or when `stopped` aborts.
 *
 * @throws the signal's reason when it aborts first, even if `work` ignores it
 */
export async function withTimeout<T>(
  clock: Clock,
  ms: number,
  stopped: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  stopped.throwIfAborted()
  const timeout = new AbortController()
  const cancel = clock.after(ms, () => timeout.abort(new Error(`no answer within ${ms} ms`)))
  const signal = AbortSignal.any([timeout.signal, stopped])
  try {
    return await raceAbort(signal, work(signal))
  } finally {
    cancel()
  }
}
