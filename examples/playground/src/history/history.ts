import { readStored, store } from '../storage/stored.ts'

/** A task of this browser, as it was last seen. */
export interface PastTask {
  readonly taskId: string
  readonly model: string
  /** In Unix ms. */
  readonly startedAt: number
  readonly state: 'running' | 'done' | 'failed'
  readonly urls: readonly string[]
  /** In Unix ms; when it is not known, when it was seen to be done. */
  readonly completedAt?: number | undefined
  /** A small copy of the picture that it began with, as a `data:` URL. */
  readonly before?: string | undefined
  /** What was chosen, in words. */
  readonly summary?: string | undefined
  /** Why it failed. */
  readonly message?: string | undefined
}

/** What is known of a task before it has an id. */
export type Draft = Pick<PastTask, 'model' | 'startedAt' | 'before' | 'summary'>

/** The tasks of this browser, the latest first, kept across visits and shared by its windows. */
export interface History {
  readonly get: () => readonly PastTask[]
  readonly subscribe: (listener: () => void) => () => void
  /**
   * Notes what the next task that is new will have begun with. It outlives the page, as a run does
   * that is sent.
   */
  readonly begin: (draft: Draft) => void
  /** What the next new task has begun with, or the latest one had. */
  readonly draft: () => Draft | undefined
  /** Adds a task, or what is new about one that is there. */
  readonly note: (task: Pick<PastTask, 'taskId'> & Partial<PastTask>) => void
  readonly forget: (taskId: string) => void
}

const key = 'playground:tasks'
const draftKey = 'playground:draft'

/** Each brings a small picture, and browsers keep about 5 MB. */
const most = 24

export function createHistory(
  window: Pick<Window, 'localStorage' | 'addEventListener' | 'removeEventListener'>,
): History {
  let tasks = read(readStored(window, key))
  let draft = readDraft(readStored(window, draftKey))
  const listeners = new Set<() => void>()
  const show = (changed: readonly PastTask[]): void => {
    tasks = changed
    for (const listener of listeners) {
      listener()
    }
  }
  const keep = (changed: readonly PastTask[]): void => {
    show(changed.slice(0, most))
    store(window, key, JSON.stringify(tasks))
  }
  const onStorage = (event: StorageEvent): void => {
    if (event.key === key || event.key === null) {
      show(read(event.newValue))
    }
  }
  return {
    get: () => tasks,
    subscribe(listener) {
      if (listeners.size === 0) {
        window.addEventListener('storage', onStorage)
      }
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) {
          window.removeEventListener('storage', onStorage)
        }
      }
    },
    begin(begun) {
      draft = begun
      store(window, draftKey, JSON.stringify(draft))
      show(tasks)
    },
    draft: () => draft,
    note(news) {
      const known = tasks.find(({ taskId }) => taskId === news.taskId)
      const begun = known ?? { model: '', startedAt: Date.now(), ...draft }
      const task: PastTask = { state: 'running', urls: [], ...begun, ...withoutNothing(news) }
      if (known && JSON.stringify(known) === JSON.stringify(task)) {
        return
      }
      keep(known ? tasks.map((one) => (one === known ? task : one)) : [task, ...tasks])
    },
    forget: (taskId) => keep(tasks.filter((task) => task.taskId !== taskId)),
  }
}

/** What is not known takes nothing away from what was. */
function withoutNothing<Value extends object>(value: Value): Value {
  const known = { ...value }
  for (const [name, one] of Object.entries(known)) {
    if (one === undefined) {
      Reflect.deleteProperty(known, name)
    }
  }
  return known
}

function readDraft(text: string | null): Draft | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null')
    const [task] = [value].flatMap((draft) =>
      typeof draft === 'object' && draft !== null ? [{ taskId: '', urls: [], ...draft }] : [],
    )
    return isPastTask(task) ? task : undefined
  } catch {
    return undefined
  }
}

/**
 * What another version of the page, or another page of this origin, has left there is not believed.
 */
function read(text: string | null): readonly PastTask[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(value) ? value.filter(isPastTask) : []
  } catch {
    return []
  }
}

function isPastTask(value: unknown): value is PastTask {
  if (typeof value !== 'object' || value === null) {
    return false
  }
  const task: Partial<Record<keyof PastTask, unknown>> = value
  const texts = [task.before, task.summary, task.message].every(
    (text) => text === undefined || typeof text === 'string',
  )
  const times = [task.startedAt, task.completedAt ?? 0].every((time) => typeof time === 'number')
  const urls =
    Array.isArray(task.urls) &&
    task.urls.every((url) => typeof url === 'string' && /^https?:/.test(url))
  const picture = task.before === undefined || String(task.before).startsWith('data:image/')
  return (
    typeof task.taskId === 'string' &&
    typeof task.model === 'string' &&
    texts &&
    times &&
    urls &&
    picture
  )
}
