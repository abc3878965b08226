import { emit } from '../events.ts'
import { MADE_KEY, UNKEYED } from '../http/call.ts'
import type { Transport } from '../options.ts'
import { randomId } from '../runtime.ts'
import { storeFailed } from '../store.ts'

/** The key of the value that says since when the store has kept all records. */
const MARKER_KEY = 'marker'

/** How long the outcome of a create is kept. */
export const RECORD_TTL_MS: number = 24 * 3_600_000

/**
 * The marker expires before the records that were written after it. A store that was flushed, or
 * that shortens every TTL, loses the marker first. The next marker has another id.
 */
export const MARKER_TTL_MS: number = RECORD_TTL_MS / 2
const MARKER_RENEWAL_MS = MARKER_TTL_MS / 2

/** The store may have dropped the record of an older key. */
const MAX_KEY_AGE_MS = 11 * 3_600_000

/** The clocks of two servers may differ by this much. */
export const CLOCK_TOLERANCE_MS = 2000

/** Swaps that compete in the probe: rounds one after another, and rivals at once. */
const PROBE_ROUNDS = 6
const PROBE_RIVALS = 5

/** Since when a store has kept all records. The id changes when it has lost some. */
export interface Marker {
  readonly id: string
  readonly since: number
}

type MarkerTransport = Pick<Transport, 'store' | 'clock' | 'random' | 'onEvent'>

/**
 * Reads the id of a store. A store without an id gets one: a new store, or one that lost its data.
 * The first read also checks that the store keeps what is written.
 */
export class StoreMarker {
  readonly #transport: MarkerTransport
  #isProbed = false
  #isLossReported = false

  constructor(transport: MarkerTransport) {
    this.#transport = transport
  }

  /** @throws {ApikleyError} `configuration` for a store that is wired wrongly; `connection` */
  async read(): Promise<Marker> {
    const { store, clock, random } = this.#transport
    // Not one promise for all calls: in Workers, each request waits for its own.
    if (!this.#isProbed) {
      await this.#probe()
      this.#isProbed = true
    }
    const now = Math.ceil(clock.now())
    let text = await store.get(MARKER_KEY)
    if (text === undefined) {
      const made = `${randomId(random)}.${now}.${now}`
      text = (await store.swap(MARKER_KEY, undefined, made, MARKER_TTL_MS)) ?? ''
    }
    const [id, since, renewedAt] = text.split('.')
    if (!id || !since || !renewedAt) {
      throw storeFailed(`it holds another value for the key "${MARKER_KEY}"`)
    }
    // Not at each start of a process: a store that shortens every TTL has to lose the marker.
    if (now - Number(renewedAt) > MARKER_RENEWAL_MS) {
      await store.swap(MARKER_KEY, text, `${id}.${since}.${now}`, MARKER_TTL_MS)
    }
    return { id, since: Number(since) }
  }

  /** Whether the store has kept everything since it had this marker. */
  async isCurrent(id: string): Promise<boolean> {
    return (await this.read()).id === id
  }

  /** Whether the store would hold a record of this key if it had been used. It holds none. */
  isNewKey(key: string, createdAt: number | undefined, { id, since }: Marker): boolean {
    const now = this.#transport.clock.now()
    const [, , madeAt, markerId] = MADE_KEY.exec(key) ?? []
    if (madeAt !== undefined) {
      if (now - Number(madeAt) < MAX_KEY_AGE_MS) {
        this.#reportLoss(markerId === id)
      }
      return false
    }
    if (key.startsWith(UNKEYED)) {
      return false
    }
    if (createdAt === undefined) {
      // The key may be of any age. The marker has to be older than all keys in use.
      return now - since > MAX_KEY_AGE_MS
    }
    const age = now - createdAt
    const isRemembered = createdAt >= since + CLOCK_TOLERANCE_MS
    return isRemembered && age < MAX_KEY_AGE_MS && age > -CLOCK_TOLERANCE_MS
  }

  /** @param isOwn whether the key was made with this store */
  #reportLoss(isOwn: boolean): void {
    if (!this.#isLossReported) {
      this.#isLossReported = true
      const why = isOwn
        ? 'it has lost an idempotency key. Switch off its eviction: without the record'
        : 'an idempotency key belongs to another store. Several instances need one shared store: without it'
      const error = storeFailed(`${why}, a request that a browser repeats can create a second task`)
      emit(this.#transport.onEvent, { type: 'store', error })
    }
  }

  /** Finds a store that is wired wrongly before anything depends on it. */
  async #probe(): Promise<void> {
    const { store, random } = this.#transport
    const key = `probe:${randomId(random)}`
    const swap = (expected?: string, value?: string): Promise<string | undefined> =>
      store.swap(key, expected, value, MARKER_TTL_MS)
    const [first, second] = [`1.${key}`, `2.${key}`]
    const results = [
      await swap(undefined, first),
      await swap(undefined, second),
      await swap(second, second),
      await store.get(key),
      await swap(first, second),
      await swap(second, undefined),
      await store.get(key),
    ]
    const expected = [first, first, first, first, second, undefined, undefined]
    const wrong = results.findIndex((result, step) => result !== expected[step])
    if (wrong >= 0) {
      const what = `returned ${String(results[wrong])} where ${String(expected[wrong])} is right`
      throw storeFailed(`step ${wrong + 1} of its check ${what}`)
    }
    // One new value, and then one after another: a store may write both in different ways.
    let held: string | undefined
    for (let round = 0; round < PROBE_ROUNDS; round++) {
      const rivals = Array.from({ length: PROBE_RIVALS }, (_, each) => `${round}.${each}.${key}`)
      const before = held
      const results = await Promise.all(rivals.map((rival) => swap(before, rival)))
      held = results[0]
      if (new Set(results).size > 1 || !rivals.includes(String(held))) {
        throw storeFailed('swap is not atomic')
      }
    }
    await swap(held, undefined)
  }
}
