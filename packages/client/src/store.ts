import { messageOf, misconfigured, unsent, type ApikleyError } from './errors.ts'
import { emit, type EventListener } from './events.ts'
import { withDeadline } from './http/abort.ts'
import { randomId, type Clock } from './runtime.ts'

/** At most `limit` turns in any `interval` (ms). */
export interface TurnLimit {
  readonly limit: number
  readonly interval: number
  /** The longest delay that the caller accepts, in ms. */
  readonly maxDelay: number
}

/**
 * State that several processes share: creates by idempotency key, leases of webhooks, and limits.
 * Keys and values are short texts without prompts, URLs or secrets. Values are not JSON, so that no
 * database driver parses them.
 *
 * A store keeps every value until its `ttl`, also after a failover: a lost `sent` looks like a create
 * that was never sent.
 *
 * A rejected call means that it is unknown whether it took effect. The client then sends nothing.
 */
export interface Store {
  get(key: string): Promise<string | undefined>
  /**
   * Writes `value` for `ttl` ms if `key` holds `expected`, atomically. `undefined` means absent: as
   * `expected` it writes a new key, as `value` it deletes. Returns what the key then holds.
   */
  swap(
    key: string,
    expected: string | undefined,
    value: string | undefined,
    ttl: number,
  ): Promise<string | undefined>
  /**
   * Reserves a turn in a sliding window and returns the delay until it, in ms. The same id keeps
   * the same turn. Returns `undefined` and reserves nothing if the delay exceeds `maxDelay`.
   */
  reserve(key: string, id: string, limit: TurnLimit): Promise<number | undefined>
  /** Gives a turn back. */
  cancel(key: string, id: string): Promise<void>
  /** Sends a message to the listeners of a channel in all processes. It may be lost. */
  publish(channel: string, message: string): Promise<void>
  /** Returns a function that ends the subscription. */
  subscribe(channel: string, listener: (message: string) => void): Promise<() => Promise<void>>
}

/** A store that takes longer counts as failed. */
const STORE_TIMEOUT_MS = 5000

/**
 * A store whose calls reject with an ApikleyError: `connection` if they fail or take longer than
 * 5 s, `configuration` if they return no text.
 */
export function guardStore(store: Store, clock: Clock, onEvent?: EventListener): Store {
  async function call<Result>(name: keyof Store, act: () => Promise<Result>): Promise<Result> {
    const startedAt = clock.now()
    const late = (): Error => new Error(`no answer within ${STORE_TIMEOUT_MS} ms`)
    try {
      return await withDeadline(clock, STORE_TIMEOUT_MS, late, undefined, act)
    } catch (cause) {
      const why = messageOf(cause)
      const message = `The store failed (${name}: ${why}).`
      const error = unsent('connection', message, new StoreError(why, { cause }))
      emit(onEvent, { type: 'store', call: name, duration: clock.now() - startedAt, error })
      throw error
    }
  }
  return {
    get: async (key) => checkText(await call('get', async () => store.get(key))),
    swap: async (...args) => checkText(await call('swap', async () => store.swap(...args))),
    reserve: (...args) => call('reserve', async () => store.reserve(...args)),
    cancel: (...args) => call('cancel', async () => store.cancel(...args)),
    publish: (...args) => call('publish', async () => store.publish(...args)),
    async subscribe(...args) {
      const subscribing = (async () => store.subscribe(...args))()
      return call('subscribe', () => subscribing).catch((error: unknown) => {
        // A subscription that begins later ends at once.
        subscribing.then((leave) => leave()).catch(() => {})
        throw error
      })
    },
  }
}

/** The cause of an error of `guardStore`. `@apikley/server` knows it by its name. */
class StoreError extends Error {
  override readonly name = 'StoreError'
}

/** @throws {ApikleyError} `configuration` for another value. Some drivers return null if absent. */
function checkText(value: unknown): string | undefined {
  if (typeof value === 'string' || value === undefined || value === null) {
    return value ?? undefined
  }
  throw storeFailed(`it returned a value of type ${typeof value}`)
}

export function storeFailed(why: string, cause?: unknown): ApikleyError {
  return misconfigured(`The store is set up wrongly: ${why}.`, cause)
}

/**
 * The text that a store holds for a value. Some drivers repeat a command after a lost connection, so
 * the nonce makes each text unique. Some parse JSON, so the prefix makes it invalid.
 */
export function encode(value: object, random: () => number): string {
  return `=${JSON.stringify({ ...value, nonce: randomId(random) })}`
}

