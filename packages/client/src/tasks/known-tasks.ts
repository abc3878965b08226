import type { ApikleyError } from '../errors.ts'
import type { RunningTask } from './durations.ts'
import type { Task } from './task.ts'

/** Whoever waits for a task, for the next change of its state or for its end. */
export interface Follower {
  /** The state that is known already: nothing is told before the task has another. */
  state?: string | undefined
  readonly signal?: AbortSignal | undefined
  /**
   * In ms from now; after that, `onError` gets what `onTimeout` gives, which learns why the last
   * look failed, if it did. Default: for ever.
   */
  readonly timeout?: number | undefined
  readonly onTimeout?: (failure: ApikleyError | undefined) => unknown
  readonly onTask: (task: Task) => void
  /** Called once; nothing follows. */
  readonly onError: (error: unknown) => void
}

/** What a client knows of a task. Times are those of its own clock, in ms. */
export interface KnownTask {
  readonly taskId: string
  /** Known when this client created the task; of other tasks the age is not known either. */
  readonly model: string | undefined
  readonly running: RunningTask | undefined
  /** Whether its end is posted to a callback, which may tell this client, and has not yet. */
  callback: boolean
  /** When it was created or, if that is not known, when somebody began to wait for it. */
  since: number
  /** When it was last seen to run. */
  seen: number
  /** When the next look is due: never, when it has ended. */
  due: number
  task: Task | undefined
  /** Looks that failed, one after the other, and since when. */
  failures: number
  failingSince: number
  /** Why the last one did. */
  failure: ApikleyError | undefined
  /** The look that is under way. */
  looking: AbortController | undefined
  /** When each follower's time is up, and what takes its listener away. */
  readonly followers: Map<Follower, { readonly until: number; readonly release: () => void }>
}

export interface KnownTasks {
  /** The tasks that somebody waits for. */
  readonly followed: ReadonlyMap<string, KnownTask>
  knows(taskId: string): boolean
  of(
    taskId: string,
    now: number,
    model?: string,
    running?: RunningTask,
    callback?: boolean,
  ): KnownTask
  /** Puts a task where it belongs, after its followers have changed. */
  file(known: KnownTask): void
}

/**
 * So many tasks that nobody waits for are remembered, so that what has ended is not asked for
 * again.
 */
const mostRemembered = 1000

export function createKnownTasks(): KnownTasks {
  const followed = new Map<string, KnownTask>()
  const remembered = new Map<string, KnownTask>()
  return {
    followed,
    knows: (taskId) => followed.has(taskId) || remembered.has(taskId),
    of: (taskId, now, model, running, callback = false) =>
      followed.get(taskId) ??
      remembered.get(taskId) ?? {
        taskId,
        model,
        running,
        callback,
        since: now,
        seen: now,
        due: now,
        task: undefined,
        failures: 0,
        failingSince: now,
        failure: undefined,
        looking: undefined,
        followers: new Map(),
      },
    file(known) {
      followed.delete(known.taskId)
      remembered.delete(known.taskId)
      const home = known.followers.size > 0 ? followed : remembered
      home.set(known.taskId, known)
      const [oldest] = remembered.keys()
      if (remembered.size > mostRemembered && oldest !== undefined) {
        remembered.delete(oldest)
      }
    },
  }
}
