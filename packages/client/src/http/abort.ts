import { ApikleyError, type ApikleyErrorData } from '../errors.ts'
import type { Clock } from '../runtime.ts'
import { createError } from './messages.ts'

/** The reasons of signals on platforms that keep none, such as React Native. */
const reasons = new WeakMap<AbortSignal, unknown>()

/** Why a signal was aborted. It is the same value at each call. */
export function reasonOf(signal: AbortSignal): unknown {
  const reason = signal.reason ?? reasons.get(signal)
  if (reason !== undefined) {
    return reason
  }
  const error = Object.assign(new Error('The operation was aborted.'), { name: 'AbortError' })
  reasons.set(signal, error)
  return error
}

/** Aborts with a reason, also where a signal keeps none. */
function abortWith(controller: AbortController, reason: unknown): void {
  if (!controller.signal.aborted) {
    reasons.set(controller.signal, reason)
    controller.abort(reason)
  }
}

/** @throws the reason of an aborted signal */
export function throwIfAborted(signal: AbortSignal | null | undefined): void {
  if (signal?.aborted) {
    throw reasonOf(signal)
  }
}

/** The callbacks of one signal. */
interface AbortListener {
  readonly callbacks: Set<(reason: unknown) => void>
  readonly notify: () => void
}

const listeners = new WeakMap<AbortSignal, AbortListener>()

/**
 * Calls back when a signal aborts, or at once if it is aborted. All callbacks of a signal share one
 * listener, because Node 20 warns of more than ten.
 *
 * @returns a function that removes the callback, and with the last one the listener
 */
export function onAbort(
  signal: AbortSignal | null | undefined,
  callback: (reason: unknown) => void,
): () => void {
  if (!signal || signal.aborted) {
    if (signal) {
      callback(reasonOf(signal))
    }
    return () => {}
  }
  const { callbacks, notify } = listeners.get(signal) ?? listen(signal)
  callbacks.add(callback)
  return () => {
    if (callbacks.delete(callback) && callbacks.size === 0) {
      signal.removeEventListener('abort', notify)
      listeners.delete(signal)
    }
  }
}

function listen(signal: AbortSignal): AbortListener {
  const callbacks = new Set<(reason: unknown) => void>()
  const notify = (): void => {
    for (const callback of callbacks) {
      callbacks.delete(callback)
      callback(reasonOf(signal))
    }
  }
  signal.addEventListener('abort', notify, { once: true })
  const listener = { callbacks, notify }
  listeners.set(signal, listener)
  return listener
}

/** Errors of deadlines, which say themselves what was charged. */
const deadlineErrors = new WeakSet<object>()

/** Whether an error is the end of a deadline of ours, and not the reason of a caller. */
export function isDeadlineError(error: unknown): boolean {
  return deadlineErrors.has(Object(error))
}

/**
 * The error `aborted` if `error` is the reason of an aborted signal. Other errors stay as they are,
 * and so does the error of a deadline.
 */
export function toAborted<Failure>(
  error: Failure,
  signal: AbortSignal | null | undefined,
  data: Partial<ApikleyErrorData> = {},
): Failure | ApikleyError {
  if (!signal?.aborted || error !== reasonOf(signal) || isDeadlineError(error)) {
    return error
  }
  const { taskId, charge } = data
  const collect = `tasks.wait(${JSON.stringify(taskId)}) collects it.`
  const next = charge || !taskId ? '' : ` Task ${taskId} is charged and still runs: ${collect}`
  const message = `The call was aborted.${next}`
  return createError({ ...data, kind: 'aborted', message, cause: error })
}

/**
 * The error of a call that has not learned what became of its idempotency key. An error that says
 * that nothing was charged becomes the cause.
 */
export function toPossible<Failure>(
  error: Failure,
  idempotencyKey: string,
  signal?: AbortSignal | null,
): Failure | ApikleyError {
  const data = { idempotencyKey, charge: 'possible' } as const
  const failure = toAborted(error, signal, data)
  if (!ApikleyError.is(failure) || failure.charge !== 'none') {
    return failure
  }
  const kind = isDeadlineError(error) ? 'unconfirmed' : failure.kind
  return createError({ ...failure.toJSON(), ...data, kind, cause: failure })
}

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
    const release = onAbort(signal, reject)
    promise.then(resolve, reject).then(release)
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
  /** Ends work that no result is expected from any more. */
  abort(reason: unknown): void
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
  const release = onAbort(signal, (reason) => abortWith(controller, reason))
  const expire = (): void => {
    const error = reason()
    deadlineErrors.add(Object(error))
    abortWith(controller, error)
  }
  const cancel = ms < Infinity ? clock.after(ms, expire) : undefined
  return {
    signal: controller.signal,
    abort: (reason) => abortWith(controller, reason),
    release() {
      cancel?.()
      release()
    },
  }
}

/** Runs `act` until it settles, the deadline ends, or the caller aborts; see `createDeadline`. */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  reason: () => unknown,
  signal: AbortSignal | null | undefined,
  act: (signal: AbortSignal) => PromiseLike<T>,
): Promise<T> {
  const deadline = createDeadline(clock, ms, reason, signal)
  try {
    return await raceAbort(act(deadline.signal), deadline.signal)
  } finally {
    deadline.release()
  }
}
