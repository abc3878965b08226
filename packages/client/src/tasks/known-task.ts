import type { ApikleyError } from '../errors.ts'
import type { Task } from './task.ts'

/** A wait or a watch for one task. */
export interface Subscriber {
  /** The last state that the subscriber knows. It receives other states only. */
  state?: string | undefined
  /** In ms from now. Default: no timeout. */
  readonly timeout?: number
  readonly onTask: (task: Task) => void
  /** Called after each poll, with its error if it failed and is retried. */
  readonly onPoll?: (error: ApikleyError | undefined) => void
  /** Called at most once, as the last call. */
  readonly onError: (error: unknown) => void
  /**
   * The last call after the timeout. Receives the error of the last poll if it failed, and the last
   * task that was read.
   */
  readonly onTimeout?: (failure: ApikleyError | undefined, task: Task | undefined) => void
}

/** What a client knows of a task. Times are in ms, by the poller's clock. */
export class KnownTask {
  readonly taskId: string
  /** Set for tasks that this client created. */
  model: string | undefined
  /** Whether a callback is expected to report the end. */
  callback: boolean = false
  /** When it was created or, if that is unknown, when the first wait for it began. */
  since: number
  /** When it was last read while it was running. */
  readAt: number
  /** When the next poll is due. `Infinity` once it has ended. */
  due: number
  task: Task | undefined
  /** Failed polls in a row, since when, and the last error. */
  failures: number = 0
  failingSince: number = 0
  failure: ApikleyError | undefined
  /** The poll in flight. */
  polling: AbortController | undefined
  /** When each subscriber times out. */
  readonly subscribers: Map<Subscriber, number> = new Map()

  constructor(taskId: string, now: number) {
    this.taskId = taskId
    this.since = now
    this.readAt = now
    this.due = now
  }
}

/** Whether this client has created or read a task. A poll may fail as `not-found` all the same. */
export function exists({ task, model }: KnownTask): boolean {
  return task !== undefined || model !== undefined
}
