import { createHmac } from 'node:crypto'
import type { Clock } from '../clock.ts'

/**
 * Links that work across origins for a while. A link carries all there is to know; nothing is
 * stored.
 */
export interface ResultLinks {
  make(url: string): string
  /** Whether the address is a link that is still good; nothing when it is no link. */
  check(url: URL): boolean | undefined
}

export function createResultLinks(clock: Clock, seed: number, lifetime: number): ResultLinks {
  const sign = (path: string, expires: string): string =>
    createHmac('sha256', `links ${seed}`).update(`${expires} ${path}`).digest('hex').slice(0, 32)
  return {
    make(url) {
      const link = new URL(url)
      const expires = String(clock.now() + lifetime)
      link.searchParams.set('expires', expires)
      link.searchParams.set('token', sign(link.pathname, expires))
      return link.href
    },
    check({ pathname, searchParams }) {
      const token = searchParams.get('token')
      if (token === null) {
        return undefined
      }
      const expires = searchParams.get('expires') ?? ''
      return token === sign(pathname, expires) && Number(expires) > clock.now()
    },
  }
}
