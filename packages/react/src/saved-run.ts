import type { RunAttempt } from '@apikley/client'
import type { ModelFileInput, ModelId } from '@apikley/types'
import { now, type RunContext } from './run-context.ts'
import type { RunStore } from './run-store.ts'

/** An attempt to create a task that may have been sent: all that it takes to make it again. */
export interface Attempt<M extends ModelId> {
  readonly attemptId: string
  readonly model: M
  readonly input: ModelFileInput<M>
  /** When it was about to be sent first, in Unix ms. */
  readonly at: number
}

/** A task that was bought. */
export interface Bought {
  readonly taskId: string
  readonly at: number
  /** Its end was seen, or the user does not want to wait for it: another run may begin. */
  readonly over?: 'ended' | 'stopped' | undefined
}

/** A proxy gives the same task for the same attempt for 10 min; a minute is left for the way there. In ms. */
const repeatable = 540_000

/** Results expire, usually after a day; so long a run is found again. In ms. */
const kept = 86_400_000

/** The place of one run in a store. */
export interface SavedRun {
  /** What is there. A promise only if the store gives one, so that a page can show it at once. */
  read<M extends ModelId>(context: RunContext<M>): Saved<M> | undefined | Promise<Saved<M> | undefined>
  /** What another page has written since, when that is still under way. */
  readOther<M extends ModelId>(context: RunContext<M>): Promise<Saved<M> | undefined>
  write(entry: Saved<ModelId>): Promise<void>
  remove(): Promise<void>
}

export type Saved<M extends ModelId> = Attempt<M> | Bought

export function createSavedRun(store: RunStore, persistKey: string): SavedRun {
  const key = `apikley:${persistKey}`
  let known: string | undefined
  // In the order in which they were asked for, however long a store takes.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = (act: () => unknown): Promise<void> => {
    const done = last.then(act).then(ignore, ignore)
    last = done
    return done
  }
  const saved: SavedRun = {
    read(context) {
      const parse = (text: unknown): ReturnType<typeof parseSaved<typeof context.model>> => {
        const entry = parseSaved(text, context)
        known = entry && nameOf(entry)
        return entry
      }
      try {
        const found = store.get(key)
        return typeof found === 'object' && found ? found.then(parse, ignore) : parse(found)
      } catch {
        return undefined
      }
    },
    async readOther(context) {
      const before = known
      const entry = await saved.read(context)
      if (!entry || nameOf(entry) === before) return undefined
      return ('taskId' in entry ? !entry.over : isFresh(entry, context)) ? entry : undefined
    },
    write(entry) {
      known = nameOf(entry)
      return inTurn(() => store.set(key, JSON.stringify(entry)))
    },
    remove: () => inTurn(() => store.remove(key)),
  }
  return saved
}

/** How long an attempt can still be made again, in ms. */
export function timeLeft<M extends ModelId>({ at }: Attempt<M>, context: RunContext<M>): number {
  return repeatable - (now(context) - at)
}

/** An attempt, as the client tells of it. */
export function attemptOf<M extends ModelId>(attempt: RunAttempt, context: RunContext<M>): Attempt<M> | undefined {
  const entry: unknown = { ...attempt, model: context.model, at: now(context) }
  return isAttempt(entry, context.model) ? entry : undefined
}

function isFresh<M extends ModelId>(attempt: Attempt<M>, context: RunContext<M>): boolean {
  return timeLeft(attempt, context) > 0
}

const nameOf = (entry: Saved<ModelId>): string => ('taskId' in entry ? entry.taskId : entry.attemptId)

function ignore(): undefined {}

/** Anybody may have written there: what is not ours, too old, or of another model is nothing. */
function parseSaved<M extends ModelId>(text: unknown, context: RunContext<M>): Saved<M> | undefined {
  try {
    const entry: unknown = typeof text === 'string' ? JSON.parse(text) : undefined
    if ((isBought(entry) || isAttempt(entry, context.model)) && Math.abs(now(context) - entry.at) < kept) return entry
  } catch {
    // Not ours.
  }
  return undefined
}

function isBought(entry: unknown): entry is Bought {
  return isDated(entry) && 'taskId' in entry && typeof entry.taskId === 'string' && entry.taskId !== ''
}

function isAttempt<M extends ModelId>(entry: unknown, model: M): entry is Attempt<M> {
  if (!isDated(entry) || !('attemptId' in entry && 'model' in entry && 'input' in entry)) return false
  const { attemptId, input } = entry
  return typeof attemptId === 'string' && attemptId !== '' && entry.model === model && typeof input === 'object' && input !== null
}

function isDated(entry: unknown): entry is { readonly at: number } {
  return typeof entry === 'object' && entry !== null && 'at' in entry && typeof entry.at === 'number'
}
