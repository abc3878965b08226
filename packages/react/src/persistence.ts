import type { Clock, RunAttempt } from '@apikley/client'
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

export interface SavedTask {
  readonly attemptId?: undefined
  readonly taskId: string
  /** In Unix ms. */
  readonly at: number
  /** Set if nobody waits for the task any more, so that another run may begin. */
  readonly over?: 'ended' | 'stopped' | undefined
}

export type SavedRun = SavedAttempt | SavedTask

/** A proxy returns the same task for a repeat within 10 min. One minute covers the way and clocks. */
const REPEAT_WINDOW_MS = 540_000

/** Results expire, usually after a day. */
const SAVED_RUN_TTL_MS = 86_400_000

/** The clock may be set back by this much between two pages. */
const CLOCK_TOLERANCE_MS = 30_000

const STORE_TIMEOUT_MS = 10_000

/** The saved form of one run. Without a name it lives in memory only. */
export class Persistence {
  readonly #key: string | undefined
  /** The last run that was saved or restored. */
  saved: SavedRun | undefined
  /** When it was saved, in Unix ms. A slow or full store may return an older run. */
  #changedAt = 0
  /** Each write waits for the one before, however long a store takes. */
  #lastWrite: Promise<unknown> = Promise.resolve()

  constructor(name?: string) {
    this.#key = name === undefined ? undefined : `apikley:${name}`
  }

  /** Reads what an earlier page has saved. A store without promises gives no promise. */
  restore(context: RunContext): SavedRun | undefined | Promise<SavedRun | undefined> {
    const found = this.#read(context)
    return found instanceof Promise
      ? found.then((value) => this.#adopt(context, value))
      : this.#adopt(context, found)
  }

  /** Saves an entry. Call it without an entry to delete the saved one. It never rejects. */
  async save(context: RunContext, entry?: SavedRun): Promise<void> {
    this.saved = entry
    this.#changedAt = now(context)
    const key = this.#key
    if (key === undefined) {
      return
    }
    const write = async (): Promise<unknown> =>
      entry ? store(context).setItem(key, JSON.stringify(entry)) : store(context).removeItem(key)
    // A write that times out here is still awaited by the next one.
    this.#lastWrite = this.#lastWrite.then(write).catch(() => undefined)
    await answer(context, this.#lastWrite)
  }

  /**
   * Saves an attempt that is about to be sent. If another page has a run in flight, it aborts the
   * submission and takes over that run as `saved`.
   *
   * @throws the reason of an abort
   */
  async claim(context: RunContext, made: RunAttempt, submission: AbortController): Promise<void> {
    const { signal } = submission
    const { attemptId, firstSentAt: at, input } = made
    const attempt = { attemptId, model: context.model, input, at }
    const found = await this.#read(context)
    signal.throwIfAborted()
    if (isSaved(found, context) && found.at > this.#changedAt && isInFlight(context, found)) {
      this.#adopt(context, found)
      submission.abort()
    } else {
      await this.save(context, isSaved(attempt, context) ? attempt : undefined)
    }
    signal.throwIfAborted()
  }

  #read(context: RunContext): unknown {
    if (this.#key === undefined) {
      return undefined
    }
    try {
      const parse = (text?: string | null): unknown => JSON.parse(text ?? 'null')
      const text = store(context).getItem(this.#key)
      return text instanceof Promise ? answer(context, text.then(parse)) : parse(text)
    } catch {
      return undefined
    }
  }

  #adopt(context: RunContext, value: unknown): SavedRun | undefined {
    if (!isSaved(value, context)) {
      return undefined
    }
    this.saved = value
    this.#changedAt = value.at
    return value
  }
}

/** In Unix ms, by the client's clock. */
export function now({ client }: RunContext): number {
  return client.transport.clock.now()
}

/** How long the attempt can still be repeated, in ms. Only a proxy recognises a repeat. */
export function repeatTimeLeft(context: RunContext, { at }: SavedAttempt): number {
  const age = now(context) - at
  // The age of an attempt from the future is unknown.
  return context.client.transport.proxied && age > -CLOCK_TOLERANCE_MS ? REPEAT_WINDOW_MS - age : 0
}

/** Rejects if `work` has not settled after `ms`. */
export function withTimeout<Value>(clock: Clock, ms: number, work: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(new Error(`No end after ${ms} ms`)))
    work.then(resolve, reject).finally(cancel)
  })
}

/** What a store answers in time. Its failures count as no answer. */
function answer<Value>({ client }: RunContext, work: Promise<Value>): Promise<Value | undefined> {
  return withTimeout(client.transport.clock, STORE_TIMEOUT_MS, work).catch(() => undefined)
}

/** Read on use, because some browsers forbid `localStorage`. */
function store({ options }: RunContext): RunStore {
  return options.store ?? localStorage
}

function isInFlight(context: RunContext, saved: SavedRun): boolean {
  return saved.taskId === undefined ? repeatTimeLeft(context, saved) > 0 : !saved.over
}

/** Any script of the page can write to a store, so foreign, expired and broken values are refused. */
function isSaved(value: unknown, context: RunContext): value is SavedRun {
  const saved: Partial<Record<keyof SavedAttempt, unknown>> = Object(value)
  const { at, input } = saved
  const id = saved.taskId ?? saved.attemptId
  return (
    typeof at === 'number' &&
    Math.abs(now(context) - at) < SAVED_RUN_TTL_MS &&
    typeof id === 'string' &&
    /^[!-~]+$/.test(id) &&
    (id === saved.taskId || (saved.model === context.model && input === Object(input)))
  )
}
