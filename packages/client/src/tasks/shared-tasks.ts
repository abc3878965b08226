import type { Transport } from '../options.ts'
import { encode, type Store } from '../store.ts'
import { learn, type DurationHistory, type PollingHistory } from './schedule.ts'
import { readTask, type Task, type TaskDetails } from './task.ts'

/** What another process knows of a task. */
export type SharedTask =
  /** It was created `age` ms ago. */
  | { readonly model: string; readonly callback: boolean; readonly age: number }
  /** It has succeeded. The record has no `param`. */
  | { readonly task: Task }
  /** The task has ended. Only the service knows its outcome. */
  | { readonly ended: true }

/** The form of values and messages. */
interface Entry {
  readonly taskId: string
  readonly created?: { readonly model: string; readonly callback: boolean; readonly at: number }
  readonly ended?: TaskDetails | true
}

type OnEnd = (taskId: string, shared: SharedTask) => void

/** Resolves with a function that ends the subscription, or with nothing if it failed. */
type Listening = Promise<(() => Promise<void>) | undefined>

const CHANNEL = 'tasks'

const TASK_TTL_MS = 2 * 3_600_000
const HISTORY_TTL_MS = 30 * 24 * 3_600_000

/** A history that this many other processes change first is learned by them alone. */
const MAX_ROUNDS = 3

/**
 * What the processes of a store share about tasks: creates, ends, and durations. It saves
 * requests only, so a failure of the store fails no call. The store reports it.
 */
export class SharedTasks {
  readonly #transport: Pick<Transport, 'store' | 'clock' | 'random'>
  /** Whether other processes share the store. */
  readonly isShared: boolean
  /** How long the tasks of each model took. */
  history: PollingHistory
  /** The history of each model, as the store last held it. */
  readonly #held = new Map<string, string | undefined>()
  /** Set while tasks are awaited. */
  #listening: Listening | undefined

  constructor(
    transport: Pick<Transport, 'store' | 'clock' | 'random'>,
    history: PollingHistory = {},
    isShared = false,
  ) {
    this.#transport = transport
    this.isShared = isShared
    this.history = history
  }

  /** @param isShared whether the store has this duration already */
  learn(model: string, duration: number, isShared: boolean): void {
    const learned = learn(this.history[model], duration)
    if (learned && learned !== this.history[model]) {
      this.history = { ...this.history, [model]: learned }
      void (isShared || this.readHistory(model, duration))
    }
  }

  /** Reports the ends of tasks while a task is awaited. */
  listen(isNeeded: boolean, onEnd: OnEnd): void {
    if (isNeeded && this.isShared && !this.#listening) {
      const hear = (text: string): void => this.#hear(text, onEnd)
      const listening = this.#try((store) => store.subscribe(CHANNEL, hear))
      this.#listening = listening
      void this.#forgetFailure(listening)
    } else if (!isNeeded && this.#listening) {
      void this.#listening.then((leave) => this.#try(async () => leave?.()))
      this.#listening = undefined
    }
  }

  /** After a failure, the next wait tries again. */
  async #forgetFailure(listening: Listening): Promise<void> {
    if (!(await listening) && this.#listening === listening) {
      this.#listening = undefined
    }
  }

  /** Records a create, so that a wait in another process knows when to poll. */
  async created(taskId: string, model: string, callback: boolean): Promise<void> {
    const at = this.#transport.clock.now()
    const entry: Entry = { taskId, created: { model, callback, at } }
    await this.#try((store) =>
      store.swap(keyOf(taskId), undefined, this.#encode(entry), TASK_TTL_MS),
    )
  }

  /** Records the end of a task, and notifies the waits in all processes. */
  async ended(task: Task): Promise<void> {
    const { taskId } = task
    await this.#try(async (store) => {
      const text = this.#encode({ taskId, ended: withoutTexts(task) })
      const held = await store.swap(keyOf(taskId), undefined, text, TASK_TTL_MS)
      const isCreate = parse<Entry>(held)?.created !== undefined
      if (isCreate) {
        await store.swap(keyOf(taskId), held, text, TASK_TTL_MS)
      }
      if (isCreate || held === text) {
        await store.publish(CHANNEL, text)
      }
    })
  }

  /** Reads the record of a task, after the subscription has begun. */
  async read(taskId: string): Promise<SharedTask | undefined> {
    await this.#listening
    const text = await this.#try((store) => store.get(keyOf(taskId)))
    return this.#toShared(parse(text))
  }

  /** Reads how long the tasks of a model took in all processes. Adds `duration` if it is passed. */
  async readHistory(model: string, duration?: number): Promise<void> {
    const history = await this.#try(async (store) => {
      const key = `history:${model}`
      if (!this.#held.has(model)) {
        this.#held.set(model, undefined)
        this.#held.set(model, await store.get(key))
      }
      let held = this.#held.get(model)
      const rounds = duration === undefined ? 0 : MAX_ROUNDS
      for (let round = 0; round < rounds; round++) {
        const text = this.#encode(learn(parseHistory(held), Number(duration)) ?? {})
        held = await store.swap(key, held, text, HISTORY_TTL_MS)
        if (held === text) {
          break
        }
      }
      this.#held.set(model, held)
      return parseHistory(held)
    })
    this.history = history ? { ...this.history, [model]: history } : this.history
  }

  #hear(text: string, onEnd: OnEnd): void {
    const entry = parse<Entry>(text)
    const shared = this.#toShared(entry)
    if (entry?.taskId !== undefined && shared) {
      onEnd(entry.taskId, shared)
    }
  }

  #toShared({ created, ended }: Partial<Entry> = {}): SharedTask | undefined {
    if (created) {
      const age = Math.max(0, this.#transport.clock.now() - created.at)
      return { model: created.model, callback: created.callback, age }
    }
    if (ended === true) {
      return { ended }
    }
    return ended && { task: readTask(ended) }
  }

  #encode(value: object): string {
    return encode(value, this.#transport.random)
  }

  async #try<Result>(act: (store: Store) => Promise<Result>): Promise<Result | undefined> {
    return this.isShared ? act(this.#transport.store).catch(() => undefined) : undefined
  }
}

const keyOf = (taskId: string): string => `task:${taskId}`

/** The store holds URLs of results, and no text: the output or an error may repeat the prompt. */
function withoutTexts({ state, text, result = {}, urls, raw }: Task): TaskDetails | true {
  const isPlain = state === 'success' && text === '' && Object.keys(result).length === 1
  if (!isPlain || urls.length === 0) {
    return true
  }
  const { taskId, model, createTime = null, completeTime = null, creditsConsumed = null } = raw
  const resultJson = JSON.stringify({ resultUrls: urls })
  return { taskId, model, state, resultJson, createTime, completeTime, creditsConsumed }
}

function parseHistory(text: string | undefined): DurationHistory | undefined {
  const { count, mean, variance } = parse<DurationHistory>(text) ?? {}
  const isValid = [count, mean, variance].every(Number.isFinite)
  return isValid ? { count: count ?? 0, mean: mean ?? 0, variance: variance ?? 0 } : undefined
}

function parse<Value>(text: string | undefined): Partial<Value> | undefined {
  try {
    return text === undefined ? undefined : JSON.parse(text.slice(1))
  } catch {
    return undefined
  }
}
