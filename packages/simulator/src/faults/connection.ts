/**
 * What the platform's `fetch` rejects with when a connection fails: a TypeError, and in its cause
 * what Node calls the failure.
 */
export function connectionError(code: 'ECONNRESET' | 'ECONNREFUSED'): TypeError {
  const words = code === 'ECONNRESET' ? 'read ECONNRESET' : 'connect ECONNREFUSED'
  return new TypeError('fetch failed', { cause: Object.assign(new Error(words), { code }) })
}

/** What reading a body rejects with when the connection breaks within it. */
export function brokenBody(): TypeError {
  return new TypeError('terminated', {
    cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }),
  })
}
