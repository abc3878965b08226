import type { Apikley, Task } from '@apikley/client'

/** What the application learns beside the task. */
export interface TaskInfo {
  /**
   * Names the attempt that bought the task, when that gave a `callbackUrl`: what an `unconfirmed`
   * error calls `attemptId`. So a create of which nobody could tell whether it was accepted is
   * settled after all.
   */
  readonly attemptId: string | undefined
}

/**
 * Remembers which ends of tasks were told, where more than one instance takes callbacks. `end` is
 * the task's id and its final state. All may be asynchronous; a store that fails is reported to
 * `onError`, and the sender tries again.
 *
 * @example
 * const seen: Seen = {
 *   async claim(end) {
 *     const held = await redis.set(end, 'busy', { NX: true, GET: true, EX: 60 })
 *     return held === null ? 'mine' : held === 'done' ? 'done' : 'busy'
 *   },
 *   done: (end) => redis.set(end, 'done', { EX: 86_400 }),
 *   release: (end) => redis.del(end),
 * }
 */
export interface Seen {
  /**
   * `mine` for the first who asks: only that one calls `onTask`. `busy` for the others while it is
   * at it: their sender tries again. That is a lease, for longer than `onTask` takes, say a minute:
   * when the instance dies, the next one who asks after it gets `mine`. `done` once the end is
   * told.
   */
  readonly claim: (end: string) => Claim | Promise<Claim>
  /** `onTask` has done its work: to be kept for as long as callbacks may come again, say a day. */
  readonly done: (end: string) => unknown
  /** `onTask` failed: the next one who asks may try. */
  readonly release: (end: string) => unknown
}

export type Claim = 'mine' | 'busy' | 'done'

/** What of a client a webhook uses. */
export interface WebhookClient {
  readonly tasks: Pick<Apikley['tasks'], 'get' | 'notify'>
}

export interface WebhookOptions {
  /**
   * The client that created the tasks, so that its own waits are told; another one of the same
   * account will do. Or a function that gives it, which is called with the first callback: a build
   * then needs no key.
   */
  readonly apikley: WebhookClient | (() => WebhookClient)
  /**
   * What the address of a callback has as its parameter `token`, because you put it into
   * `callbackUrl`; several while it is changed. Callbacks without it are refused before their body
   * is read. Left out, those of anybody are taken, 50 at a time, so that anybody may keep the
   * service's own out: set this or `secret`. An empty one is a mistake, which the first callback
   * shows: it is answered 500, and `onError` is told.
   */
  readonly token?: string | readonly string[] | undefined
  /**
   * The account's webhook key: only callbacks that are signed with it are taken. Several for a
   * change of keys. Left out, unsigned ones are taken, because Apikley documents no signature; an
   * empty one is a mistake, which the first callback shows. It cannot be read from a callback, so a
   * task is read again in any case.
   */
  readonly secret?: string | readonly string[] | undefined
  /**
   * Called with each task that has ended and whose callback comes, as the service has the task:
   * with any one of the account, whoever created it. Once for each final state in this instance,
   * among the last 10,000; with `seen` once in all of them. When it fails it is called again,
   * because the sender is answered 500 and tries again. What it does in more than 9 s goes on after
   * the answer: without `waitUntil` that is 503, and a sender that comes again waits for the same
   * call; with it, 200, and should it fail after that, only `onError` is told. It may also be
   * called again after a restart, when an instance dies in the middle of it, or when a callback
   * comes again while it takes more than 2 min: what it does twice should be as if it was done
   * once.
   *
   * Of a task whose end the service tells by code 501 or 408, without a record, only `taskId`,
   * `state`, `failCode` and `failMsg` are known.
   */
  readonly onTask: (task: Task, info: TaskInfo) => unknown
  /** Default: the last 10,000 tasks, in the memory of this instance. */
  readonly seen?: Seen | undefined
  /** How old a signature may be, in ms; and as far may it lie in the future. Default: 300,000. */
  readonly maxAge?: number | undefined
  /** The largest body that is read, in bytes. Default: 1,000,000. */
  readonly maxBytes?: number | undefined
  /**
   * Lets work go on after the answer: the sender, which leaves after 15 s, is answered 200 when
   * `onTask` takes longer than 9 s. Default: that of the handler's second argument, if there is
   * one, as of a Worker's context.
   */
  readonly waitUntil?: ((work: Promise<unknown>) => unknown) | undefined
  /**
   * Told what `onTask` or `seen` threw, why a task could not be read, and what is wrong in the
   * set-up; of callbacks that are refused for want of a token or a signature only the first. What
   * it throws itself is ignored. Default: `console.error`.
   */
  readonly onError?: ((error: unknown, taskId: string | undefined) => unknown) | undefined
}
