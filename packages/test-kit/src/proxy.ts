import { createProxyHandler, type ProxyHandler, type ProxyOptions } from '@apikley/server'
import type { Clock } from '@apikley/client'

export const key = 'sk-5up3r-s3cr3t-0123'
export const secret = 'a secret of thirty-two characters'

/** A proxy for the users that the header `x-user` names. */
export function createProxy(options: Partial<ProxyOptions>, clock: Clock): ProxyHandler {
  const { authorize = ({ headers }) => headers.get('x-user') } = options
  return createProxyHandler(
    {
      apiKey: key,
      secret,
      models: ['ideogram/v3-reframe'],
      ...options,
      // A proxy whose `authorize` reads nothing needs `hosts`.
      authorize: (request) => (request.url ? authorize(request) : undefined),
    },
    { clock: inWholeMs(clock), env: {} },
  )
}

/** A clock like `Date`, which keys rely on. Jitter leaves fractions of a ms on a virtual clock. */
export function inWholeMs(clock: Clock): Clock {
  return {
    now: () => Math.floor(clock.now()),
    after: (ms, callback) => clock.after(ms, callback),
    during: (work) => clock.during?.(work) ?? work,
  }
}
