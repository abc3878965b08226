import { refusal } from './refusal.ts'

/**
 * The origin of a page of another site that may call, or nothing when the request comes from the
 * page's own site, or from no page.
 *
 * @throws {ApikleyError} a refusal of every other site
 */
export function crossOrigin(
  { headers, url }: Request,
  origins: readonly string[],
): string | undefined {
  const origin = headers.get('origin')
  if (origin !== null && origins.includes(origin)) {
    return origin
  }
  const site = headers.get('sec-fetch-site')
  // Browsers that do not tell the site send the origin; the host is what the user sees, also behind
  // a proxy that ends TLS.
  const own = site
    ? /^(same-origin|none)$/.test(site)
    : !origin || origin.replace(/^https?:\/\//, '') === (headers.get('host') ?? new URL(url).host)
  if (!own) {
    throw refusal(403, 'Pages of this site are not allowed here.')
  }
  return undefined
}

/** Lets a page of an allowed origin call, and read the answer. */
export function allow(headers: Headers, origin: string): void {
  const allowed = {
    origin,
    credentials: 'true',
    headers: 'authorization, content-type, idempotency-key, idempotency-repeat',
    methods: 'GET, POST',
  }
  for (const [name, value] of Object.entries(allowed)) {
    headers.set(`access-control-allow-${name}`, value)
  }
  headers.set('access-control-expose-headers', 'retry-after')
  headers.set('vary', 'origin')
}
