import type { Clock } from '../clock.ts'
import type { RateLimit } from '../scenario.ts'

/** The credits of the account. */
export class Account {
  readonly #clock: Clock
  #balance: number
  readonly #refunds = new Set<{ readonly price: number; readonly time: number }>()

  constructor(clock: Clock, balance: number) {
    this.#clock = clock
    this.#balance = balance
  }

  get balance(): number {
    this.#applyRefunds()
    return this.#balance
  }

  /** Charges a price. Returns `false` when the balance is too low. */
  charge(price: number): boolean {
    if (this.balance < price) {
      return false
    }
    this.#balance -= price
    return true
  }

  /** Returns a price to the balance at `time`, in Unix ms. */
  refund(price: number, time: number): void {
    this.#refunds.add({ price, time })
  }

  #applyRefunds(): void {
    const now = this.#clock.now()
    for (const refund of this.#refunds) {
      if (refund.time <= now) {
        this.#balance += refund.price
        this.#refunds.delete(refund)
      }
    }
  }
}

/** Counts requests against a rate limit. */
export class RateCounter {
  readonly #clock: Clock
  readonly #limit: RateLimit | undefined
  readonly #times: number[] = []

  constructor(clock: Clock, limit: RateLimit | undefined) {
    this.#clock = clock
    this.#limit = limit
  }

  /** Counts a request. Returns `false` above the limit; that request is neither counted nor queued. */
  take(): boolean {
    if (!this.#limit) {
      return true
    }
    const { limit, interval } = this.#limit
    const now = this.#clock.now()
    while (this.#times[0] !== undefined && this.#times[0] <= now - interval) {
      this.#times.shift()
    }
    if (this.#times.length >= limit) {
      return false
    }
    this.#times.push(now)
    return true
  }

  clear(): void {
    this.#times.length = 0
  }
}
