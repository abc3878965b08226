import { createTestClock, type TestClock } from 'test-kit/clock'
import { ApikleyError, memoryStore, type ApikleyEvent, type Store } from '../src/index.ts'
import { guardStore } from '../src/store.ts'
import { CreateOnce } from '../src/tasks/create-once.ts'

const usualInput = ['ideogram/v3-reframe', { image_url: 'https://files.example.com/cat.png' }]
export const signal: AbortSignal = new AbortController().signal

/** One process that shares a store. */
export interface Process {
  readonly create: (key: string, createdAt?: number, input?: unknown) => Promise<string>
  readonly recover: (key: string, createdAt?: number) => Promise<string>
  readonly createKey: () => Promise<string>
  readonly events: ApikleyEvent[]
}

export interface Creates {
  readonly clock: TestClock
  readonly sent: { count: number }
  readonly store: Store
  /** Without a store, the process uses the one above. */
  readonly process: (store?: Store) => Process
}

/** A service that counts the creates that reach it. */
export function world(
  answer: (sent: number) => string | Promise<string> = (sent) => `task_${sent}`,
): Creates {
  const clock = createTestClock()
  const memory = memoryStore({ clock })
  const sent = { count: 0 }
  const process = (store: Store = memory): Process => {
    const events: ApikleyEvent[] = []
    const { random } = Math
    const once = new CreateOnce({
      store: guardStore(store, clock),
      clock,
      random,
      onEvent: (event) => events.push(event),
      requestTimeout: 30_000,
      maxRetryAfter: 60_000,
    })
    return {
      events,
      createKey: () => once.createKey(),
      recover: async (key, createdAt) => (await once.recover(key, createdAt)).status,
      create: (key, createdAt, input = usualInput) =>
        once.create({ key, createdAt, input }, signal, async (onSend) => {
          await onSend()
          sent.count += 1
          return answer(sent.count)
        }),
    }
  }
  return { clock, sent, store: memory, process }
}

export const refusal: ApikleyError = new ApikleyError({
  kind: 'insufficient-credits',
  message: 'none left',
})
export const lost: ApikleyError = new ApikleyError({ kind: 'unconfirmed', message: 'no answer' })

/** The result of a call, or the kind of its error. */
export async function kindOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(String, (error: unknown) =>
    ApikleyError.is(error) ? error.kind : String(error),
  )
}

/** The methods of a store as functions, to replace some of them. */
export function bind(store: Store): Store {
  return {
    get: (key) => store.get(key),
    swap: (...args) => store.swap(...args),
    reserve: (...args) => store.reserve(...args),
    cancel: (...args) => store.cancel(...args),
    publish: (...args) => store.publish(...args),
    subscribe: (...args) => store.subscribe(...args),
  }
}
