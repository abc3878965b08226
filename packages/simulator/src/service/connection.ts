import type { Clock } from '../clock.ts'
import { sleep } from '../waiting.ts'

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

export interface StreamOptions {
  /** Bytes in each chunk. Default: all. */
  readonly size?: number
  readonly pauseMs?: number
  /** Whether the connection breaks at the end of the body. */
  readonly breaks?: boolean
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

  /**
   * A body that arrives in chunks. Its end releases the connection.
   */
  stream(
    body: Uint8Array,
    { size = body.byteLength, pauseMs = 0, breaks = false }: StreamOptions,
    clock: Clock,
  ): ReadableStream<Uint8Array> {
    let offset = 0
    const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
      if (offset > 0 && offset < body.byteLength) {
        await sleep(clock, pauseMs, this.signal)
      }
      if (offset < body.byteLength) {
        controller.enqueue(body.subarray(offset, offset + size))
        offset += size
      } else if (breaks) {
        throw bodyError()
      } else {
        this.release()
        controller.close()
      }
    }
    const cancel = (): void => {
      this.release()
      this.#reset()
    }
    const pullOrRelease = (controller: ReadableStreamDefaultController): Promise<void> =>
      pull(controller).catch((error: unknown) => {
        this.release()
        throw error
      })
    return new ReadableStream({ pull: pullOrRelease, cancel }, { highWaterMark: 0 })
  }

  readonly #reset = (): void => {
    const { aborted, reason } = this.#caller
    this.#ended.abort(aborted ? reason : connectionError('ECONNRESET'))
  }
}
