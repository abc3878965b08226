import type { Clock } from '../runtime.ts'

/** A timer that fires later than this was delayed by a sleeping machine or a changed clock. */
const MAX_TIMER_DELAY_MS = 60_000

/**
 * One timer, and a time that stands still while the clock jumps, so that no wait times out when the
 * machine sleeps or the clock is changed.
 */
export class SteadyTimer {
  readonly #clock: Clock
  /** When the timer fires. `Infinity` without a timer. */
  #wakeAt = Infinity
  #cancel = (): void => {}
  /** The time, and what the clock then showed. */
  #time = 0
  #shown: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** In ms, from an arbitrary start. */
  now(): number {
    const shown = this.#clock.now()
    const passed = shown - (this.#shown ?? shown)
    if (passed > 0 && this.#time + passed <= this.#wakeAt + MAX_TIMER_DELAY_MS) {
      this.#time += passed
    }
    this.#shown = shown
    return this.#time
  }

  /** Replaces the timer. `Infinity` sets none. */
  set(at: number, callback: () => void): void {
    this.#cancel()
    this.#wakeAt = at
    if (at < Infinity) {
      this.#cancel = this.#clock.after(at - this.now(), () => {
        // The timer proves that its delay has passed, whatever the clock shows.
        this.#time = Math.max(this.now(), at)
        callback()
      })
    }
  }
}
