/**
 * Whether a request comes from the page itself. A page of another site can send requests to this machine too, and behind this server is a key: its name
 * for this machine would be another (DNS rebinding), or its browser says that it is another site.
 */
export function isFromPage(request: Request): boolean {
  const { hostname } = new URL(request.url)
  const site = request.headers.get('sec-fetch-site')
  return (hostname === '127.0.0.1' || hostname === 'localhost') && (site === null || site === 'same-origin' || site === 'none')
}
