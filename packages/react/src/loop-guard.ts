import { ApikleyError } from '@apikley/client'
import { hashKey } from '@tanstack/react-query'

/**
 * A checksum of an input. It is the same for inputs that are equal as JSON, in any order of their
 * fields. Files count by their type, size and name, because an effect may make them anew. Undefined
 * for an input that JSON cannot hold, which the client refuses.
 */
export function checksumOf(input: unknown): string | undefined {
  try {
    const text = hashKey([JSON.parse(JSON.stringify(input, describeFile))])
    let hash = 0
    for (let index = 0; index < text.length; index += 1) {
      hash = (hash * 31 + text.charCodeAt(index)) >>> 0
    }
    return `${text.length}.${hash}`
  } catch {
    return undefined
  }
}

function describeFile(_: string, value: unknown): unknown {
  const tag = Object.prototype.toString.call(value)
  const file: Partial<Record<'size' | 'byteLength' | 'type' | 'name', unknown>> = Object(value)
  const isPlain = typeof value !== 'object' || / (Object|Array|Null)]/.test(tag)
  return isPlain ? value : [tag, file.size ?? file.byteLength, file.type, file.name]
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

interface StartedRun {
  /** In Unix ms. */
  readonly at: number
  readonly by: LoopGuard
}

const lastRuns = new WeakMap<object, { readonly userEvents: number; readonly runs: StartedRun[] }>()

/** The runs of all hooks of a client in an hour, since the user has acted. */
function automaticRuns(client: object, now: number): StartedRun[] {
  const userEvents = countUserEvents()
  const last = lastRuns.get(client)
  // Without a window it is unknown whether the user has acted.
  const isAutomatic = last?.userEvents === userEvents
  const runs = isAutomatic ? last.runs.filter(({ at }) => now - at < AUTOMATIC_RUNS_MS) : []
  lastRuns.set(client, { userEvents, runs })
  return runs
}

const REPEATED_MESSAGE =
  'run() was repeated without an action of the user. Call retry() to create another task.'
const LOOP_MESSAGE =
  'run() was called too often without an action of the user. Nothing was sent. Call useRuns() for ' +
  'a list of inputs, and run() of the client without a user.'

/**
 * Whether a client has started too many runs without an action of the user, or a hook of it. It
 * warns then. A component that mounts in a loop has many hooks.
 */
export function isLooping(client: object, now: number, hook?: LoopGuard): boolean {
  const runs = automaticRuns(client, now)
  const ofHook = runs.filter(({ by }) => by === hook)
  const isTooMany = runs.length >= MAX_RUNS_OF_CLIENT || ofHook.length >= MAX_RUNS_OF_HOOK
  if (isTooMany) {
    console.warn(LOOP_MESSAGE)
  }
  return isTooMany
}

/** Refuses the runs of a hook that an effect starts in a loop. It warns then. */
export class LoopGuard {
  /** Of the input of the run that is shown. */
  checksum: string | undefined
  /** Whether code continues that awaits a run of the user. */
  isContinued = false
  readonly #client: object
  #userEvents = countUserEvents()
  /** Whether the last run comes from an action of the user. */
  #isByUser = false

  constructor(client: object) {
    this.#client = client
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

  /**
   * Call it when the promise of a run resolves. A run that is started in this turn belongs to the
   * action of the user that has started the one before: `for (const each of inputs) await run(each)`
   */
  async onSettle(): Promise<void> {
    this.isContinued = this.#isByUser
    this.#isByUser = false
    // An async function around `run` resolves later.
    await Promise.resolve()
    await Promise.resolve()
    await Promise.resolve()
    this.isContinued = false
  }

  /** Counts a run, or returns why it may not start. */
  take(input: unknown, now: number): ApikleyError | undefined {
    if (isLooping(this.#client, now, this.isContinued ? undefined : this)) {
      return new ApikleyError({ kind: 'configuration', message: LOOP_MESSAGE })
    }
    this.checksum = checksumOf(input)
    automaticRuns(this.#client, now).push({ at: now, by: this })
    this.#isByUser = this.isContinued || this.#userEvents !== countUserEvents()
    return undefined
  }
}
