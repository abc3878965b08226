import { writeToDisk } from '#disk'
import { ApikleyError } from '../errors.ts'
import { downloadUrl } from '../generated/operations.ts'
import { orAborted } from '../transport/abort.ts'
import type { OperationClient } from '../transport/send.ts'

export interface SaveOptions {
  readonly signal?: AbortSignal | undefined
}

export type DownloadUrl = (url: string, options?: SaveOptions) => Promise<string>

export interface Save {
  /** The bytes of a result as a Blob. */
  (url: string, target?: undefined, options?: SaveOptions): Promise<Blob>
  /** Writes a result to a file, in Node, Bun and Deno; the file is there whole or not at all. */
  (url: string, target: string, options?: SaveOptions): Promise<void>
}

export function createDownloadUrl(client: OperationClient): DownloadUrl {
  return (url, options) => downloadUrl(client, { url }, options)
}

export function createSave({ transport }: OperationClient, link: DownloadUrl): Save {
  async function save(url: string, target?: undefined, options?: SaveOptions): Promise<Blob>
  async function save(url: string, target: string, options?: SaveOptions): Promise<void>
  async function save(url: string, target?: string, { signal }: SaveOptions = {}): Promise<Blob | void> {
    const response = (await download(url, signal)) ?? (await download(await link(url, { signal }), signal))
    if (!response?.body)
      throw new ApikleyError({ kind: 'connection', message: `${url} cannot be downloaded. Results expire, usually after a day.` })
    if (target === undefined) return orAborted(response.blob(), signal)
    await writeToDisk(target, response.body, signal)
  }

  /** Without the key, whatever the address: results lie on other hosts. Nothing when it does not work, as across origins in a browser. */
  async function download(url: string, signal: AbortSignal | undefined): Promise<Response | undefined> {
    const { fetch } = transport
    try {
      const response = await orAborted(fetch(url, { credentials: 'omit', signal: signal ?? null }), signal)
      if (response.ok) return response
      await response.body?.cancel()
    } catch {
      signal?.throwIfAborted()
    }
    return undefined
  }

  return save
}
