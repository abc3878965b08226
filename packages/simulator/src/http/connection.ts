import type { Clock } from '../clock.ts'
import { sleep } from '../waiting.ts'

/** The rejection of the platform's `fetch` when a connection fails, with Node's code as its cause. */
export function connectionError(code: 'ECONNRESET' | 'ECONNREFUSED'): TypeError {
  const message = code === 'ECONNRESET' ? 'read ECONNRESET' : 'connect ECONNREFUSED'
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) })
}

/** A body whose connection breaks at its end. It fails as the platform's `fetch` does then. */
export function brokenStream(body: Uint8Array): ReadableStream<Uint8Array> {
  const cause = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })
  return new ReadableStream(
    {
      start: (controller) => controller.enqueue(body),
      pull: (controller) => controller.error(new TypeError('terminated', { cause })),
    },
    { highWaterMark: 0 },
  )
}

/** A body in chunks of `size` bytes, `pauseMs` milliseconds apart. */
export function slowStream(
  body: Uint8Array,
  size: number,
  pauseMs: number,
  clock: Clock,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const cancelled = new AbortController()
  const ended = AbortSignal.any([signal, cancelled.signal])
  let offset = 0
  const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
    if (offset >= body.byteLength) {
      controller.close()
      return
    }
    if (offset > 0) {
      await sleep(clock, pauseMs, ended)
    }
    controller.enqueue(body.subarray(offset, offset + size))
    offset += size
  }
  return new ReadableStream({ pull, cancel: () => cancelled.abort() }, { highWaterMark: 0 })
}
