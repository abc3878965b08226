import { setImmediate } from 'node:timers/promises'

/** A source of time and timers. One clock can drive the simulator and `@apikley/client`. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls `callback` once, `ms` milliseconds from now. Returns a function that cancels it. */
  after(ms: number, callback: () => void): () => void
}

/** A clock that a program can move forward. */
export interface MovableClock extends Clock {
  /** Moves time `ms` milliseconds forward. Every timer that is due is called at its time. */
  advance(ms: number): Promise<void>
  /** The number of timers that are set. */
  readonly pending: number
}

/** A clock that stands still until a program moves it. */
export interface VirtualClock extends MovableClock {
  /**
   * Moves time forward until `promise` has settled: whenever no work is in flight, it jumps to the
   * next timer. It does not see work in another process. Use a real clock or `advance` for a server.
   *
   * @throws when no work is in flight, no timer is set, and the promise does not settle
   */
  settle<T>(promise: Promise<T>): Promise<T>
  /**
   * Marks `work` as in flight, so that time does not jump over it. The mark lasts at most a second
   * of real time. Returns `work`.
   */
  during<T>(work: Promise<T>): Promise<T>
}

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/** Idle turns of the event loop, after work in flight, before time jumps. A body takes several. */
const QUIET_TURNS = 25

/** The longest real time that one piece of work holds time, in ms. */
const WORK_LIMIT_MS = 1000

/** How long `settle` waits in real time while no timer is set, in ms. */
const IDLE_LIMIT_MS = 5000

/** The longest delay that setTimeout takes. A longer wait takes several. */
const TIMEOUT_LIMIT_MS = 2 ** 31 - 1

/**
 * @param start the first time that the clock shows, in Unix milliseconds. Default: 8 December 2025,
 *   07:06:10.132 UTC
 * @example
 * const clock = createVirtualClock()
 * const { urls } = await clock.settle(apikley.run('ideogram/v3-reframe', input))
 */
export function createVirtualClock(start = 1_765_177_570_132): VirtualClock {
  let now = start
  const timers = new Set<Timer>()
  const working = new Set<symbol>()

  const fire = (timer: Timer): void => {
    timers.delete(timer)
    now = Math.max(now, timer.at)
    timer.callback()
  }
  const quiet = async (isDone: () => boolean = () => false): Promise<void> => {
    for (let turn = 0; turn < QUIET_TURNS && !isDone(); turn = working.size > 0 ? 0 : turn + 1) {
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
      for (let timer = earliest(timers); timer && timer.at <= until; timer = earliest(timers)) {
        fire(timer)
        await quiet()
      }
      now = Math.max(now, until)
    },
    async settle(promise) {
      let settled = false
      const isSettled = (): boolean => settled
      const markSettled = (): void => {
        settled = true
      }
      promise.then(markSettled, markSettled)
      let idleSince = performance.now()
      for (await quiet(isSettled); !isSettled(); await quiet(isSettled)) {
        const timer = earliest(timers)
        if (timer) {
          fire(timer)
          idleSince = performance.now()
        } else if (performance.now() - idleSince > IDLE_LIMIT_MS) {
          throw new Error('The promise does not settle: no timer is set, and no work is in flight')
        }
      }
      return promise
    },
    during(work) {
      const mark = Symbol('work')
      working.add(mark)
      const timeout = setTimeout(() => working.delete(mark), WORK_LIMIT_MS)
      const end = (): void => {
        clearTimeout(timeout)
        working.delete(mark)
      }
      work.then(end, end)
      return work
    },
  }
}

/** The system's clock. `advance` sets it forward. */
export function createRealClock(): MovableClock {
  let aheadMs = 0
  const timers = new Map<Timer, NodeJS.Timeout>()
  const now = (): number => Date.now() + aheadMs

  const arm = (timer: Timer): void => {
    const delay = Math.min(Math.max(0, timer.at - now()), TIMEOUT_LIMIT_MS)
    timers.set(timer, setTimeout(timer.at - now() > delay ? arm : fire, delay, timer))
  }
  const disarm = (timer: Timer): void => {
    clearTimeout(timers.get(timer))
    timers.delete(timer)
  }
  const fire = (timer: Timer): void => {
    disarm(timer)
    timer.callback()
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
      const next = (): Timer | undefined => earliest(timers.keys())
      // One at a time: a timer may set or cancel others that are due by then.
      for (let timer = next(); timer && timer.at <= until; timer = next()) {
        aheadMs += Math.max(0, timer.at - now())
        fire(timer)
        await setImmediate()
      }
      aheadMs += Math.max(0, until - now())
      for (const timer of [...timers.keys()]) {
        disarm(timer)
        arm(timer)
      }
    },
  }
}

function earliest(timers: Iterable<Timer>): Timer | undefined {
  let first: Timer | undefined
  for (const timer of timers) {
    if (!first || timer.at < first.at) {
      first = timer
    }
  }
  return first
}
