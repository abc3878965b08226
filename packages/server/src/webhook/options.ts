import type { Apikley, Store, Task } from '@apikley/client'

/** The second argument of `onTask`. */
export interface TaskInfo {
  /** The key of the create, if it had a `callbackUrl`. */
  readonly idempotencyKey: string | undefined
}

/** The subset of the client that the webhook needs. */
export interface WebhookClient {
  readonly tasks: Pick<Apikley['tasks'], 'get' | 'notify'>
}

/** The options of `createWebhookHandler`. */
export interface WebhookOptions {
  /**
   * The client that created the tasks, so that its pending waits are resolved. Another client of
   * the account also works. A function is called with the first callback, so a build needs no key.
   */
  readonly apikley: WebhookClient | (() => WebhookClient)
  /**
   * The value of the parameter `token` in your `callbackUrl`, or several during a rotation.
   * Callbacks without it are refused. If it is set but empty, every callback is answered 500.
   */
  readonly token?: string | readonly string[] | undefined
  /**
   * The account's webhook key, or several during a rotation. Unsigned callbacks are refused. If it
   * is set but empty, every callback is answered 500. Apikley documents no signature, so the
   * default accepts unsigned callbacks.
   */
  readonly secret?: string | readonly string[] | undefined
  /**
   * Called with a finished task when its callback arrives. The task is read from the service. It may
   * be any task of the account. A failure by code 501 or 408 has no record, so its task has only
   * `taskId`, `state`, `failCode` and `failMsg`.
   *
   * It is called once per task and final state, in all processes that share a `store`. It must be
   * idempotent, because it is called again after it failed, after its process ended or lost the
   * store while it ran, and when it takes longer than 15 min.
   *
   * If it fails within 9 s, the sender gets 500 and retries. If it takes longer, the response does
   * not wait. With `waitUntil` it is 200, and only `onError` gets a later error. Without `waitUntil`
   * it is 503, and the retry joins the same call.
   */
  readonly onTask: (task: Task, info: TaskInfo) => unknown
  /**
   * The store that several processes share, so that only one of them calls `onTask`. If it fails,
   * `onError` gets the error, and the sender retries. Default: a `memoryStore()` of this handler.
   */
  readonly store?: Store | undefined
  /** The largest difference between a signature's time and now, in ms. Default: 300,000. */
  readonly maxAge?: number | undefined
  /** The largest body, in bytes. A larger one is answered 413. Default: 1,000,000. */
  readonly maxBytes?: number | undefined
  /**
   * Keeps the instance running after the response, as `after` of Next.js or `waitUntil` of Vercel.
   * Default: the `waitUntil` of the handler's second argument, such as the context of a Worker.
   */
  readonly waitUntil?: ((work: Promise<unknown>) => unknown) | undefined
  /**
   * Receives errors of `onTask`, `store` and `waitUntil`, the reason why a task could not be read,
   * mistakes in the configuration, and the first refusal. Its own errors are ignored. Default:
   * `console.error`.
   */
  readonly onError?: ((error: unknown, taskId: string | undefined) => unknown) | undefined
}
