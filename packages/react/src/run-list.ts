import type { ModelId, ModelInput } from '@apikley/types'
import { noop } from '@tanstack/react-query'
import { Run } from './run.ts'
import { ignored, type AnyRunOutcome, type RunContext, type ShownState } from './run-state.ts'
import { isLooping } from './loop-guard.ts'

/** One run of a list. */
export type AnyRunItem = ShownState & { readonly id: string; readonly model: ModelId }

/** What a list needs from the component that shows it. */
export interface ListContext extends Omit<RunContext, 'model'> {
  /** How many runs are in flight at once. */
  readonly concurrency: number
}

interface Entry {
  readonly id: string
  readonly model: ModelId
  readonly run: Run
  /** Whether it was added and has not begun yet. */
  isNew: boolean
  unsubscribe: () => void
}

/** The id of a run that was never sent, or has failed, stays saved. */
const MAX_SAVED_IDS = 200

/**
 * Runs that start in the order of their adds, some at a time. Their ids are saved, not their
 * inputs.
 */
export class RunList {
  #context: ListContext
  /** Empty if the list is not saved. */
  readonly #key: string
  readonly #listeners = new Set<() => void>()
  /** Runs that wait for their turn. */
  readonly #waiters = new Map<Entry, () => void>()
  #entries: readonly Entry[] = []
  #items: readonly AnyRunItem[] = []
  /** Other tabs write to the same list, so each write reads it first. */
  #lastWrite: Promise<unknown> = Promise.resolve()

  constructor(context: ListContext, key = '') {
    this.#context = context
    this.#key = key
  }

  /** Takes the context of the component that was rendered last. */
  use(context: ListContext): void {
    this.#context = context
    this.#entries.forEach((entry) => this.#use(entry))
  }

  readonly getItems = (): readonly AnyRunItem[] => this.#items

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) {
      this.#entries.forEach((entry) => this.#follow(entry))
      globalThis.window?.addEventListener?.('storage', this.#onStorage)
      void this.#restore().catch(noop)
    }
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) {
        globalThis.window?.removeEventListener?.('storage', this.#onStorage)
        this.#entries.forEach((entry) => entry.unsubscribe())
      }
    }
  }

  readonly add = async (model: ModelId, input: ModelInput<ModelId>): Promise<AnyRunOutcome> => {
    const { client } = this.#context
    const { clock, random } = client.transport
    if (isLooping(client, clock.now())) {
      return ignored('repeated')
    }
    const entry = this.#insert(random().toString(36).slice(2), model, true)
    void this.#save((runs) => runs.set(entry.id, model))
    return entry.run.controls.run(input)
  }

  readonly retry = async (id: string): Promise<AnyRunOutcome> =>
    this.#find(id)?.controls.retry() ?? ignored('no-run')

  readonly resume = async (id: string): Promise<AnyRunOutcome> =>
    this.#find(id)?.controls.resume() ?? ignored('no-run')

  readonly remove = (id: string): void => {
    this.#find(id)?.controls.reset()
    void this.#save((runs) => runs.delete(id))
  }

  #find(id: string): Run | undefined {
    return this.#entries.find((entry) => entry.id === id)?.run
  }

  #insert(id: string, model: ModelId, isNew: boolean): Entry {
    const context = { ...this.#context, model }
    const run = new Run(context, this.#key && `apikley:${model}:${this.#key}/${id}`)
    const entry: Entry = { id, model, run, isNew, unsubscribe: noop }
    this.#entries = [...this.#entries, entry]
    this.#use(entry)
    if (this.#listeners.size > 0) {
      this.#follow(entry)
    }
    return entry
  }

  #use(entry: Entry): void {
    const takeTurn = (): Promise<void> =>
      new Promise((resolve) => {
        this.#waiters.set(entry, resolve)
        this.#update()
      })
    entry.run.use({ ...this.#context, model: entry.model, takeTurn })
  }

  #follow(entry: Entry): void {
    entry.unsubscribe = entry.run.subscribe(() => this.#update())
  }

  /**
   * Starts the runs whose turn has come, and notifies the components. The list leaves out forgotten
   * runs, and a run of another tab until its create is sent.
   */
  #update(): void {
    const isPending = ({ run }: Entry): boolean => run.getState().status === 'pending'
    const inFlight = this.#entries.filter((each) => isPending(each) && !this.#waiters.has(each))
    let turns = this.#context.concurrency - inFlight.length
    for (const [entry, resolve] of this.#waiters) {
      const isWaiting = isPending(entry)
      if (!isWaiting || turns > 0) {
        turns -= isWaiting ? 1 : 0
        this.#waiters.delete(entry)
        resolve()
      }
    }
    for (const entry of this.#entries) {
      entry.isNew &&= !isPending(entry)
    }
    this.#items = this.#entries.flatMap(({ id, model, run, isNew }) => {
      const state = run.getState()
      const isShown = isNew || state.status !== 'idle' || state.taskId !== undefined
      return isShown ? [{ ...state, id, model }] : []
    })
    this.#listeners.forEach((listener) => listener())
  }

  readonly #onStorage = ({ key }: StorageEvent): void => {
    if (key === this.#key) {
      void this.#restore().catch(noop)
    }
  }

  /** Adds the saved runs that are not in the list yet. */
  async #restore(): Promise<void> {
    for (const [id, model] of await this.#read()) {
      if (!this.#find(id)) {
        this.#insert(id, model, false)
      }
    }
    this.#update()
  }

  async #read(): Promise<Map<string, ModelId>> {
    const { store = localStorage } = this.#context.options
    const saved: unknown = JSON.parse((this.#key && (await store.getItem(this.#key))) || '{}')
    const { runs }: { readonly runs?: unknown } = Object(saved)
    return new Map(Array.isArray(runs) ? runs.filter(isSavedId) : [])
  }

  /** It never rejects. */
  #save(change: (runs: Map<string, ModelId>) => unknown): Promise<unknown> {
    const write = async (): Promise<void> => {
      const { options, client } = this.#context
      const runs = await this.#read()
      change(runs)
      const latest = [...runs].slice(-MAX_SAVED_IDS)
      const text = JSON.stringify({ runs: latest, at: client.transport.clock.now() })
      await (this.#key && (options.store ?? localStorage).setItem(this.#key, text))
    }
    this.#lastWrite = this.#lastWrite.then(write).catch(noop)
    return this.#lastWrite
  }
}

function isSavedId(value: unknown): value is [string, ModelId] {
  return Array.isArray(value) && value.length === 2 && value.every((text) => /^[!-~]+$/.test(text))
}
