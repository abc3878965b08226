import { createApikley, type Apikley, type ApikleyOptions } from '@apikley/client'
import type { ProxyOptions } from '@apikley/server'
import type { SimulatorOptions, VirtualClock } from '@apikley/simulator'
import { focusManager, QueryClient } from '@tanstack/react-query'
import { act, cleanup, renderHook } from '@testing-library/react'
import { StrictMode, type ReactElement, type ReactNode } from 'react'
import { key, world as createWorld, type World } from 'test-kit/world'
import {
  ApikleyProvider,
  useRun,
  type RunStore,
  type UseRunOptions,
  type UseRunResult,
} from '../src/index.ts'

export const input = {
  image_url: 'https://files.example.com/source.webp',
  image_size: 'square_hd',
} as const

type Result = UseRunResult<'ideogram/v3-reframe'>

/** A page that has been loaded: what it keeps in memory goes with it. */
export interface Page {
  readonly client: Apikley
  readonly queryClient: QueryClient
  readonly wrapper: (props: { readonly children: ReactNode }) => ReactElement
  /** A component with the hook. */
  readonly show: (options?: UseRunOptions) => Shown
  /** Ends the page: nothing that it still does is seen or remembered. */
  readonly close: () => void
}

export interface Shown {
  readonly result: { readonly current: Result }
  /** What was rendered, one entry for each time, StrictMode's second one left out. */
  readonly rendered: Result[]
  readonly unmount: () => void
}

export interface Scene extends World {
  /** What outlives a page. */
  readonly kept: Map<string, string>
  /** Lets time pass, and the page take notice. */
  readonly pass: (ms: number) => Promise<void>
  readonly load: (options?: PageOptions) => Page
  /** Requests that left pages, as method and last part of the path. */
  readonly requests: () => string[]
}

export interface PageOptions {
  /** Without the proxy, with a key of its own. */
  readonly direct?: boolean
  readonly user?: string
  readonly client?: ApikleyOptions
  /** The store gives promises. */
  readonly slowStore?: boolean
  /** Handles a request of the page, instead of the proxy. */
  readonly intercept?: (request: Request, send: () => Promise<Response>) => Promise<Response>
}

/** A service whose tasks take 20 s, its proxy, and pages, on one clock. */
export async function createScene(
  scenario: SimulatorOptions<VirtualClock> = {},
  proxy: Partial<ProxyOptions> = {},
): Promise<Scene> {
  const world = createWorld(proxy, { latency: 20_000, ...scenario })
  const kept = new Map<string, string>()
  const direct: Request[] = []
  await outsideOfPages(() =>
    world.clock.settle(
      world
        .pageOf('nobody')
        .tasks.get('none')
        .catch(() => {}),
    ),
  )
  world.asked.length = 0

  function load({
    direct: isDirect = false,
    user = 'ann',
    client: more,
    slowStore = false,
    intercept = (_request, send) => send(),
  }: PageOptions = {}): Page {
    let open = true
    const client = isDirect
      ? createApikley(
          {
            apiKey: key,
            dangerouslyAllowBrowser: true,
            fetch: async (url, init) => {
              if (!open) {
                return new Promise(() => {})
              }
              direct.push(new Request(url, init))
              return world.simulator.fetch(String(url), init)
            },
            ...more,
          },
          { clock: world.clock, env: {} },
        )
      : world.pageOf(user, {
          fetch: async (url, init) => {
            if (!open) {
              return new Promise(() => {})
            }
            const request = new Request(url, init)
            request.headers.set('x-user', user)
            world.asked.push(request.clone())
            return intercept(request, () => world.proxy.fetch(request))
          },
          ...more,
        })
    const store = storeOf(kept, () => open, slowStore)
    const queryClient = new QueryClient({
      defaultOptions: { queries: { retry: 3 }, mutations: { retry: 3 } },
    })
    const wrapper = ({ children }: { readonly children: ReactNode }): ReactElement => (
      <StrictMode>
        <ApikleyProvider client={client} queryClient={queryClient}>
          {children}
        </ApikleyProvider>
      </StrictMode>
    )
    const unmounts = new Set<() => void>()
    return {
      client,
      queryClient,
      wrapper,
      show(options) {
        const rendered: Result[] = []
        const { result, unmount } = renderHook(
          () => {
            const run = useRun('ideogram/v3-reframe', { store, ...options })
            rendered.push(run)
            return run
          },
          { wrapper },
        )
        unmounts.add(unmount)
        return { result, unmount, rendered }
      },
      close() {
        open = false
        for (const unmount of unmounts) {
          unmount()
        }
      },
    }
  }

  return {
    ...world,
    kept,
    load,
    async pass(ms) {
      // React renders when it wants to, as it does outside of tests, and not when all that time has
      // passed.
      Reflect.set(globalThis, 'IS_REACT_ACT_ENVIRONMENT', false)
      await world.clock.advance(ms)
      Reflect.set(globalThis, 'IS_REACT_ACT_ENVIRONMENT', true)
      await act(async () => {})
    },
    requests: () =>
      [...world.asked, ...direct].map(
        ({ method, url }) => `${method} ${new URL(url).pathname.split('/').at(-1)}`,
      ),
  }
}

function storeOf(kept: Map<string, string>, isOpen: () => boolean, slow: boolean): RunStore {
  const later = <Value,>(value: Value): Value | Promise<Value> =>
    slow ? new Promise((resolve) => setImmediate(() => resolve(value))) : value
  return {
    getItem: (name) => later(kept.get(name)),
    setItem: (name, value) => later(isOpen() && kept.set(name, value)),
    removeItem: (name) => later(isOpen() && kept.delete(name)),
  }
}

/**
 * The proxy creates its client, which holds the key, at its first request, and not in a page. The
 * window stays, because React may still use it for the test before.
 */
async function outsideOfPages<Value>(act: () => Promise<Value>): Promise<Value> {
  const { document } = globalThis
  Reflect.set(globalThis, 'document', undefined)
  try {
    return await act()
  } finally {
    Reflect.set(globalThis, 'document', document)
  }
}

export function leavePage(): void {
  cleanup()
  focusManager.setFocused(undefined)
}
