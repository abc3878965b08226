import type { Transport } from '../options.ts'
import { encode } from '../store.ts'
import { learn, type DurationHistory } from './schedule.ts'
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

/** Resolves with a function that ends the subscription, or with nothing if it failed. */
type Listening = Promise<(() => Promise<void>) | undefined>

const CHANNEL = 'tasks'

const TASK_TTL_MS = 2 * 3_600_000
const HISTORY_TTL_MS = 30 * 24 * 3_600_000

/** A history that this many other processes change first is learned by them alone. */
const MAX_ROUNDS = 3

/**
 * What the processes of one store share about tasks: creates, ends, and durations. It saves
 * requests only, so a failure of the store fails no call. The store reports it.
 */
export class SharedTasks {
  readonly #transport: Pick<Transport, 'store' | 'clock' | 'random'>
  readonly #onEnd: (taskId: string, shared: SharedTask) => void
  /** Set while tasks are awaited. */
  #listening: Listening | undefined
  /** The history of each model, as the store last held it. */
  readonly #histories = new Map<string, string | undefined>()

  constructor(
    transport: Pick<Transport, 'store' | 'clock' | 'random'>,
    onEnd: (taskId: string, shared: SharedTask) => void,
  ) {
    this.#transport = transport
    this.#onEnd = onEnd
  }

  /** Subscribes to the ends of tasks while a task is awaited. */
  listen(isNeeded: boolean): void {
    if (isNeeded && !this.#listening) {
      const listening = this.#try((store) => store.subscribe(CHANNEL, (text) => this.#hear(text)))
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
    const text = encode({ taskId, created: { model, callback, at } }, this.#transport.random)
    await this.#try((store) => store.swap(keyOf(taskId), undefined, text, TASK_TTL_MS))
  }

  /** Records the end of a task, and notifies the waits in all processes. */
  async ended(task: Task): Promise<void> {
    const { taskId } = task
    const text = encode({ taskId, ended: withoutTexts(task) }, this.#transport.random)
    await this.#try(async (store) => {
      const held = await store.swap(keyOf(taskId), undefined, text, TASK_TTL_MS)
      const isCreate =
        held !== undefined && held !== text && parse<Entry>(held)?.created !== undefined
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

  /** How long the tasks of a model took in all processes. Adds `duration` if it is passed. */
  async history(model: string, duration?: number): Promise<DurationHistory | undefined> {
    const key = `history:${model}`
    if (!this.#histories.has(model)) {
      this.#histories.set(model, undefined)
      this.#histories.set(model, await this.#try((store) => store.get(key)))
    }
    let held = this.#histories.get(model)
    const rounds = duration === undefined ? 0 : MAX_ROUNDS
    for (let round = 0; round < rounds; round++) {
      const expected = held
      const learned = learn(readHistory(expected), Number(duration)) ?? {}
      const text = encode(learned, this.#transport.random)
      held = await this.#try((store) => store.swap(key, expected, text, HISTORY_TTL_MS))
      if (held === text) {
        break
      }
    }
    this.#histories.set(model, held)
    return readHistory(held)
  }

  #hear(text: string): void {
    const entry = parse<Entry>(text)
    const shared = this.#toShared(entry)
    if (entry?.taskId !== undefined && shared) {
      this.#onEnd(entry.taskId, shared)
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

  #try<Result>(act: (store: Transport['store']) => Promise<Result>): Promise<Result | undefined> {
    return act(this.#transport.store).catch(() => undefined)
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

function readHistory(text: string | undefined): DurationHistory | undefined {
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
