import type { Clock } from './clock.ts'

/** The credits of the account. */
export interface Ledger {
  balance: number
  /** Takes a price; `false` when the balance is too low. */
  charge(price: number): boolean
  /** Gives a price back, once it is `time`. */
  refund(price: number, time: number): void
}

export function createLedger(clock: Clock, start: number): Ledger {
  let balance = start
  let refunds: { price: number; time: number }[] = []
  const settle = (): void => {
    const now = clock.now()
    if (!refunds.some(({ time }) => time <= now)) {
      return
    }
    for (const { price, time } of refunds) {
      if (time <= now) {
        balance += price
      }
    }
    refunds = refunds.filter(({ time }) => time > now)
  }
  return {
    get balance() {
      settle()
      return balance
    },
    set balance(value) {
      settle()
      balance = value
    },
    charge(price) {
      settle()
      if (balance < price) {
        return false
      }
      balance -= price
      return true
    },
    refund(price, time) {
      refunds.push({ price, time })
    },
  }
}
