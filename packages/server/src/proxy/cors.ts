import { refuseUnless } from '../errors.ts'

/**
 * The origin in `origins` that the request comes from. `undefined` when it comes from the proxy's
 * own site, or from no page.
 *
 * @throws {ApikleyError} a refusal of every other site
 */
export function allowedOrigin(
  { headers, url }: Request,
  origins: readonly string[],
): string | undefined {
  const origin = headers.get('origin')
  if (origin !== null && origins.includes(origin)) {
    return origin
  }
  const site = headers.get('sec-fetch-site')
  // Old browsers send only the origin. The host header is the one that the user sees, even behind
  // a proxy that terminates TLS.
  const isSameSite = site
    ? /^(same-origin|none)$/.test(site)
    : !origin || origin.replace(/^https?:\/\//, '') === (headers.get('host') ?? new URL(url).host)
  refuseUnless(isSameSite, 403, 'Pages of this site are not allowed here.')
  return undefined
}

/** Lets a page of an allowed origin call the proxy and read the response. */
export function setCorsHeaders(headers: Headers, origin: string): void {
  headers.set('access-control-allow-origin', origin)
  headers.set('access-control-allow-credentials', 'true')
  headers.set('access-control-allow-headers', 'authorization, content-type, idempotency-key')
  headers.set('access-control-allow-methods', 'GET, POST')
  headers.set('access-control-expose-headers', 'retry-after, apikley-proxy')
  headers.set('vary', 'origin')
}
