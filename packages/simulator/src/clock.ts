import { setImmediate } from 'node:timers/promises'

/** Time, as the simulator and the client of `@apikley/client` use it; one clock can drive both. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls back once, `ms` from now, and gives the function that calls it off. */
  after(ms: number, callback: () => void): () => void
}

/** A clock that can be moved on. */
export interface MovableClock extends Clock {
  /** Lets `ms` milliseconds pass: every timer within them is called, in order and at its time. */
  advance(ms: number): Promise<void>
  /** How many timers are set. */
  readonly pending: number
}

/** A clock that stands still until it is moved. */
export interface VirtualClock extends MovableClock {
  /**
   * Lets time pass as fast as it may until `promise` has settled: whenever nothing is under way, it
   * jumps to the next timer. What is under way in another process is not known here; for a server
   * use a real clock, or `advance`.
   *
   * @throws when nothing is under way, no timer is set, and still the promise does not settle
   */
  settle<T>(promise: Promise<T>): Promise<T>
  /**
   * Notes that `work` is under way, so that time does not jump over it; for a second of real time
   * at the most. Gives it back.
   */
  during<T>(work: Promise<T>): Promise<T>
}

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/**
 * Turns of the event loop after which nothing is thought to be under way: reading a body takes
 * several.
 */
const quietTurns = 25

/** How long work that does not end may hold time up, in real ms. */
const longestWork = 1000

/**
 * How long `settle` believes that something unseen is still going on when no timer is set, in real
 * ms.
 */
const patience = 5000

/**
 * @param start what the clock shows at first, in Unix milliseconds. Default: 8 December 2025,
 *   07:06:10.132 UTC
 * @example
 * const clock = createVirtualClock()
 * const { urls } = await clock.settle(apikley.run('ideogram/v3-reframe', input))
 */
export function createVirtualClock(start = 1_765_177_570_132): VirtualClock {
  let now = start
  let working = 0
  const timers = new Set<Timer>()

  const next = (): Timer | undefined => first(timers)
  const fire = (timer: Timer): void => {
    timers.delete(timer)
    now = Math.max(now, timer.at)
    timer.callback()
  }
  const isWorking = (): boolean => working > 0
  const quiet = async (done: () => boolean = () => false): Promise<void> => {
    for (let turn = 0; (turn < quietTurns || isWorking()) && !done(); turn++) {
      await setImmediate()
    }
  }

  return {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + Math.max(0, ms), callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    get pending() {
      return timers.size
    },
    async advance(ms) {
      const until = now + ms
      await quiet()
      for (let timer = next(); timer && timer.at <= until; timer = next()) {
        fire(timer)
        await quiet()
      }
      now = Math.max(now, until)
    },
    async settle(promise) {
      const state = { settled: false }
      const settled = (): boolean => state.settled
      promise.then(
        () => (state.settled = true),
        () => (state.settled = true),
      )
      let idleSince: number | undefined
      while (!settled()) {
        await quiet(settled)
        const timer = next()
        if (settled()) {
          break
        }
        if (timer) {
          idleSince = undefined
          fire(timer)
        } else if (performance.now() - (idleSince ??= performance.now()) > patience) {
          throw new Error('The promise does not settle: no timer is set, and nothing is under way')
        }
      }
      return promise
    },
    during(work) {
      working++
      let over = false
      const end = (): void => {
        if (over) {
          return
        }
        over = true
        clearTimeout(timer)
        working--
      }
      const timer = setTimeout(end, longestWork)
      work.then(end, end)
      return work
    },
  }
}

function first(timers: Iterable<Timer>): Timer | undefined {
  let earliest: Timer | undefined
  for (const timer of timers) {
    if (!earliest || timer.at < earliest.at) {
      earliest = timer
    }
  }
  return earliest
}

/** setTimeout takes no longer delay; what is later is waited for in steps. */
const longestDelay = 2 ** 31 - 1

/** The system's clock, which `advance` sets forward. */
export function createRealClock(): MovableClock {
  let ahead = 0
  const timers = new Map<Timer, NodeJS.Timeout>()
  const now = (): number => Date.now() + ahead

  const arm = (timer: Timer): void => {
    const wait = (): void => {
      if (timer.at > now()) {
        return arm(timer)
      }
      timers.delete(timer)
      timer.callback()
    }
    timers.set(timer, setTimeout(wait, Math.min(Math.max(0, timer.at - now()), longestDelay)))
  }
  const disarm = (timer: Timer): void => {
    clearTimeout(timers.get(timer))
    timers.delete(timer)
  }

  return {
    now,
    after(ms, callback) {
      const timer = { at: now() + Math.max(0, ms), callback }
      arm(timer)
      return () => disarm(timer)
    },
    get pending() {
      return timers.size
    },
    async advance(ms) {
      const until = now() + ms
      // One by one, because a timer may set others that are due by then, or call them off.
      for (
        let timer = first(timers.keys());
        timer && timer.at <= until;
        timer = first(timers.keys())
      ) {
        ahead += Math.max(0, timer.at - now())
        disarm(timer)
        timer.callback()
        await setImmediate()
      }
      ahead += Math.max(0, until - now())
      for (const timer of [...timers.keys()]) {
        disarm(timer)
        arm(timer)
      }
    },
  }
}

/** Waits `ms` on a clock, or until the signal aborts. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      return reject(signal.reason)
    }
    const abort = (): void => {
      cancel()
      reject(signal.reason)
    }
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
    signal.addEventListener('abort', abort, { once: true })
  })
}
