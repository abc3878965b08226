/**
 * Whether a host name or address can only be this machine when something is sent to it. What ends
 * in `.localhost` may be asked of a DNS server.
 */
export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/^\[|\]$/g, '')
  return name === 'localhost' || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name)
}

/**
 * Whether a name that a caller used is reserved for this machine: `localhost` and what ends in it
 * (RFC 6761, section 6.3), or an address.
 */
export function isLoopbackName(hostname: string): boolean {
  return isLoopback(hostname) || hostname.toLowerCase().endsWith('.localhost')
}
