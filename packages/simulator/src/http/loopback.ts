/**
 * The `Via` header (RFC 9110, section 7.6.3) of every request that the simulator sends. The control
 * paths refuse requests with it, because a caller could name a control path as a callback URL.
 */
export const VIA = '1.1 apikley-simulator'

/**
 * Whether a request to this host name or IP address stays on this machine. Names that end in
 * `.localhost` do not count, because a DNS server may resolve them.
 */
export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/^\[|\]$/g, '')
  return name === 'localhost' || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name)
}
