import { ApikleyError } from '@apikley/client'
import type { ModelId, ModelInput } from '@apikley/types'
import { hashKey } from '@tanstack/react-query'
import { ignored, type AnyRunOutcome } from './run-state.ts'

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

/** Files and buffers have a `slice` of their own. Strings and arrays also have `concat`. */
function describeFile(_: string, value: unknown): unknown {
  const file: Partial<Record<string, unknown>> = Object(value)
  const isFile = file.slice && !file.concat
  return isFile ? [file.size ?? file.byteLength, file.type, file.name] : value
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

const MESSAGE =
  'run() was called without an action of the user, as an effect in a loop does. Nothing was sent. ' +
  'Call retry() for the same input, useRuns() for a list, and run() of the client without a user.'

/**
 * Whether a client has started too many runs without an action of the user, or a hook of it. It
 * warns then. A component that mounts in a loop has many hooks.
 */
export function isLooping(client: object, now: number, hook?: LoopGuard): boolean {
  const runs = automaticRuns(client, now)
  const ofHook = runs.filter(({ by }) => by === hook)
  const isTooMany = runs.length >= MAX_RUNS_OF_CLIENT || ofHook.length >= MAX_RUNS_OF_HOOK
  if (isTooMany) {
    console.warn(MESSAGE)
  }
  return isTooMany
}

/** Refuses the runs of a hook that an effect starts in a loop. It warns then. */
export class LoopGuard {
  /** Of the input of the run that is shown. */
  checksum: string | undefined
  /** Of the last run that was not repeated, for `retry`. */
  lastInput: ModelInput<ModelId> | undefined
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

  /**
   * Counts a run, or returns why it may not start.
   *
   * @param isShown whether the run before it is shown, whose input it may repeat
   */
  take(input: ModelInput<ModelId>, now: number, isShown: boolean): AnyRunOutcome | undefined {
    const checksum = checksumOf(input)
    const hasActed = this.#userEvents !== countUserEvents()
    if (isShown && !hasActed && checksum !== undefined && checksum === this.checksum) {
      console.warn(MESSAGE)
      return ignored('repeated')
    }
    this.lastInput = input
    if (isLooping(this.#client, now, this.isContinued ? undefined : this)) {
      const error = new ApikleyError({ kind: 'configuration', message: MESSAGE })
      return { status: 'error', error, taskId: undefined, resumable: false }
    }
    automaticRuns(this.#client, now).push({ at: now, by: this })
    this.#isByUser = this.isContinued || hasActed
    this.checksum = checksum
    return undefined
  }
}
