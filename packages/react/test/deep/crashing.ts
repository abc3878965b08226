import { createApikley, memoryStore, type Store } from '@apikley/client'
import type { Simulator, VirtualClock } from '@apikley/simulator'
import { QueryClient } from '@tanstack/react-query'
import { createProxy, proxyUrl } from 'test-kit/world'
import { Run } from '../../src/run.ts'
import type { RunState } from '../../src/index.ts'

type Fetch = typeof globalThis.fetch

export interface WorldParts {
  readonly clock: VirtualClock
  readonly simulator: Simulator<VirtualClock>
  readonly random: () => number
}

/** A process. When it crashes, everything that it has in flight is lost. */
class Part {
  isAlive = true
  crash: () => void = () => {}
  readonly crashed: Promise<void> = new Promise((resolve) => {
    this.crash = () => {
      this.isAlive = false
      resolve()
    }
  })
}

interface Proxy {
  readonly part: Part
  readonly fetch: (request: Request) => Promise<Response>
}

const never = (): Promise<never> => new Promise(() => {})

/** One schedule: a page, proxies, a store and the service. At each step, each of them may crash. */
export class CrashingWorld {
  readonly #parts: WorldParts
  #memory: Store
  #proxy: Proxy
  page: CrashingPage
  /** The entry of the page in `localStorage`. */
  readonly stored: Map<string, string> = new Map()
  /** The click of each key. */
  readonly clickOf: Map<string, number> = new Map()
  /** What the page last reported about each click without a task. */
  readonly reported: Map<number, string> = new Map()
  readonly shownTasks: Set<string> = new Set()
  clicks = 0
  /** How likely faults are. */
  faultLevel: number
  crashes = 0

  constructor(parts: WorldParts) {
    this.#parts = parts
    this.faultLevel = parts.random()
    this.#memory = memoryStore(parts)
    this.#proxy = this.#startProxy()
    this.page = new CrashingPage(this, parts)
  }

  chance(probability: number): boolean {
    return this.#parts.random() < probability * this.faultLevel
  }

  /** A point at which any part may crash. */
  step(): void {
    if (this.chance(0.02)) {
      this.crashPage()
    }
    if (this.chance(0.02)) {
      this.crashProxy()
    }
    if (this.chance(0.01)) {
      this.flush()
    }
  }

  crashPage(): void {
    this.crashes += 1
    this.page.part.crash()
  }

  crashProxy(): void {
    this.crashes += 1
    this.#proxy.part.crash()
    this.#proxy = this.#startProxy()
  }

  flush(): void {
    this.#memory = memoryStore(this.#parts)
  }

  reload(): void {
    this.page.part.crash()
    this.page = new CrashingPage(this, this.#parts)
  }

  /** A request of a page. A browser repeats it when a connection drops. */
  async send(request: Request): Promise<Response> {
    this.step()
    if (this.chance(0.04)) {
      throw new TypeError('Failed to fetch')
    }
    const isRepeated = request.method === 'POST' && this.chance(0.1)
    if (isRepeated) {
      const { clock, random } = this.#parts
      const copy = request.clone()
      const arrive = (): unknown => this.#arrive(copy).catch(() => {})
      // A copy may arrive after the response.
      if (this.chance(0.5)) {
        clock.after(random() * 60_000, arrive)
      } else {
        arrive()
      }
    }
    const response = await this.#arrive(request)
    this.step()
    if (this.chance(0.06)) {
      throw new TypeError('Failed to fetch')
    }
    return response
  }

  /** A request arrives at the proxy. The connection drops when the proxy crashes. */
  async #arrive(request: Request): Promise<Response> {
    const { part, fetch } = this.#proxy
    const dropped = part.crashed.then(() => {
      throw new TypeError('Failed to fetch')
    })
    return Promise.race([fetch(request), dropped])
  }

