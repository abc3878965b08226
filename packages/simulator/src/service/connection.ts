import { sleep } from '../waiting.ts'
import type { Clock } from '../clock.ts'

/** The rejection of the platform's `fetch` when a connection fails, with Node's code as its cause. */
export function connectionError(code: 'ECONNRESET' | 'ECONNREFUSED'): TypeError {
  const message = code === 'ECONNRESET' ? 'read ECONNRESET' : 'connect ECONNREFUSED'
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) })
}

/** The rejection of a body when its connection breaks. */
function bodyError(): TypeError {
  const cause = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })
  return new TypeError('terminated', { cause })
}

/** The connection of one request, until its answer or its body has ended. */
export class Connection {
  readonly #ended = new AbortController()
  readonly #caller: AbortSignal
  readonly #stopped: AbortSignal

  constructor(caller: AbortSignal, stopped: AbortSignal) {
    this.#caller = caller
    this.#stopped = stopped
    caller.addEventListener('abort', this.#reset)
    stopped.addEventListener('abort', this.#reset)
  }

  /** Aborts when the caller disconnects or the simulator is stopped. */
  get signal(): AbortSignal {
    return this.#ended.signal
  }

  /** Removes the listeners. */
  release(): void {
    this.#caller.removeEventListener('abort', this.#reset)
    this.#stopped.removeEventListener('abort', this.#reset)
  }

  /** A body in chunks of `size` bytes, `pauseMs` apart. It releases the connection at its end. */
  stream(
    body: Uint8Array,
    size: number,
    pauseMs: number,
    clock: Clock,
  ): ReadableStream<Uint8Array> {
    let offset = 0
    return this.#streamOf(async (controller) => {
      if (offset > 0) {
        await sleep(clock, pauseMs, this.signal)
      }
      controller.enqueue(body.subarray(offset, offset + size))
      offset += size
      if (offset >= body.byteLength) {
        this.release()
        controller.close()
      }
    })
  }

  /** A body that breaks at its end. */
  breakingStream(body: Uint8Array): ReadableStream<Uint8Array> {
    const chunks = [body]
    return this.#streamOf(async (controller) => {
      const chunk = chunks.pop()
      if (!chunk) {
        throw bodyError()
      }
      controller.enqueue(chunk)
    })
  }

  #streamOf(
    pull: (controller: ReadableStreamDefaultController<Uint8Array>) => Promise<void>,
  ): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: (controller) =>
          pull(controller).catch((error: unknown) => {
            this.release()
            throw error
          }),
        cancel: () => {
          this.release()
          this.#reset()
        },
      },
      { highWaterMark: 0 },
    )
  }

  readonly #reset = (): void => {
    const { aborted, reason } = this.#caller
    this.#ended.abort(aborted ? reason : connectionError('ECONNRESET'))
  }
}
