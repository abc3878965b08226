import type { Clock } from '@apikley/client'
import type { ModelId } from '@apikley/types'
import type { RunStore } from './run-store.ts'
import type { SavedRun } from './saved-run.ts'

/** How long a run waits for its store, in ms: one that never answers holds nobody up for ever. */
const patience = 10_000

/** The place of one run in a store. What goes wrong in a store is not the run's fault. */
export interface RunMemory {
  /** Gives a promise only if the store does, so that a page can show at once what is there. */
  readonly read: () => unknown
  /** Nothing takes away what is there. */
  readonly write: (entry?: SavedRun<ModelId>) => Promise<unknown>
}

export function createRunMemory(
  name: string,
  given: RunStore | undefined,
  clock: Clock,
): RunMemory {
  const key = `apikley:${name}`
  // Touched when it is used, and not before: some browsers forbid it.
  const store = (): RunStore => given ?? localStorage
  const parse = (text: string | null | undefined): unknown => JSON.parse(text ?? 'null')
  const inTime = (work: Promise<unknown>): Promise<unknown> =>
    new Promise((resolve) => {
      const cancel = clock.after(patience, () => resolve(undefined))
      work
        .catch(() => undefined)
        .then(resolve)
        .finally(cancel)
    })
  // In the order in which they were asked for, however long a store takes.
  let last: Promise<unknown> = Promise.resolve()
  return {
    read() {
      try {
        const found = store().getItem(key)
        return found instanceof Promise ? inTime(found.then(parse)) : parse(found)
      } catch {
        return undefined
      }
    },
    write(entry) {
      // What is late goes on being waited for by the next write, so that nothing old overtakes it;
      // only the run does not wait.
      last = last
        .then(() => (entry ? store().setItem(key, JSON.stringify(entry)) : store().removeItem(key)))
        .catch(() => undefined)
      return inTime(last)
    },
  }
}
