import type { Clock, Store } from '@apikley/client'
import { configurationError } from '../errors.ts'

const LEASE_MS = 60_000

/** A process that has ended renews its lease no more. The next callback takes it over. */
const RENEWAL_MS = LEASE_MS / 3

/** A call of `onTask` that takes longer counts as failed. Another process may repeat it. */
const MAX_HOLD_MS = 15 * 60_000

/** The sender may repeat a callback for this long. */
const DONE_TTL_MS = 24 * 3_600_000

const DONE = '=done'
const BUSY = '=busy.'

/** The right to handle one event. All processes that share a store have one lease for it. */
export class Lease {
  readonly #store: Store
  readonly #clock: Clock
  readonly #key: string
  readonly #value = `${BUSY}${crypto.randomUUID()}`
  #cancelRenewal = (): void => {}

  /** @param event a task id and a final state */
  constructor(store: Store, clock: Clock, event: string) {
    this.#store = store
    this.#clock = clock
    this.#key = `event:${event}`
  }

  /**
   * - `mine`: this process handles the event
   * - `busy`: another process handles it
   * - `done`: it was handled before
   *
   * @throws {ApikleyError} `configuration` for a store that is wired wrongly, or errors of the store
   */
  async claim(): Promise<'mine' | 'busy' | 'done'> {
    const held = await this.#store.swap(this.#key, undefined, this.#value, LEASE_MS)
    if (held === this.#value) {
      this.#renewLater(this.#clock.now() + MAX_HOLD_MS)
      return 'mine'
    }
    if (held !== DONE && !String(held).startsWith(BUSY)) {
      throw configurationError(`The store is set up wrongly: swap returned ${String(held)}.`)
    }
    return held === DONE ? 'done' : 'busy'
  }

  /** The event was handled. */
  async finish(): Promise<void> {
    this.#cancelRenewal()
    await this.#store.swap(this.#key, this.#value, DONE, DONE_TTL_MS)
  }

  /** The next callback may claim the event. */
  async release(): Promise<void> {
    this.#cancelRenewal()
    await this.#store.swap(this.#key, this.#value, undefined, LEASE_MS)
  }

  #renewLater(until: number): void {
    this.#cancelRenewal = this.#clock.after(RENEWAL_MS, () => {
      if (this.#clock.now() >= until) {
        return
      }
      // If this fails, the lease ends, and another process may handle the event again.
      this.#store.swap(this.#key, this.#value, this.#value, LEASE_MS).catch(() => {})
      this.#renewLater(until)
    })
  }
}

/** Whether an event was handled in the last 24 h. */
export async function isDone(store: Store, event: string): Promise<boolean> {
  return (await store.get(`event:${event}`)) === DONE
}
