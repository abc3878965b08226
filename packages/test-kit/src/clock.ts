import { createVirtualClock, type VirtualClock } from '@apikley/simulator'

/** The simulator's virtual clock, with the two moves that only tests need. */
export interface TestClock extends VirtualClock {
  /** Lets `ms` pass, with everything that happens meanwhile. Works inside a `settle` too. */
  pass(ms: number): Promise<void>
  /** Shows another time, as when a user sets the clock. Timers keep their delay. */
  set(ms: number): void
}

export function createTestClock(start?: number): TestClock {
  const clock = createVirtualClock(start)
  let offset = 0
  return {
    ...clock,
    now: () => clock.now() + offset,
    get pending() {
      return clock.pending
    },
    pass: (ms) => clock.settle(new Promise((resolve) => clock.after(ms, resolve))),
    set(ms) {
      offset = ms - clock.now()
    },
  }
}

/** Waits for turns of the event loop. In each one, every callback that is ready runs. */
export async function idle(turns = 1): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}
