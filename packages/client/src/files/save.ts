import { ApikleyError } from '../errors.ts'
import { downloadUrl } from '../generated/operations.ts'
import { createDeadline, orAborted } from '../transport/abort.ts'
import type { TransportConfig } from '../transport/fetch.ts'
import type { OperationClient } from '../transport/send.ts'

export interface SaveOptions {
  readonly signal?: AbortSignal | undefined
}

export type DownloadUrl = (url: string, options?: SaveOptions) => Promise<string>

export interface Save {
  /** The bytes of a result as a Blob. */
  (url: string, target?: undefined, options?: SaveOptions): Promise<Blob>
  /** Writes a result to a file, in Node, Bun and Deno, where it is there whole or not at all; or to a stream, which is closed or aborted. */
  (url: string, target: string | WritableStream<Uint8Array>, options?: SaveOptions): Promise<void>
}

export function createDownloadUrl(client: OperationClient): DownloadUrl {
  return (url, options) => downloadUrl(client, { url }, options)
}

export function createSave({ transport }: OperationClient, link: DownloadUrl): Save {
  async function save(url: string, target?: undefined, options?: SaveOptions): Promise<Blob>
  async function save(url: string, target: string | WritableStream<Uint8Array>, options?: SaveOptions): Promise<void>
  async function save(url: string, target?: string | WritableStream<Uint8Array>, { signal }: SaveOptions = {}): Promise<Blob | void> {
    signal?.throwIfAborted()
    if (!url) throw new ApikleyError({ kind: 'invalid-input', message: 'There is no address to download: this result has none.' })
    const body = await open(transport, url, signal)
    const chunks = paced(transport, body instanceof Error ? await openLink(url, body, signal) : body, signal)
    try {
      if (target === undefined) return await new Response(chunks).blob()
      await (typeof target === 'string' ? (await import('#disk')).writeToDisk(target, chunks) : chunks.pipeTo(target))
    } catch (cause) {
      signal?.throwIfAborted()
      if (ApikleyError.is(cause)) throw cause
      const why = cause instanceof Error ? cause.message : String(cause)
      const written = typeof target === 'string' && cause instanceof Error && 'syscall' in cause && 'path' in cause
      throw new ApikleyError(
        written
          ? { kind: 'configuration', cause, message: `${target} cannot be written: ${why}` }
          : { kind: 'connection', cause, message: `The download of ${url} broke off: ${why}. Nothing was kept; try again.` },
      )
    }
  }

  /** Where the address itself does not work, as across origins in a browser, a link of the service may. */
  async function openLink(url: string, why: Error, signal: AbortSignal | undefined): Promise<ReadableStream<Uint8Array>> {
    const gone = (cause: Error): ApikleyError =>
      new ApikleyError({
        kind: 'connection',
        cause,
        message: `${url} cannot be downloaded: ${cause.message}. Results expire, usually after a day.`,
      })
    let address: string
    try {
      address = await link(url, { signal })
    } catch (error) {
      // The service makes links for its own files only; of any other, the address is all there is.
      throw ApikleyError.is(error) && (error.kind === 'rejected' || error.kind === 'not-found') ? gone(why) : error
    }
    const body = await open(transport, address, signal)
    if (body instanceof Error) throw gone(body)
    return body
  }

  return save
}

/** Without the key, whatever the address: results lie on other hosts. When it cannot be had, why. */
async function open(
  { fetch, clock, requestTimeout }: TransportConfig,
  url: string,
  signal: AbortSignal | undefined,
): Promise<ReadableStream<Uint8Array> | Error> {
  const controller = new AbortController()
  const deadline = createDeadline(clock, requestTimeout, () => new Error(`no answer within ${requestTimeout} ms`), signal)
  try {
    const response = await orAborted(fetch(url, { credentials: 'omit', signal: controller.signal }), deadline.signal)
    if (response.ok && response.body) return response.body
    response.body?.cancel().catch(() => {})
    return new Error(`HTTP ${response.status}`)
  } catch (error) {
    controller.abort(error)
    signal?.throwIfAborted()
    return error instanceof Error ? error : new Error(String(error))
  } finally {
    deadline.release()
  }
}

/** The body, as long as its bytes keep coming: a pause of more than `requestTimeout` ends it, and so does the signal, at once. */
function paced(
  { clock, requestTimeout }: TransportConfig,
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream({
    async pull(controller) {
      const deadline = createDeadline(clock, requestTimeout, () => new Error(`no bytes within ${requestTimeout} ms`), signal)
      try {
        const { done, value } = await orAborted(reader.read(), deadline.signal)
        if (done) controller.close()
        else controller.enqueue(value)
      } catch (error) {
        reader.cancel(error).catch(() => {})
        throw error
      } finally {
        deadline.release()
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
