const FILE = /^\[object (Blob|File|ReadableStream|Response|ArrayBuffer)\]$/

/** Whether two inputs are equal as JSON and hold the same objects for files. */
export function isSameInput(one: unknown, other: unknown): boolean {
  const files: unknown[] = []
  const toText = (input: unknown): string =>
    JSON.stringify(input, (_, value: unknown) => {
      if (!FILE.test(Object.prototype.toString.call(value))) {
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
  readonly #max: number
  #userEvents = NaN
  #times: readonly number[] = []

  constructor(max: number = MAX_AUTOMATIC_RUNS) {
    this.#max = max
  }

  /** Whether another run may start at this time. It is counted. */
  take(now: number): boolean {
    // Without a window it is unknown whether the user has acted.
    const isAutomatic = countUserEvents() === this.#userEvents
    this.#userEvents = countUserEvents()
    const recent = this.#times.filter((time) => isAutomatic && now - time < AUTOMATIC_RUNS_MS)
    const isAllowed = recent.length < this.#max
    this.#times = isAllowed ? [...recent, now] : recent
    return isAllowed
  }
}

const REPEATED_MESSAGE =
  'useRun: run() was repeated without an action of the user. Call retry() to create another task.'
export const LOOP_MESSAGE: string =
  'run() was called too often without an action of the user, as an effect in a loop does. ' +
  'Nothing was sent. Without a user, call run() of the client.'

/** Refuses the runs of a hook that an effect starts in a loop. */
export class LoopGuard {
  #input: unknown
  #userEvents = NaN
  readonly #automaticRuns = new AutomaticRuns()

  /** Records an input that is about to be sent. */
  record(input: unknown): void {
    this.#input = input
    this.#userEvents = countUserEvents()
  }

  /**
   * Why a run may not start. It warns then.
   *
   * - `repeated`: it has the input of the run that is shown, without an action of a person since
   * - `loop`: it has another input each time
   */
  refuse(input: unknown, isShown: boolean, now: number): 'repeated' | 'loop' | undefined {
    if (isShown && this.#userEvents === countUserEvents() && isSameInput(input, this.#input)) {
      console.warn(REPEATED_MESSAGE)
      return 'repeated'
    }
    if (!this.#automaticRuns.take(now)) {
      console.warn(`useRun: ${LOOP_MESSAGE}`)
      return 'loop'
    }
    return undefined
  }
}
