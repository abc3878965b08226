import { createProxy } from 'test-kit/proxy'
import { memoryStore, type Clock, type Store } from '../../src/index.ts'
import type { Cell } from './cells.ts'
import { createFastClock, requestTimeoutFor } from './run-cells.ts'

/** What stands between a client and the service. */
export type Way = (typeof WAYS)[number]

export const WAYS = [
  'no proxy',
  'one proxy',
  'two proxies with one store',
  'a new proxy for each request',
  'faults before the proxy',
] as const

/** The proxies of all cells. A request to `/3/tasks` is for the service of the fourth target. */
export interface Proxies {
  readonly way: Way
  readonly targets: readonly { readonly cell: Cell; readonly url: string }[]
  /** When the clock starts, in Unix ms, if several processes share it. */
  readonly startedAt?: number
}

export type Handler = (request: Request) => Promise<Response>

/** Makes the stores of the proxies of one cell, one for each call. */
export type OpenStore = (cell: number, clock: Clock) => () => Store

const openMemory: OpenStore = (_, clock) => {
  const store = memoryStore({ clock })
  return () => store
}

/** Runs in every runtime. */
export function createProxies(
  { way, targets, startedAt }: Proxies,
  openStore: OpenStore = openMemory,
): Handler {
  const handlers = targets.map(({ cell, url }, index) => {
    const clock = createFastClock(0, startedAt)
    return createHandler(way, cell, url, clock, openStore(index, clock))
  })
  return async (request) => {
    const index = Number(new URL(request.url).pathname.split('/')[1])
    return (await handlers[index]?.(request)) ?? new Response(null, { status: 404 })
  }
}

function createHandler(
  way: Way,
  cell: Cell,
  baseUrl: string,
  clock: Clock,
  createStore: () => Store,
): Handler {
  const options = {
    baseUrl,
    authorize: () => 'ann',
    hosts: ['localhost', '127.0.0.1'],
    credits: true,
    // A tenth shorter than that of the clients, on their fast clock.
    requestTimeout: requestTimeoutFor(cell) * 0.9,
    onError: () => {},
  }
  const create = (): Handler => createProxy({ ...options, store: createStore() }, clock).fetch
  if (way === 'a new proxy for each request') {
    return (request) => create()(request)
  }
  // A load balancer sends requests to the instances in turn.
  const instances = Array.from({ length: way === 'two proxies with one store' ? 2 : 1 }, create)
  let count = 0
  return async (request) => {
    count += 1
    return (await instances[count % instances.length]?.(request)) ?? Response.error()
  }
}
