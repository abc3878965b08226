import type { Apikley, Task } from '@apikley/client'

/** What the application learns beside the task. */
export interface TaskInfo {
  /**
   * Names the attempt that bought the task, when that gave a `callbackUrl`: what an `unconfirmed` error calls `attemptId`. So a create of which nobody could
   * tell whether it was accepted is settled after all.
   */
  readonly attemptId: string | undefined
}

/**
 * Remembers which ends of tasks were told, where more than one instance takes callbacks. Both may be asynchronous.
 *
 * @example
 * const seen: Seen = {
 *   claim: async (end) => (await redis.set(end, '1', { NX: true, EX: 86_400 })) !== null,
 *   release: (end) => redis.del(end),
 * }
 */
export interface Seen {
  /** True for the first who asks: only that one calls `onTask`. `end` is the task's id and its final state. */
  readonly claim: (end: string) => boolean | Promise<boolean>
  /** `onTask` failed: the next one who asks may try. */
  readonly release: (end: string) => unknown
}

export interface WebhookOptions {
  /** The client that created the tasks, so that its own waits are told; another one of the same account will do. */
  readonly apikley: { readonly tasks: Pick<Apikley['tasks'], 'get' | 'notify'> }
  /**
   * The account's webhook key: only callbacks that are signed with it are taken. Several for a change of keys. Left out, unsigned ones are taken, because
   * Apikley documents no signature; an empty one is a mistake. It cannot be read from a callback, so a task is read again in any case.
   */
  readonly secret?: string | readonly string[] | undefined
  /**
   * Called once for each task that has ended, with the task as the service has it. When it fails, the sender is answered 500 and tries again; with `waitUntil`
   * the sender has its answer by then, and only `onError` is told.
   */
  readonly onTask: (task: Task, info: TaskInfo) => unknown
  /** Default: the last 10,000 tasks, in the memory of this instance. */
  readonly seen?: Seen | undefined
  /** How old a signature may be, in ms; and as far may it lie in the future. Default: 300,000. */
  readonly maxAge?: number | undefined
  /** The largest body that is read, in bytes. Default: 1,000,000. */
  readonly maxBytes?: number | undefined
  /**
   * Lets work go on after the answer. With it the sender is answered when the task was read, and does not wait for `onTask`. Default: that of the handler's
   * second argument, if there is one, as of a Worker's context.
   */
  readonly waitUntil?: ((work: Promise<unknown>) => unknown) | undefined
  /** Told what `onTask` or `seen` threw, and why a task could not be read. Default: `console.error`. */
  readonly onError?: ((error: unknown, taskId: string) => unknown) | undefined
}
