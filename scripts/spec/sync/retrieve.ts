import { SpecError } from '../compile/json.ts'
import { limits } from '../compile/read.ts'

/** What is known of a source from the last time. */
export type Seen = { etag?: string | undefined; lastModified?: string | undefined }

export type Retrieved =
  | { status: 'unchanged' }
  | {
      status: 'retrieved'
      text: string
      etag: string | undefined
      lastModified: string | undefined
    }

export type RetrieveOptions = {
  fetch: typeof globalThis.fetch
  /** The hosts that may be talked to, with port where it is not the usual one. */
  hosts: string[]
  /** Gives the signal that ends a source when its time is up. */
  deadline: () => AbortSignal
}

/** Redirects that stay on the host are followed, so many at most. */
const mostRedirects = 3

/**
 * Gets a page or document: from a listed host only, over https (on loopback also http), bounded in
 * size and time.
 */
export async function retrieve(
  url: string,
  seen: Seen,
  { fetch, hosts, deadline }: RetrieveOptions,
): Promise<Retrieved> {
  const signal = deadline()
  const headers = new Headers()
  if (seen.etag) {
    headers.set('if-none-match', seen.etag)
  } else if (seen.lastModified) {
    headers.set('if-modified-since', seen.lastModified)
  }

  let here = allowed(url, hosts)
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(here, { headers, redirect: 'manual', signal }).catch(
      (error: unknown) => {
        throw new SpecError(
          signal.aborted ? 'no answer in time' : `cannot be reached: ${reason(error)}`,
        )
      },
    )
    if (response.status === 304 && (seen.etag || seen.lastModified)) {
      return { status: 'unchanged' }
    }
    const location = response.headers.get('location')
    if (response.status >= 300 && response.status <= 399 && location !== null) {
      await response.body?.cancel()
      if (!URL.canParse(location, here.href)) {
        throw new SpecError('leads to what is no address')
      }
      const next = new URL(location, here)
      if (next.host !== here.host || next.protocol !== here.protocol) {
        throw new SpecError(`leads to another host, ${next.host}: not followed`)
      }
      if (redirects >= mostRedirects) {
        throw new SpecError(`leads from one address to another more than ${mostRedirects} times`)
      }
      here = next
      continue
    }
    if (!response.ok || !response.body) {
      await response.body?.cancel()
      throw new SpecError(`answers with HTTP ${response.status}`)
    }
    const text = await read(response.body, signal)
    return {
      status: 'retrieved',
      text,
      etag: header(response, 'etag'),
      lastModified: header(response, 'last-modified'),
    }
  }
}

function allowed(address: string, hosts: string[]): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined
  const loopback = url?.hostname === '127.0.0.1' || url?.hostname === 'localhost'
  if (!url || (url.protocol !== 'https:' && !(loopback && url.protocol === 'http:'))) {
    throw new SpecError(`${address} is not an https address`)
  }
  if (!hosts.includes(url.host)) {
    throw new SpecError(`${url.host} is not among the hosts of specs/sources.yaml`)
  }
  return url
}

/** The text of a body; reading stops as soon as there is more of it than a document may have. */
async function read(body: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const parts: string[] = []
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength
      if (bytes > limits.bytes) {
        throw new SpecError(`is larger than the ${limits.bytes} bytes that a document may have`)
      }
      parts.push(decoder.decode(chunk, { stream: true }))
    }
    parts.push(decoder.decode())
  } catch (error) {
    if (error instanceof SpecError) {
      throw error
    }
    throw new SpecError(
      signal.aborted ? 'was not read in time' : `cannot be read: ${reason(error)}`,
    )
  }
  return parts.join('')
}

const header = (response: Response, name: string): string | undefined =>
  response.headers.get(name) ?? undefined

function reason(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error)
  }
  return error.cause instanceof Error ? error.cause.message : error.message
}
