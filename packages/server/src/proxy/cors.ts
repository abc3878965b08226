import { refuseUnless } from '../errors.ts'

/** The options of the proxy that say which pages may call it. */
export interface SiteRules {
  readonly origins?: readonly string[] | undefined
  readonly hosts?: readonly string[] | undefined
  readonly trustProxy?: boolean | undefined
}

/**
 * The origin in `origins` that the request comes from. `undefined` when it comes from the proxy's
 * own site, or from no page.
 *
 * @throws {ApikleyError} a refusal of every other site, and of every host that is not in `hosts`
 */
export function allowedOrigin(
  request: Request,
  { origins = [], hosts, trustProxy = false }: SiteRules,
): string | undefined {
  const { headers } = request
  const host = hostOf(request, trustProxy)
  const isHost = !hosts || hosts.some((name) => isSameHost(name, host))
  refuseUnless(isHost, 403, "This host name is not in the proxy's option `hosts`.")
  const origin = headers.get('origin')
  if (origin !== null && origins.includes(origin)) {
    return origin
  }
  const site = headers.get('sec-fetch-site')
  const isSameSite = site
    ? /^(same-origin|none)$/.test(site)
    : // Old browsers send only the origin.
      !origin || isOwnOrigin(origin, hosts ?? [host])
  refuseUnless(isSameSite, 403, 'Pages of this site are not allowed here.')
  return undefined
}

/**
 * The host that the user sees. A reverse proxy that replaces the `Host` header passes it on in
 * another one. The last value is from the nearest reverse proxy, and the client may write the others.
 */
function hostOf({ headers, url }: Request, trustProxy: boolean): string {
  const forwarded = trustProxy ? headers.get('x-forwarded-host')?.split(',').at(-1)?.trim() : ''
  return forwarded || headers.get('host') || new URL(url).host
}

/** The protocol does not count, because a reverse proxy may terminate TLS. */
function isOwnOrigin(origin: string, hosts: readonly string[]): boolean {
  if (!URL.canParse(origin)) {
    return false
  }
  const { host, protocol } = new URL(origin)
  return hosts.some((name) => isSameHost(name, host, protocol))
}

/** A default port in one of the names does not count. A name without a port matches every port. */
function isSameHost(name: string, host: string, protocol = 'https:'): boolean {
  const [one, other] = [name, host].map((text) => `${protocol}//${text}`)
  if (!one || !other || !URL.canParse(one) || !URL.canParse(other)) {
    return false
  }
  const [{ host: expected }, found] = [new URL(one), new URL(other)]
  return expected === found.host || expected === found.hostname
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
