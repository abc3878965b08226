/** Whether two inputs are equal as JSON and hold the same File and Blob objects. */
export function isSameInput(one: unknown, other: unknown): boolean {
  const files: unknown[] = []
  const toText = (input: unknown): string =>
    JSON.stringify(input, (_, value: unknown) => {
      if (!(value instanceof Blob)) {
        return value
      }
      if (!files.includes(value)) {
        files.push(value)
      }
      return { file: files.indexOf(value) }
    })
  try {
    return toText(one) === toText(other)
  } catch {
    // The client refuses an input that JSON cannot hold.
    return false
  }
}

/** Events that a person causes, and that an effect does not. */
const USER_EVENTS = ['click', 'keydown', 'change', 'drop', 'paste']

let userEvents = NaN

/** The number of actions of a person on the page. NaN without a window, as in React Native. */
export function countUserEvents(): number {
  if (Number.isNaN(userEvents) && typeof window === 'object' && window.addEventListener) {
    userEvents = 0
    const count = (): void => {
      userEvents += 1
    }
    for (const type of USER_EVENTS) {
      window.addEventListener(type, count, true)
    }
  }
  return userEvents
}

/** Runs that no user has caused: more of them in an hour come from an effect in a loop. */
const MAX_AUTOMATIC_RUNS = 5
const AUTOMATIC_RUNS_MS = 3_600_000

/** Counts the runs of a hook that follow each other without an action of the user. */
export class AutomaticRuns {
  #userEvents = NaN
  #times: readonly number[] = []

  /** Whether another run may start at this time. It is counted. */
  take(now: number): boolean {
    // Without a window it is unknown whether the user has acted.
    const isAutomatic = countUserEvents() === this.#userEvents
    this.#userEvents = countUserEvents()
    const recent = this.#times.filter((time) => isAutomatic && now - time < AUTOMATIC_RUNS_MS)
    const isAllowed = recent.length < MAX_AUTOMATIC_RUNS
    this.#times = isAllowed ? [...recent, now] : recent
    return isAllowed
  }
}
