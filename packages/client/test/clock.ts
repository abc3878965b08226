import type { Clock } from '../src/index.ts'

/** A clock that stands still until a test moves it. */
export interface TestClock extends Clock {
  /** Timers that are set. */
  readonly pending: number
  /**
   * Lets time pass as fast as it may until `promise` has settled: whenever nothing else is to be
   * done, it jumps to the next timer.
   */
  settle<T>(promise: Promise<T>): Promise<T>
  /** Lets `ms` pass, and all that happens meanwhile happen. */
  pass(ms: number): Promise<void>
  /** Shows another time, as when somebody sets the clock; timers are not moved by that. */
  set(ms: number): void
}

export function createTestClock(start = 1_765_177_570_132): TestClock {
  let now = start
  let offset = 0
  const timers = new Set<{ at: number; callback: () => void }>()
  const clock: TestClock = {
    now: () => now + offset,
    after(ms, callback) {
      const timer = { at: now + ms, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    get pending() {
      return timers.size
    },
    async settle(promise) {
      const state = { settled: false }
      void promise.catch(() => {}).finally(() => (state.settled = true))
      for (let step = 0; step < 100_000; step++) {
        // Reading a body takes several turns. No thread and no network is waited for here.
        for (let turn = 0; turn < 25 && !state.settled; turn++) {
          await idle()
        }
        if (state.settled) {
          return promise
        }
        const [next] = [...timers].sort((a, b) => a.at - b.at)
        if (!next) {
          continue
        }
        timers.delete(next)
        now = Math.max(now, next.at)
        next.callback()
      }
      throw new Error('The promise did not settle, whatever the time')
    },
    pass: (ms) => clock.settle(new Promise((resolve) => clock.after(ms, resolve))),
    set: (ms) => void (offset = ms - now),
  }
  return clock
}

/** One turn of the event loop: everything that can go on has gone on. */
export function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
