import { refusal } from './refusal.ts'

/**
 * The origin that a page of another site may call from, or nothing when the request comes from the page's own site, or from no page.
 *
 * @throws {ApikleyError} a refusal of every other site
 */
export function crossOrigin({ headers, url }: Request, origins: readonly string[]): string | undefined {
  const origin = headers.get('origin')
  if (origin !== null && origins.includes(origin)) return origin
  const site = headers.get('sec-fetch-site')
  // Browsers that do not tell the site send the origin; the host says what the user sees, also behind a proxy that ends TLS.
  const own =
    site === null ? origin === null || hostOf(origin) === (headers.get('host') ?? new URL(url).host) : /^(same-origin|none)$/.test(site)
  if (!own) throw refusal(403, 'rejected', 'Pages of other sites are not allowed here. Name their origins in `origins`.')
  return undefined
}

const hostOf = (origin: string): string => (URL.canParse(origin) ? new URL(origin).host : '')

/** Lets a page of an allowed origin read the answer. */
export function allow({ headers }: Response, origin: string): void {
  headers.set('access-control-allow-origin', origin)
  headers.set('access-control-allow-credentials', 'true')
  headers.set('access-control-expose-headers', 'retry-after')
  headers.set('vary', 'origin')
}

/** The answer to the question that a browser asks before it sends a request across origins. */
export function preflight(methods: string): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': methods,
      'access-control-allow-headers': 'content-type, idempotency-key',
      'access-control-max-age': '600',
    },
  })
}
