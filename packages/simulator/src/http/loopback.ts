/**
 * The `Via` header (RFC 9110, section 7.6.3) of every request that the simulator sends. The
 * controls refuse it, so that no caller reaches them through the simulator itself.
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
