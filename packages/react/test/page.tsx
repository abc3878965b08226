import { createApikley, type Apikley, type ApikleyOptions } from '@apikley/client'
import type { ProxyOptions } from '@apikley/server'
import type { GivenTask, SimulatorOptions, VirtualClock } from '@apikley/simulator'
import type { ModelInput } from '@apikley/types'
import { focusManager, onlineManager, QueryClient } from '@tanstack/react-query'
import { act, cleanup, renderHook } from '@testing-library/react'
import { StrictMode, type ReactElement, type ReactNode } from 'react'
import { key, proxyUrl, world as createWorld, type World } from 'test-kit/world'
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

type Slow = { readonly faults: NonNullable<SimulatorOptions<VirtualClock>['faults']> }

const slow = (operation: 'create-task' | 'upload-file-stream'): Slow => ({
  faults: [{ operation, fault: 'delay', ms: 5000 }],
})

/** Scenarios in which the first create, or the first upload, takes 5 s. */
export const slowCreate: Slow = slow('create-task')
export const slowUpload: Slow = slow('upload-file-stream')

/** Options of a run that is stored. */
export const named = { persistKey: 'hero' }

/** The key of such a run in its store. */
export const storageKey = 'apikley:ideogram/v3-reframe:hero'

export const file = (): Blob => new Blob(['bytes'], { type: 'image/png' })

/** An input whose file is uploaded. */
export const upload: ModelInput<'ideogram/v3-reframe'> = {
  image_url: file(),
  image_size: 'square_hd',
}

/** A state without its functions, and without the input that only its page knows. */
export const plain = (state: object): unknown => {
  const { input: _, ...rest } = JSON.parse(JSON.stringify(state))
  return rest
}

type Result = UseRunResult<'ideogram/v3-reframe'>

/** A loaded page with its own memory. */
export interface Page {
  readonly client: Apikley
  readonly queryClient: QueryClient
  readonly store: RunStore
  readonly wrapper: (props: { readonly children: ReactNode }) => ReactElement
  /** A component with the hook. */
  readonly show: (options?: UseRunOptions) => Shown
  /** Closes the page. Its later requests and writes have no effect. */
  readonly close: () => void
}

export interface Shown {
  readonly result: { readonly current: Result }
  /** One entry for each render, also for the second one of StrictMode. */
  readonly rendered: Result[]
  readonly unmount: () => void
}

export interface Scene extends World {
  /** The entries of the store that all pages share. */
  readonly stored: Map<string, string>
  /** Acts as the user if there is an action, moves the clock, and renders. */
  readonly pass: (ms: number, action?: () => unknown) => Promise<void>
  readonly load: (options?: PageOptions) => Page
  /** The requests of pages, as method and route, such as `POST tasks`. */
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
  const stored = new Map<string, string>()
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
    const fetch: typeof globalThis.fetch = async (url, init) => {
      if (!open) {
        return new Promise(() => {})
      }
      const request = new Request(url, init)
      world.asked.push(request.clone())
      if (isDirect) {
        return world.simulator.fetch(String(url), init)
      }
      request.headers.set('x-user', user)
      return intercept(request, () => world.proxy.fetch(request))
    }
    const own = { apiKey: key, dangerouslyAllowBrowser: true, fetch, ...more }
    const client = isDirect
      ? createApikley(own, { clock: world.clock, env: {} })
      : world.pageOf(user, { fetch, ...more })
    const store = storeOf(stored, () => open, slowStore)
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
      store,
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
    stored,
    load,
    async pass(ms, action = () => {}) {
      act(() => void action())
      // React renders on its own schedule, as outside of tests, and not only at the end.
      Reflect.set(globalThis, 'IS_REACT_ACT_ENVIRONMENT', false)
      await world.clock.advance(ms)
      Reflect.set(globalThis, 'IS_REACT_ACT_ENVIRONMENT', true)
      await act(async () => {})
    },
    requests: () => world.asked.map(({ method, url }) => `${method} ${routeOf(url)}`),
  }
}

/** A scene with a page that shows a run. */
export async function createRun(
  scenario: SimulatorOptions<VirtualClock> = {},
  options: UseRunOptions = {},
): Promise<Scene & Shown> {
  const scene = await createScene(scenario)
  return { ...scene, ...scene.load().show(options) }
}

/** A scene with one task, `task_1`, and a page that can read it. */
export async function createTaskScene(
  task: Partial<GivenTask> = {},
): Promise<Omit<Scene, 'page'> & { readonly page: Page }> {
  const scene = await createScene()
  scene.simulator.control.addTask({ taskId: 'task_1', ...task })
  return { ...scene, page: scene.load({ direct: true }) }
}

/** `keys`, `tasks` or `files` of the proxy, or the end of a path of the service. */
function routeOf(url: string): string | undefined {
  return url.startsWith(proxyUrl)
    ? url.slice(proxyUrl.length + 1).split(/[/?]/)[0]
    : new URL(url).pathname.split('/').at(-1)
}

function storeOf(stored: Map<string, string>, isOpen: () => boolean, slow: boolean): RunStore {
  const later = <Value,>(value: Value): Value | Promise<Value> =>
    slow ? new Promise((resolve) => setImmediate(() => resolve(value))) : value
  return {
    getItem: (name) => later(stored.get(name)),
    setItem: (name, value) => later(isOpen() && stored.set(name, value)),
    removeItem: (name) => later(isOpen() && stored.delete(name)),
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

/** Reports the writes since the last call, as a browser does to the other tabs. */
export function reportWrites(stored: Map<string, string>): () => void {
  const writes: { readonly key: string; readonly newValue: string | null }[] = []
  const { set, delete: remove } = stored
  stored.set = (key, value) => {
    writes.push({ key, newValue: value })
    return set.call(stored, key, value)
  }
  stored.delete = (key) => {
    writes.push({ key, newValue: null })
    return remove.call(stored, key)
  }
  return () => {
    for (const write of writes.splice(0)) {
      window.dispatchEvent(Object.assign(new Event('storage'), write))
    }
  }
}

/** Gives the browser of all pages locks, or takes them away. */
export function setLocks(locks: object | undefined): void {
  Object.defineProperty(navigator, 'locks', { value: locks, configurable: true })
}

export function leavePage(): void {
  cleanup()
  focusManager.setFocused(undefined)
  onlineManager.setOnline(true)
  setLocks(undefined)
}
