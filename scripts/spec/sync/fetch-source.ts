import { assertSpec, SpecError } from '../compile/json.ts'
import { MAX_BYTES } from '../compile/read-document.ts'

/** The validators of a response, for a conditional request. */
export type Validators = { etag?: string | undefined; lastModified?: string | undefined }

/** A page, with the validators of its response. */
export type Fetched = { text: string } & Validators

export type FetchOptions = {
  fetch: typeof globalThis.fetch
  /** Allowed hosts, with the port if it is not the default one. */
  hosts: string[]
  /** Creates the signal that ends the request of one source. */
  createTimeout: () => AbortSignal
}

/**
 * Fetches a page or document. Only listed hosts are allowed, only https except on loopback. Size and
 * time are limited, and redirects are refused. Undefined means that there is no new version.
 */
export async function fetchSource(
  url: string,
  { etag, lastModified }: Validators,
  { fetch, hosts, createTimeout }: FetchOptions,
): Promise<Fetched | undefined> {
  const signal = createTimeout()
  const headers = new Headers()
  if (etag) {
    headers.set('if-none-match', etag)
  } else if (lastModified) {
    headers.set('if-modified-since', lastModified)
  }
  const request = { headers, redirect: 'manual', signal } as const
  const response = await fetch(checkUrl(url, hosts), request).catch((error: unknown) => {
    throw new SpecError(
      signal.aborted ? 'no response before the timeout' : `cannot be reached: ${reason(error)}`,
    )
  })
  if (response.status === 304 && (etag || lastModified)) {
    return undefined
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel()
    // The host of a redirect may not be listed, so a person decides about it.
    const location = response.headers.get('location')
    const target = location === null ? '' : `, a redirect to ${location}: not followed`
    throw new SpecError(`responds with HTTP ${response.status}${target}`)
  }
  return {
    text: await readBody(response.body, signal),
    etag: response.headers.get('etag') ?? undefined,
    lastModified: response.headers.get('last-modified') ?? undefined,
  }
}

function checkUrl(text: string, hosts: string[]): URL {
  const url = URL.parse(text)
  const isLoopback = url?.hostname === '127.0.0.1' || url?.hostname === 'localhost'
  assertSpec(
    url && (url.protocol === 'https:' || (isLoopback && url.protocol === 'http:')),
    `${text} is not an https URL`,
  )
  assertSpec(
    hosts.includes(url.host),
    `${url.host} is not listed under hosts in specs/sources.yaml`,
  )
  return url
}

/** Reads a body as text, and stops as soon as it is larger than a document may be. */
async function readBody(body: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const parts: string[] = []
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength
      assertSpec(bytes <= MAX_BYTES, `is larger than the limit of ${MAX_BYTES} bytes`)
      parts.push(decoder.decode(chunk, { stream: true }))
    }
    parts.push(decoder.decode())
  } catch (error) {
    if (error instanceof SpecError) {
      throw error
    }
    throw new SpecError(
      signal.aborted ? 'was not read before the timeout' : `cannot be read: ${reason(error)}`,
    )
  }
  return parts.join('')
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error)
  }
  return error.cause instanceof Error ? error.cause.message : error.message
}
