import { ApikleyError } from './errors.ts'
import { createDeadline, orAborted } from './transport/abort.ts'
import type { TransportConfig } from './transport/fetch.ts'

/** A part of the client that is loaded when it is first needed, and stays. */
export interface OnDemand<Part> {
  /** What has been loaded. */
  readonly loaded: Part | undefined
  /**
   * Does something with the part, as soon as it is there. Whatever sends anything is in the part,
   * so nothing has been sent before.
   *
   * @param act also gets the time that the call has lost by loading, in ms
   * @throws {ApikleyError} `connection` when the part cannot be loaded, or not within
   *   `requestTimeout`; the next call tries again. `timeout` when the time
   *   of the call is over before
   */
  use<Result>(
    act: (part: Part, waited: number) => Promise<Result>,
    options?: UseOptions,
  ): Promise<Result>
}

interface UseOptions {
  readonly signal?: AbortSignal | undefined
  /** In ms. */
  readonly timeout?: number | undefined
  /** For the error, when the time is over. */
  readonly taskId?: string | undefined
}

export function createOnDemand<Part>(
  load: () => Promise<Part>,
  { clock, requestTimeout }: TransportConfig,
): OnDemand<Part> {
  let loaded: Part | undefined
  let loading: Promise<Part> | undefined

  function start(): Promise<Part> {
    return (loading ??= load().then(
      (part) => (loaded = part),
      (cause: unknown) => {
        // Browsers of before 2026 keep the failure of a module, and give it again
        // (whatwg/html#10327): there, only a new page helps.
        loading = undefined
        throw notLoaded(cause)
      },
    ))
  }

  return {
    get loaded() {
      return loaded
    },
    async use(act, { signal, timeout = Infinity, taskId } = {}) {
      if (loaded) {
        return act(loaded, 0)
      }
      signal?.throwIfAborted()
      const began = clock.now()
      const late = timeout < requestTimeout ? () => outOfTime(timeout, taskId) : notLoaded
      // What is no time at all is for the part to refuse.
      const deadline = createDeadline(
        clock,
        timeout >= 0 ? Math.min(timeout, requestTimeout) : requestTimeout,
        late,
        signal,
      )
      const part = await orAborted(start(), deadline.signal).finally(deadline.release)
      return act(part, Math.max(0, clock.now() - began))
    },
  }
}

function notLoaded(cause?: unknown): ApikleyError {
  const message =
    'A part of this client could not be loaded; nothing was sent. Check the network and try again, or reload the page.'
  return new ApikleyError({ kind: 'connection', cause, message })
}

function outOfTime(timeout: number, taskId: string | undefined): ApikleyError {
  const message = `The ${timeout} ms of this call were over before a part of this client was loaded. Nothing was sent.`
  return new ApikleyError({ kind: 'timeout', taskId, message })
}
