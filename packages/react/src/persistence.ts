import type { ModelFileInput, ModelId } from '@apikley/types'
import type { RunContext, RunStore } from './types.ts'

/** An attempt to create a task that may have been sent, with all that a repeat needs. */
export interface SavedAttempt {
  readonly taskId?: undefined
  readonly attemptId: string
  readonly model: ModelId
  readonly input: ModelFileInput<ModelId>
  /** When it was first sent, in Unix ms. */
  readonly at: number
  readonly over?: undefined
}

interface SavedTask {
  readonly attemptId?: undefined
  readonly taskId: string
  /** In Unix ms. */
  readonly at: number
  /** Set if nobody waits for the task any more, so that another run may begin. */
  readonly over?: 'ended' | 'stopped' | undefined
}

type SavedRun = SavedAttempt | SavedTask

/** A proxy returns the same task for a repeat within 10 min. One minute covers the way and clocks. */
const REPEAT_WINDOW_MS = 540_000

/** Results expire, usually after a day. */
const SAVED_RUN_TTL_MS = 86_400_000

/** The clock may be set back by this much between two pages. */
const CLOCK_TOLERANCE_MS = 30_000

const STORE_TIMEOUT_MS = 10_000

/** The saved form of one run. Without a key it lives in memory only. */
export class Persistence {
  readonly key: string
  /** Of the component that was rendered last. */
  context: RunContext
  /** The last run that was saved or restored. */
  saved: SavedRun | undefined
  /** When it was saved, in Unix ms. A slow or full store may return an older run. */
  #changedAt = 0
  /** Each write waits for the one before, however long a store takes. */
  #lastWrite: Promise<unknown> = Promise.resolve()

  constructor(context: RunContext, key = '') {
    this.context = context
    this.key = key
  }

  /**
   * Reads what another page has saved, as `saved`. A run of this page gives way only to a newer one
   * in flight. A store without promises gives no promise.
   */
  restore(): void | Promise<void> {
    const adopt = (text?: string | null): void => {
      const { context, saved } = this
      const found: unknown = JSON.parse(text ?? 'null')
      const isNewer = isSaved(found, context) && found.at > this.#changedAt
      if (isNewer && (!saved || isInFlight(context, found))) {
        this.saved = found
        this.#changedAt = found.at
      }
    }
    try {
      const text = this.#store?.getItem(this.key)
      return text instanceof Promise
        ? this.#answer(text)
            .then(adopt)
            .catch(() => undefined)
        : adopt(text)
    } catch {
      return
    }
  }

  /** Saves a task. Call it without an id to delete what is saved. */
  save(taskId?: string, over?: SavedTask['over']): void {
    void this.#write(taskId === undefined ? undefined : { taskId, at: now(this.context), over })
  }

  /**
   * Saves an attempt that is about to be sent. If another page has a run in flight, that one is
   * then `saved` instead.
   *
   * @returns whether the attempt is `saved`, and was not replaced or deleted meanwhile
   */
  async claim(attempt: SavedAttempt): Promise<boolean> {
    this.saved = attempt
    await this.restore()
    if (this.saved === attempt) {
      await this.#write(attempt)
    }
    return this.saved === attempt
  }

  /** It never rejects. */
  async #write(entry: SavedRun | undefined): Promise<void> {
    this.saved = entry
    this.#changedAt = now(this.context)
    const write = async (): Promise<unknown> =>
      entry
        ? this.#store?.setItem(this.key, JSON.stringify(entry))
        : this.#store?.removeItem(this.key)
    // A write that times out here is still awaited by the next one.
    this.#lastWrite = this.#lastWrite.then(write, write)
    await this.#answer(this.#lastWrite)
  }

  /** Read on use, because some browsers forbid `localStorage`. */
  get #store(): RunStore | undefined {
    return this.key ? (this.context.options.store ?? localStorage) : undefined
  }

  /** What a store answers in time. Its failures count as no answer. */
  #answer<Value>(work: Promise<Value>): Promise<Value | undefined> {
    return new Promise((resolve) => {
      const giveUp = (): void => resolve(undefined)
      const cancel = this.context.client.transport.clock.after(STORE_TIMEOUT_MS, giveUp)
      work.then(resolve, giveUp).finally(cancel)
    })
  }
}

/** In Unix ms, by the client's clock. */
function now({ client }: RunContext): number {
  return client.transport.clock.now()
}

/** How long the attempt can still be repeated, in ms. Only a proxy recognises a repeat. */
export function repeatTimeLeft(context: RunContext, { at }: SavedAttempt): number {
  const age = now(context) - at
  // The age of an attempt from the future is unknown.
  return context.client.transport.proxied && age > -CLOCK_TOLERANCE_MS ? REPEAT_WINDOW_MS - age : 0
}

/** Whether the run goes on, or can be continued. */
export function isInFlight(context: RunContext, saved: SavedRun): boolean {
  return saved.taskId === undefined ? repeatTimeLeft(context, saved) > 0 : !saved.over
}

/** Acts at once on a value, and later on that of a promise. */
export function whenDone<Value, Result>(
  value: Value | Promise<Value>,
  act: (value: Value) => Result,
): Result | Promise<Result> {
  return value instanceof Promise ? value.then(act) : act(value)
}

/** Any script of the page can write to a store, so foreign, expired and broken values are refused. */
function isSaved(value: unknown, context: RunContext): value is SavedRun {
  const saved: Partial<Record<keyof SavedAttempt, unknown>> = Object(value)
  const { at } = saved
  const id = saved.taskId ?? saved.attemptId
  return (
    typeof at === 'number' &&
    Math.abs(now(context) - at) < SAVED_RUN_TTL_MS &&
    typeof id === 'string' &&
    /^[!-~]+$/.test(id) &&
    (id === saved.taskId || (saved.model === context.model && saved.input === Object(saved.input)))
  )
}
