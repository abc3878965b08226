import type { Apikley, ApikleyError, Clock, ResultOf, Task } from '@apikley/client'
import type { UntypedModel } from '@apikley/types'
import {
  focusManager,
  noop,
  onlineManager,
  QueryObserver,
  type Query,
  type QueryCache,
  type QueryClient,
  type QueryFunctionContext,
  type QueryObserverResult,
} from '@tanstack/react-query'
import type { ApikleyQueryOptions } from './option-types.ts'

export type TaskKey = ['apikley', 'task', string]

type TaskQuery = Query<Task, ApikleyError>

export interface TaskOptions {
  /** How long to wait while the page is visible, in ms. Default: 15 min. */
  readonly timeout?: number | undefined
  /**
   * Whether to keep polling while the page is hidden, for its title or a notification. Default:
   * `false`.
   */
  readonly waitWhileHidden?: boolean | undefined
}

/** The result of a model whose kind of result is unknown. */
export type AnyResult = ResultOf<UntypedModel>

/** A task that is waited for. */
export interface PendingTask {
  /** Set after the first poll. */
  readonly task: Task | undefined
  /** The error of the last poll, if it failed and is retried. */
  readonly lastPollError: ApikleyError | undefined
  /** Whether the browser is offline. The wait continues when it is online again. */
  readonly isOffline: boolean
}

/** The state of a wait for a task. */
export type TaskQueryState =
  /** The id is not known yet. */
  | { readonly status: 'idle' }
  | ({ readonly status: 'pending' } & PendingTask)
  /** `text` is `''` if the model makes no text, and `object` is `{}` if it makes no object. */
  | ({ readonly status: 'success' } & AnyResult)
  | {
      readonly status: 'error'
      readonly error: ApikleyError
      readonly task: Task | undefined
      /** Waits again. This helps after `timeout` and after a lost connection. */
      readonly resume: () => void
    }

export type WaitState = Exclude<TaskQueryState, { readonly status: 'idle' }>

export function toWaitState(query: QueryObserverResult<Task, ApikleyError>): WaitState {
  const { data: task, error, refetch, fetchStatus, failureReason } = query
  // Hide the previous error during a refetch.
  if (error !== null && fetchStatus === 'idle') {
    return { status: 'error', error, task, resume: () => void refetch() }
  }
  if (task?.state !== 'success') {
    const isOffline = fetchStatus === 'paused'
    return { status: 'pending', task, lastPollError: failureReason ?? undefined, isOffline }
  }
  const { taskId, urls, text, object } = task
  return { status: 'success', taskId, urls, text, object, task }
}

/**
 * Follows the wait of a query without a component.
 *
 * @returns a function that ends it
 */
export function followWait(
  client: QueryClient,
  options: ApikleyQueryOptions<Task, TaskKey>,
  onState: (state: WaitState) => void,
): () => void {
  const observer = new QueryObserver(client, { ...options, enabled: true })
  const follow = (): void => {
    const state = toWaitState(observer.getCurrentResult())
    // The error of a failed task follows at once.
    if (state.status !== 'pending' || state.task?.state !== 'fail') {
      onState(state)
    }
  }
  const unsubscribe = observer.subscribe(follow)
  follow()
  return unsubscribe
}

/** The wait that each query has begun last. */
const lastWaits = new WeakMap<TaskQuery, AbortSignal>()

/**
 * Begins the wait of a query again after an abort: the application may cancel or remove all queries
 * while a component shows this one.
 */
function restart(query: TaskQuery, wait: AbortSignal, cache: QueryCache, clock: Clock): void {
  // The query has its state from before the wait only when all handlers of the abort have run.
  clock.after(0, () => {
    if (query.isActive() && lastWaits.get(query) === wait) {
      // A removed query keeps its components. It does nothing if the cache has another one.
      cache.add(query)
      query.setState({ fetchStatus: 'idle' })
      query.fetch().catch(noop)
    }
  })
}

/**
 * Waits for a task as a page does: only while it is visible and online. When it is so again, the
 * task is polled at once, and the wait begins again with its whole timeout. The query has the error
 * of the last poll as `failureReason`, and is `paused` while offline.
 */
export function waitOnPage(
  { tasks, transport }: Apikley,
  { waitWhileHidden, timeout }: TaskOptions,
  { signal, client, queryKey }: QueryFunctionContext<TaskKey>,
): Promise<Task> {
  const [, , taskId] = queryKey
  const cache = client.getQueryCache()
  const query = cache.find<Task, ApikleyError>({ queryKey, exact: true })
  let wait: AbortController | undefined
  let releases: (() => void)[] = []
  const stop = (): void => {
    wait?.abort()
    wait = undefined
  }
  return new Promise<Task>((resolve, reject) => {
    const start = (): void => {
      const current = new AbortController()
      wait = current
      tasks
        .wait(taskId, {
          timeout,
          signal: current.signal,
          onUpdate: (task) => client.setQueryData<Task>(queryKey, task),
          onPoll: (error) => query?.setState({ fetchFailureReason: error ?? null }),
        })
        .then(resolve, (error: unknown) => wait === current && reject(error))
    }
    /** @param isBack whether the page is visible or online again */
    const update = (isBack?: boolean): void => {
      const isOnline = onlineManager.isOnline()
      if (!isOnline || !(waitWhileHidden || focusManager.isFocused())) {
        stop()
      } else if (!wait) {
        if (isBack) {
          tasks.notify(taskId)
        }
        start()
      }
      query?.setState({ fetchStatus: isOnline ? 'fetching' : 'paused' })
    }
    releases = [focusManager.subscribe(update), onlineManager.subscribe(update)]
    if (query) {
      lastWaits.set(query, signal)
    }
    signal.addEventListener('abort', () => {
      stop()
      reject(new Error('The wait was aborted.'))
      if (query) {
        restart(query, signal, cache, transport.clock)
      }
    })
    update()
  }).finally(() => releases.forEach((release) => release()))
}
