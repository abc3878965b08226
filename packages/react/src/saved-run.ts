import type { ModelFileInput, ModelId } from '@apikley/types'
import { now, type RunContext } from './run-context.ts'
import type { RunStore } from './run-store.ts'

/** An attempt to create a task that may have been sent: all that it takes to make it again. */
export interface Attempt<M extends ModelId> {
  readonly taskId?: undefined
  readonly attemptId: string
  readonly model: M
  readonly input: ModelFileInput<M>
  /** When it was about to be sent first, in Unix ms. */
  readonly at: number
}

/** A task that was bought. */
export interface Bought {
  readonly attemptId?: undefined
  readonly taskId: string
  readonly at: number
  /** Its end was seen, or the user does not want to wait for it: then another run may begin. */
  readonly over?: 'ended' | 'stopped' | undefined
}

export type Saved<M extends ModelId> = Attempt<M> | Bought

/** A proxy gives the same task for the same attempt for 10 min; a minute is left for the way there. In ms. */
const repeatable = 540_000

/** Results expire, usually after a day; so long a run is found again. In ms. */
const kept = 86_400_000

/** The place of one run in a store; without a store nothing is ever there. What goes wrong in a store is not the run's fault. */
export interface SavedRun {
  /** A promise only if the store gives one, so that a page can show at once what is there. */
  readonly read: <M extends ModelId>(context: RunContext<M>) => Saved<M> | undefined | Promise<Saved<M> | undefined>
  /** What another page has written since, when that is under way. */
  readonly readOther: <M extends ModelId>(context: RunContext<M>) => Promise<Saved<M> | undefined>
  readonly write: (entry: Saved<ModelId>) => Promise<void>
  readonly remove: () => Promise<void>
}

export function createSavedRun(store: RunStore | undefined, persistKey: string): SavedRun {
  const key = `apikley:${persistKey}`
  let known: string | undefined
  // In the order in which they were asked for, however long a store takes.
  let last = Promise.resolve()
  const inTurn = (act: () => unknown): Promise<void> => (last = last.then(act).then(ignore, ignore))

  const read: SavedRun['read'] = (context) => {
    const parse = (text: unknown): Saved<typeof context.model> | undefined => {
      try {
        const entry = readSaved(JSON.parse(String(text)), context)
        known = entry && nameOf(entry)
        return entry
      } catch {
        return undefined
      }
    }
    try {
      const found = store?.get(key)
      return typeof found === 'object' && found ? found.then(parse, ignore) : parse(found)
    } catch {
      return undefined
    }
  }
  return {
    read,
    async readOther(context) {
      const before = known
      const entry = await read(context)
      if (!entry || nameOf(entry) === before) return undefined
      return (entry.taskId === undefined ? timeLeft(entry, context) > 0 : !entry.over) ? entry : undefined
    },
    write(entry) {
      known = nameOf(entry)
      return inTurn(() => store?.set(key, JSON.stringify(entry)))
    },
    remove: () => inTurn(() => store?.remove(key)),
  }
}

/** How long an attempt can still be made again, in ms. */
export function timeLeft<M extends ModelId>({ at }: Attempt<M>, context: RunContext<M>): number {
  return at + repeatable - now(context)
}

/** Anybody may have written what was stored: what is not ours, too old, or of another model is nothing. */
export function readSaved<M extends ModelId>(entry: unknown, context: RunContext<M>): Saved<M> | undefined {
  return isSaved(entry, context) ? entry : undefined
}

function isSaved<M extends ModelId>(entry: unknown, context: RunContext<M>): entry is Saved<M> {
  const { at, taskId, attemptId, model, input }: Partial<Record<'at' | 'taskId' | 'attemptId' | 'model' | 'input', unknown>> = Object(entry)
  if (typeof at !== 'number' || !(Math.abs(now(context) - at) < kept)) return false
  return taskId === undefined ? isName(attemptId) && model === context.model && input === Object(input) : isName(taskId)
}

const isName = (value: unknown): boolean => typeof value === 'string' && value !== ''

const nameOf = (entry: Saved<ModelId>): string => entry.taskId ?? entry.attemptId

function ignore(): undefined {}