  #startProxy(): Proxy {
    const part = new Part()
    const { clock } = this.#parts
    const often = { limit: 1e6, interval: 1 }
    const { fetch } = createProxy(
      {
        store: this.#storeOf(part),
        fetch: this.#serviceOf(part),
        limits: { creates: often, uploads: often, reads: often },
        authorize: () => {
          if (this.chance(0.05)) {
            throw new Error('the sessions are down')
          }
          return 'ann'
        },
        onError: () => {},
      },
      clock,
    )
    return { part, fetch }
  }

  /** The service for a proxy. A sent request arrives, also after the proxy has crashed. */
  #serviceOf(part: Part): Fetch {
    const { simulator, clock, random } = this.#parts
    return async (url, init) => {
      this.step()
      if (!part.isAlive) {
        return never()
      }
      this.#failFetch('ECONNREFUSED')
      this.#failFetch('ECONNRESET')
      const method = init?.method ?? 'GET'
      if (method === 'POST' && this.chance(0.06)) {
        return Response.json({ code: 402, msg: 'The account has no credits left', data: null })
      }
      const delay = this.chance(0.3) ? random() * 40_000 : 0
      await new Promise<void>((resolve) => {
        clock.after(delay, resolve)
      })
      const { signal: _, ...sent } = init ?? {}
      const response = await simulator.fetch(String(url), sent)
      this.step()
      if (!part.isAlive || this.chance(0.02)) {
        return never()
      }
      this.#failFetch('ECONNRESET')
      return response
    }
  }

  #failFetch(code: string): void {
    if (this.chance(0.04)) {
      throw Object.assign(new TypeError('fetch failed'), { cause: { code } })
    }
  }

  #storeOf(part: Part): Store {
    const call = async <Value>(act: () => Promise<Value>): Promise<Value> => {
      this.step()
      if (!part.isAlive) {
        return never()
      }
      if (this.chance(0.01)) {
        throw new Error('down')
      }
      const value = await act()
      this.step()
      if (this.chance(0.01)) {
        throw new Error('reset')
      }
      return part.isAlive && !this.chance(0.01) ? value : never()
    }
    return {
      get: (key) => call(() => this.#memory.get(key)),
      swap: (...args) => call(() => this.#swap(...args)),
      reserve: (...args) => call(() => this.#memory.reserve(...args)),
      cancel: (...args) => call(() => this.#memory.cancel(...args)),
      publish: (...args) => call(() => this.#memory.publish(...args)),
      subscribe: (...args) => this.#memory.subscribe(...args),
    }
  }

  async #swap(
    ...[key, expected, value, ttl]: Parameters<Store['swap']>
  ): ReturnType<Store['swap']> {
    const memory = this.#memory
    const held = await memory.swap(key, expected, value, ttl)
    if (held === value && key.startsWith('create:') && this.chance(0.02)) {
      // The store evicts the record.
      await memory.swap(key, value, undefined, ttl)
    }
    return held
  }
}

/** A page with the run of the hook. A crash loses its memory and keeps `localStorage`. */
export class CrashingPage {
  readonly part: Part = new Part()
  readonly run: Run
  readonly #world: CrashingWorld
  #click: number

  constructor(world: CrashingWorld, { clock }: WorldParts) {
    this.#world = world
    this.#click = world.clicks
    const fetch: Fetch = async (url, init) => {
      const request = new Request(url, init)
      const key = request.headers.get('idempotency-key')
      if (key !== null) {
        world.clickOf.set(key, this.#click)
      }
      const response = this.part.isAlive ? await world.send(request).catch(String) : ''
      if (!this.part.isAlive) {
        return never()
      }
      if (typeof response === 'string') {
        throw new TypeError(response)
      }
      return response
    }
    const write = (act: () => unknown): void => {
      world.step()
      if (this.part.isAlive) {
        act()
      }
    }
    const store = {
      getItem: (name: string) => world.stored.get(name),
      setItem: (name: string, value: string) => write(() => world.stored.set(name, value)),
      removeItem: (name: string) => write(() => world.stored.delete(name)),
    }
    const client = createApikley({ proxyUrl, fetch }, { clock, env: {} })
    const queryClient = new QueryClient()
    const context = {
      client,
      queryClient,
      model: 'ideogram/v3-reframe',
      options: { store },
    } as const
    this.run = new Run(context, 'hero')
    this.run.use(context)
    this.run.subscribe(() => this.#note(this.run.getState()))
    this.#note(this.run.getState())
  }

  get isPending(): boolean {
    return this.run.getState().status === 'pending'
  }

  /** Resolves when the page shows how its run ended. */
  async settled(): Promise<void> {
    await new Promise<void>((resolve) => {
      const check = (): unknown => this.isPending || resolve()
      this.run.subscribe(check)
      check()
    })
  }

  click(): void {
    if (!this.isPending && this.part.isAlive) {
      this.#world.clicks += 1
      this.#click = this.#world.clicks
      const image_url = `https://files.example.com/${this.#click}.png`
      this.run.controls.run({ image_url, image_size: 'square_hd' })
    }
  }

  /** What the page shows to its user. */
  #note(state: RunState): void {
    if (!this.part.isAlive) {
      return
    }
    if ('taskId' in state && state.taskId !== undefined) {
      this.#world.shownTasks.add(state.taskId.replace(/\..*$/, ''))
    }
    if (state.status === 'error') {
      const { kind, charge, idempotencyKey } = state.error
      const click = this.#world.clickOf.get(idempotencyKey ?? '') ?? this.#click
      this.#world.reported.set(click, charge === 'possible' ? 'unconfirmed' : kind)
    }
  }
}
