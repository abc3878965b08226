import { ApikleyError } from '@apikley/client'

const PLAIN = /^\[object (Object|Array|Null)\]$/

/**
 * A checksum of an input. It is the same for inputs that are equal as JSON, in any order of their
 * fields. Files count by their type, size and name, because an effect may make them anew. Undefined
 * for an input that JSON cannot hold, which the client refuses.
 */
export function checksumOf(input: unknown): string | undefined {
  try {
    const text = JSON.stringify(input, toComparable)
    let hash = 0
    for (let index = 0; index < text.length; index += 1) {
      // FNV-1a
      hash = Math.imul(hash ^ text.charCodeAt(index), 16_777_619)
    }
    return `${text.length}.${hash >>> 0}`
  } catch {
    return undefined
  }
}

function toComparable(_: string, value: unknown): unknown {
  const tag = Object.prototype.toString.call(value)
  if (typeof value !== 'object' || Array.isArray(value)) {
    return value
  }
  if (PLAIN.test(tag)) {
    return value && Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  }
  const file: Partial<Record<'size' | 'byteLength' | 'type' | 'name', unknown>> = Object(value)
  return [tag, file.size ?? file.byteLength, file.type, file.name]
}

/** Events that a person causes, and that an effect does not. */
const USER_EVENTS = ['click', 'keydown', 'pointerup', 'input', 'change', 'drop', 'paste']

let userEvents = NaN

/** The number of actions of a person on the page. NaN without a window, as in React Native. */
export function countUserEvents(): number {
  if (Number.isNaN(userEvents) && typeof window === 'object' && window.addEventListener) {
    userEvents = 0
    const count = ({ isTrusted }: Event): void => {
      // `element.click()` is not trusted. Test DOMs have no other events, and no `userActivation`.
      userEvents += isTrusted || !('userActivation' in navigator) ? 1 : 0
    }
    for (const type of USER_EVENTS) {
      window.addEventListener(type, count, true)
    }
  }
  return userEvents
}

/** Runs that no user has caused: more of them in an hour come from an effect in a loop. */
const MAX_RUNS_OF_HOOK = 5
const MAX_RUNS_OF_CLIENT = 100
const AUTOMATIC_RUNS_MS = 3_600_000

/** Counts the runs that follow each other without an action of the user. */
export class AutomaticRuns {
  readonly #max: number
  #userEvents = NaN
  #times: readonly number[] = []

  constructor(max: number) {
    this.#max = max
  }

  /** Whether another run may start at this time. */
  isAllowed(now: number): boolean {
    return this.#recent(now).length < this.#max
  }

  add(now: number): void {
    this.#times = [...this.#recent(now), now]
    this.#userEvents = countUserEvents()
  }

  #recent(now: number): readonly number[] {
    // Without a window it is unknown whether the user has acted.
    const isAutomatic = countUserEvents() === this.#userEvents
    return this.#times.filter((time) => isAutomatic && now - time < AUTOMATIC_RUNS_MS)
  }
}

const runsByClient = new WeakMap<object, AutomaticRuns>()

/** The runs of all hooks of a client. A component that mounts in a loop has many hooks. */
export function automaticRunsOf(client: object): AutomaticRuns {
  const runs = runsByClient.get(client) ?? new AutomaticRuns(MAX_RUNS_OF_CLIENT)
  runsByClient.set(client, runs)
  return runs
}

const REPEATED_MESSAGE =
  'useRun: run() was repeated without an action of the user. Call retry() to create another task.'
export const LOOP_MESSAGE: string =
  'run() was called too often without an action of the user, as an effect in a loop does. ' +
  'Nothing was sent. Without a user, call run() of the client.'

/** Refuses the runs of a hook that an effect starts in a loop. It warns then. */
export class LoopGuard {
  /** Of the input of the run that is shown. */
  checksum: string | undefined
  #userEvents = NaN
  readonly #runs: readonly AutomaticRuns[]

  constructor(client: object) {
    this.#runs = [new AutomaticRuns(MAX_RUNS_OF_HOOK), automaticRunsOf(client)]
  }

  /** Call it when the state changes: an effect runs after it, and the user acts later. */
  onChange(): void {
    this.#userEvents = countUserEvents()
  }

  /** Whether an input is that of the run that is shown, without an action of the user since. */
  isRepeated(input: unknown): boolean {
    const isSame = this.checksum !== undefined && this.checksum === checksumOf(input)
    if (!isSame || this.#userEvents !== countUserEvents()) {
      return false
    }
    console.warn(REPEATED_MESSAGE)
    return true
  }

  /** Counts another run, or returns why it may not start. */
  take(now: number): ApikleyError | undefined {
    if (this.#runs.every((runs) => runs.isAllowed(now))) {
      this.#runs.forEach((runs) => runs.add(now))
      return undefined
    }
    console.warn(`useRun: ${LOOP_MESSAGE}`)
    return new ApikleyError({ kind: 'configuration', message: LOOP_MESSAGE })
  }
}
