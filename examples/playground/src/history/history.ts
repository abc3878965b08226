import { readJson, readStored, store } from '../storage/stored.ts'
import { isDraft, isPastTask, type Draft, type PastTask } from './past-task.ts'

/** Each task has a small picture, and browsers store about 5 MB. */
const MAX_TASKS = 24

interface Saved {
  readonly tasks: readonly PastTask[]
  /** Ids that the user has removed. A run that still shows such a task does not add it. */
  readonly removed: readonly string[]
}

/** The tasks of this browser, the latest first. Tabs share them. */
export class History {
  readonly #key: string
  readonly #draftKey: string
  readonly #listeners = new Set<() => void>()
  readonly #drafts = new Map<string, Draft>()
  #saved: Saved

  /** @param service tasks of the simulator and of the real service are separate lists */
  constructor(service: string) {
    this.#key = `playground:${service}:tasks`
    this.#draftKey = `playground:${service}:draft:`
    this.#saved = readSaved(readStored('localStorage', this.#key))
  }

  readonly get = (): readonly PastTask[] => this.#saved.tasks

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    window.addEventListener('storage', this.#onStorage)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) {
        window.removeEventListener('storage', this.#onStorage)
      }
    }
  }

  /** Records the start of a task of this model. The draft survives a reload, as the run does. */
  begin(draft: Draft): void {
    this.#drafts.set(draft.model, draft)
    store('localStorage', this.#draftKey + draft.model, JSON.stringify(draft))
  }

  /** The last draft of a model. */
  draft(model: string): Draft | undefined {
    const draft =
      this.#drafts.get(model) ?? readJson(readStored('localStorage', this.#draftKey + model))
    return isDraft(draft) ? draft : undefined
  }

  /** Adds a task, or updates it. Missing values change nothing. */
  note(news: Pick<PastTask, 'taskId' | 'model'> & Partial<PastTask>): void {
    const { tasks } = this.#saved
    const known = tasks.find(({ taskId }) => taskId === news.taskId)
    const { model } = news
    const start = known ?? { startedAt: Date.now(), input: {}, ...this.draft(model) }
    const entries = Object.entries(news).filter(([, value]) => value !== undefined)
    const task: PastTask = {
      state: 'running',
      urls: [],
      ...start,
      ...Object.fromEntries(entries),
      taskId: news.taskId,
      model: known?.model ?? model,
    }
    if (this.isRemoved(news.taskId) || JSON.stringify(known) === JSON.stringify(task)) {
      return
    }
    this.#save({ tasks: known ? tasks.with(tasks.indexOf(known), task) : [task, ...tasks] })
  }

  isRemoved(taskId: string): boolean {
    return this.#saved.removed.includes(taskId)
  }

  remove(taskId: string): void {
    const { tasks, removed } = this.#saved
    this.#save({
      tasks: tasks.filter((task) => task.taskId !== taskId),
      removed: [taskId, ...removed].slice(0, MAX_TASKS),
    })
  }

  /** Reverts `remove`. */
  restore(task: PastTask): void {
    const { tasks, removed } = this.#saved
    this.#save({
      tasks: [...tasks, task].toSorted((a, b) => b.startedAt - a.startedAt),
      removed: removed.filter((taskId) => taskId !== task.taskId),
    })
  }

  #save(changed: Partial<Saved>): void {
    const saved = { ...this.#saved, ...changed }
    this.#show({ ...saved, tasks: saved.tasks.slice(0, MAX_TASKS) })
    store('localStorage', this.#key, JSON.stringify(this.#saved))
  }

  #show(saved: Saved): void {
    this.#saved = saved
    for (const listener of this.#listeners) {
      listener()
    }
  }

  readonly #onStorage = (event: StorageEvent): void => {
    if (event.key === this.#key || event.key === null) {
      this.#show(readSaved(event.newValue))
    }
  }
}

function readSaved(text: string | null): Saved {
  const saved: unknown = readJson(text)
  const list = (name: string): unknown[] => {
    const value: unknown = Reflect.get(Object(saved), name)
    return Array.isArray(value) ? value : []
  }
  return {
    tasks: list('tasks').filter(isPastTask),
    removed: list('removed').filter((id) => typeof id === 'string'),
  }
}

/** The credits of the last finished task of a model. */
export function lastCredits(tasks: readonly PastTask[], model: string): number | undefined {
  return tasks.find((task) => task.model === model && task.state === 'done' && task.credits)
    ?.credits
}
