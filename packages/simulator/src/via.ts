/**
 * The `Via` header (RFC 9110, section 7.6.3) of every request that the simulator sends for a
 * caller. The controls refuse it, so that nobody reaches them through the simulator itself.
 */
export const via = '1.1 apikley-simulator'