export interface MemoryStoreOptions {
  /** Default: the platform's clock. */
  readonly clock?: Pick<Clock, 'now'> | undefined
  /**
   * The number of keys. When it is reached, writes fail: a store that forgets could cause a second
   * charge. Default: 250,000, about 100 MB. An account creates at most 172,800 tasks a day.
   */
  readonly capacity?: number | undefined
}

/**
 * Makes a store for one process. The default of every client.
 *
 * @example
 * const store = memoryStore()
 * const apikley = createApikley({ store })
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  return new MemoryStore(options)
}

interface Entry {
  readonly value: string
  readonly expiresAt: number
}

interface Window {
  /** When each id has its turn, in Unix ms and in this order. */
  readonly turns: Map<string, number>
  readonly interval: number
  /** The time of the last reservation. */
  readonly at: number
}

class MemoryStore implements Store {
  readonly #clock: Pick<Clock, 'now'>
  readonly #capacity: number
  readonly #entries = new Map<string, Entry>()
  readonly #windows = new Map<string, Window>()
  readonly #listeners = new Map<string, Set<(message: string) => void>>()
  #nextPurgeSize = 1000

  constructor({ clock = Date, capacity = 250_000 }: MemoryStoreOptions) {
    this.#clock = clock
    this.#capacity = capacity
  }

  async get(key: string): Promise<string | undefined> {
    return this.#read(key)
  }

  async swap(
    key: string,
    expected: string | undefined,
    value: string | undefined,
    ttl: number,
  ): Promise<string | undefined> {
    const current = this.#read(key)
    if (current !== expected) {
      return current
    }
    if (value === undefined) {
      this.#entries.delete(key)
      return undefined
    }
    this.#makeRoom(key, this.#entries)
    this.#entries.set(key, { value, expiresAt: this.#clock.now() + ttl })
    return value
  }

  async reserve(
    key: string,
    id: string,
    { limit, interval, maxDelay }: TurnLimit,
  ): Promise<number | undefined> {
    const now = this.#clock.now()
    const { turns, at: before } = this.#windows.get(key) ?? { turns: new Map(), at: now }
    // When the clock is set back, the turns move with it.
    const shift = Math.min(0, now - before)
    for (const [other, at] of shift < 0 ? turns : []) {
      turns.set(other, at + shift)
    }
    for (const [other, at] of turns) {
      if (other === id || now - at < interval) {
        break
      }
      turns.delete(other)
    }
    const earliest = ([...turns.values()].at(-limit) ?? -Infinity) + interval
    const at = turns.get(id) ?? Math.max(now, earliest)
    if (at - now > maxDelay) {
      return undefined
    }
    this.#makeRoom(key, this.#windows)
    this.#windows.set(key, { turns: turns.set(id, at), interval, at: now })
    return Math.max(0, at - now)
  }

  async cancel(key: string, id: string): Promise<void> {
    this.#windows.get(key)?.turns.delete(id)
  }

  async publish(channel: string, message: string): Promise<void> {
    for (const listener of this.#listeners.get(channel) ?? []) {
      queueMicrotask(() => listener(message))
    }
  }

  async subscribe(
    channel: string,
    listener: (message: string) => void,
  ): Promise<() => Promise<void>> {
    const listeners = this.#listeners.get(channel) ?? new Set()
    this.#listeners.set(channel, listeners.add(listener))
    return async () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(channel) === listeners) {
        this.#listeners.delete(channel)
      }
    }
  }

  #read(key: string): string | undefined {
    const entry = this.#entries.get(key)
    return entry && entry.expiresAt > this.#clock.now() ? entry.value : undefined
  }

  /** @throws {Error} if the store is full */
  #makeRoom(key: string, map: ReadonlyMap<string, unknown>): void {
    if (map.has(key)) {
      return
    }
    // Purged only when the size has doubled, so that the cost per write is constant.
    if (this.#size >= Math.min(this.#nextPurgeSize, this.#capacity)) {
      this.#purge()
      this.#nextPurgeSize = Math.max(1000, this.#size * 2)
    }
    if (this.#size >= this.#capacity) {
      throw new Error(`The memory store is full (${this.#capacity} keys). Raise its capacity.`)
    }
  }

  get #size(): number {
    return this.#entries.size + this.#windows.size
  }

  #purge(): void {
    const now = this.#clock.now()
    for (const [key, { expiresAt }] of this.#entries) {
      if (expiresAt <= now) {
        this.#entries.delete(key)
      }
    }
    for (const [key, { turns, interval }] of this.#windows) {
      if ([...turns.values()].every((at) => now - at >= interval)) {
        this.#windows.delete(key)
      }
    }
  }
}
