import { createApikley, type Apikley, type ApikleyOptions } from '@apikley/client'
import type { ProxyHandler, ProxyOptions } from '@apikley/server'
import {
  createSimulator,
  createVirtualClock,
  type Simulator,
  type SimulatorOptions,
  type VirtualClock,
} from '@apikley/simulator'
import { vi } from 'vitest'
import { createProxy, key } from './proxy.ts'

export { createProxy, inWholeMs, key, secret } from './proxy.ts'

export const proxyUrl = 'https://app.example/api/apikley'
export const input = {
  image_url: 'https://files.example.com/source.webp',
  image_size: 'square_hd',
} as const

/** A page, its proxy and the simulated service, in one process and on one clock. */
export interface World {
  readonly clock: VirtualClock
  readonly simulator: Simulator<VirtualClock>
  readonly proxy: ProxyHandler
  /** The client of a page. */
  readonly page: Apikley
  /** The client of another page, for another user or with other options. */
  readonly pageOf: (user: string, options?: ApikleyOptions) => Apikley
  /** The requests from pages to the proxy, in order. */
  readonly asked: Request[]
  /** The errors that the proxy logged. */
  readonly errors: unknown[]
}

export function world(
  options: Partial<ProxyOptions> = {},
  scenario: SimulatorOptions<VirtualClock> = {},
): World {
  const clock = createVirtualClock()
  holdTimeFor(clock)
  const simulator = createSimulator({
    clock,
    invisibleFor: 0,
    keys: [key],
    ...scenario,
  })
  const asked: Request[] = []
  const errors: unknown[] = []
  const onError = (error: unknown): unknown => errors.push(error)
  const proxy = createProxy({ fetch: simulator.fetch, onError, ...options }, clock)
  const pageOf = (user: string, more: ApikleyOptions = {}): Apikley =>
    createApikley(
      {
        proxyUrl,
        fetch: async (url, init) => {
          const request = new Request(url, init)
          request.headers.set('x-user', user)
          asked.push(request.clone())
          return proxy.fetch(request)
        },
        ...more,
      },
      { clock, env: {} },
    )
  return { clock, simulator, proxy, page: pageOf('ann'), pageOf, asked, errors }
}

/** Stops time while Web Crypto works in its own thread. */
export function holdTimeFor(clock: VirtualClock): void {
  const { subtle } = crypto
  vi.restoreAllMocks()
  for (const name of ['digest', 'importKey', 'sign', 'verify'] as const) {
    const original = subtle[name]
    vi.spyOn(subtle, name).mockImplementation((...args: unknown[]) => {
      const work: Promise<never> = Reflect.apply(original, subtle, args)
      return clock.during(work)
    })
  }
}

/** A request of a page that does not use the client. */
export function request(path: string, init: RequestInit = {}): Request {
  return new Request(`${proxyUrl}${path}`, {
    ...init,
    headers: { 'x-user': 'ann', ...Object.fromEntries(new Headers(init.headers)) },
  })
}

export function post(path: string, body: unknown, headers: Record<string, string> = {}): Request {
  return request(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
}
