import { ApikleyError } from '@apikley/client'
import type { RunContext, RunStore, ShownState } from './run-state.ts'

/** What a store keeps of a run. It holds no input. */
export type SavedRun = {
  /** Of its input. */
  readonly checksum?: string | undefined
  /** In Unix ms. */
  readonly at: number
  /** Set if nobody waits for the task any more, so that another run may begin. */
  readonly over?: 'ended' | 'stopped' | undefined
} & (
  | { readonly taskId: string; readonly idempotencyKey?: undefined }
  /** A create that may have been sent. */
  | { readonly taskId?: undefined; readonly idempotencyKey: string }
)

/** Results expire, usually after a day. */
const SAVED_RUN_TTL_MS = 86_400_000

const STORE_TIMEOUT_MS = 10_000

/** Without locks: when the claims of two tabs are the same in both, and when the create arrives. */
const CLAIM_MS = 500
const SEND_MS = 2000

const UNLOCKED_MESSAGE =
  'A store that returns promises needs navigator.locks. Serve the page over HTTPS. Nothing was sent.'

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
  /** Whether this page has held the lock of the key. */
  #isLocked = false

  constructor(context: RunContext, key = '') {
    // The options come from components that are mounted.
    this.context = { ...context, options: {} }
    this.key = key
  }

  /** Without a key, an omitted option has its default again. */
  use(context: RunContext): void {
    const options = { ...(this.key ? this.context.options : {}), ...context.options }
    this.context = { ...context, options }
  }

  /**
   * Reads what another page has saved, as `saved`. A run of this page gives way only to a newer one
   * in flight. A store without promises gives no promise.
   */
  restore(): undefined | Promise<void> {
    const adopt = (text?: string | null): undefined => {
      const found = parse(text, this.now)
      if (found && found.at > this.#changedAt && (!this.saved || !found.over)) {
        this.#adopt(found)
      }
    }
    try {
      removeExpired(this.#store, this.now)
      const text = this.#store?.getItem(this.key)
      return text instanceof Promise ? this.#answer(text).then(adopt) : adopt(text)
    } catch {
      return undefined
    }
  }

  /**
   * Follows what another tab has written to `localStorage`.
   *
   * @returns whether the page shows it in place of this state
   */
  follow({ key, newValue }: StorageEvent, state: ShownState): boolean {
    // Without locks, reading a create in flight could void it.
    const isInFlight = newValue?.includes('idempotencyKey') && !navigator.locks
    if (key !== this.key || isInFlight) {
      return false
    }
    const { saved: before } = this
    this.#adopt(parse(newValue, this.now))
    const { saved } = this
    const isPending = state.status === 'pending'
    const taskId = 'task' in state ? state.taskId : undefined
    // A run that failed is deleted, and one that is forgotten is stopped before.
    const isShown = saved
      ? taskId !== undefined && saved.taskId === taskId && saved.over !== 'stopped'
      : isPending || state.status === 'error'
    if (isShown) {
      this.saved ??= before
      if (isPending && taskId) {
        // The other tab may have seen the end.
        this.context.client.tasks.notify(taskId)
      }
    }
    return !isShown
  }

  #adopt(found: SavedRun | undefined): void {
    this.saved = found
    this.#changedAt = found?.at ?? this.now
  }

  /** Saves a task. Call it without an id to delete what is saved. */
  save(taskId?: string, over?: SavedRun['over']): void {
    const checksum = this.saved?.checksum
    void this.#write(taskId === undefined ? undefined : { taskId, at: this.now, over, checksum })
  }

  /**
   * Saves the key of a create that is about to be sent. If another page has a run in flight, that
   * one is then `saved` instead.
   *
   * @returns whether the create is `saved`, and was not replaced or deleted meanwhile
   * @throws {ApikleyError} `configuration` if two tabs could claim at once
   */
  async claim(idempotencyKey: string, checksum: string | undefined): Promise<boolean> {
    const { saved } = this
    const create = { idempotencyKey, at: this.now, checksum }
    // React Native has no tabs.
    const isUnlocked = this.key && !this.#isLocked && typeof document === 'object'
    this.saved = create
    const reading = this.restore()
    if (reading && isUnlocked) {
      this.saved = saved
      throw new ApikleyError({ kind: 'configuration', message: UNLOCKED_MESSAGE })
    }
    await reading
    if (this.saved === create) {
      await this.#write(create)
    }
    if (this.saved === create && isUnlocked) {
      await this.#pause(CLAIM_MS)
      // The last write counts.
      this.#changedAt = create.at - SEND_MS
      await this.restore()
    }
    return this.saved?.idempotencyKey === idempotencyKey
  }

  /**
   * Waits until no other page holds the lock of this key, where the browser has locks, and holds it
   * until the signal aborts. A page that is closed loses its lock. It never rejects. Without locks
   * it waits until the create of another tab arrives, because reading it before would void it.
   */
  async lock(signal: AbortSignal): Promise<void> {
    const locks = this.key ? globalThis.navigator?.locks : undefined
    await new Promise<unknown>((resolve) => {
      const hold = (): Promise<unknown> =>
        new Promise((release) => {
          this.#isLocked = true
          signal.addEventListener('abort', release)
          resolve(undefined)
        })
      // Some browsers forbid locks where they forbid `localStorage`.
      Promise.resolve(locks?.request(this.key, { signal }, hold)).then(resolve, resolve)
    })
    const { at = 0, idempotencyKey } = this.saved ?? {}
    if (!this.#isLocked && idempotencyKey !== undefined) {
      await this.#pause(SEND_MS - Math.abs(this.now - at))
    }
  }

  get now(): number {
    return this.context.client.transport.clock.now()
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.context.client.transport.clock.after(ms, resolve)
    })
  }

  /** It never rejects. */
  async #write(entry: SavedRun | undefined): Promise<void> {
    this.saved = entry
    this.#changedAt = this.now
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

/** Removes the expired runs of all names, where the store can list its keys. */
function removeExpired(store: RunStore | undefined, now: number): void {
  for (const key of Object.keys(store ?? {}).filter((name) => /^apikley:.+\/.+:/.test(name))) {
    const [, at] = /"at":(\d+)/.exec(String(store?.getItem(key))) ?? []
    if (now - Number(at) >= SAVED_RUN_TTL_MS) {
      store?.removeItem(key)
    }
  }
}

/**
 * Any script of the page can write to a store, so foreign, expired and broken values are ignored.
 */
function parse(text: string | null | undefined, now: number): SavedRun | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return isSaved(value, now) ? value : undefined
  } catch {
    return undefined
  }
}

function isSaved(value: unknown, now: number): value is SavedRun {
  const saved: Partial<Record<keyof SavedRun, unknown>> = Object(value)
  const { at, taskId: id = saved.idempotencyKey } = saved
  return (
    typeof at === 'number' &&
    Math.abs(now - at) < SAVED_RUN_TTL_MS &&
    typeof id === 'string' &&
    /^[!-~]+$/.test(id)
  )
}
