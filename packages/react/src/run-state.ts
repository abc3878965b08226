import type {
  Apikley,
  ApikleyError,
  ResultOf,
  RunOptions,
  RunResult,
  UploadProgress,
} from '@apikley/client'
import type { ModelId, ModelInput } from '@apikley/types'
import type { QueryClient } from '@tanstack/react-query'
import type { AnyResult, PendingTask, TaskOptions, WaitState } from './task-wait.ts'

/** The state of a run. Each state has the fields that exist in it. */
export type RunState<Result = RunResult> =
  /** Nothing was started. After `stop`, `taskId` names the task that `resume()` waits for. */
  | { readonly status: 'idle'; readonly taskId: string | undefined }
  /** The files of the input are uploaded. Nothing is charged yet. */
  | { readonly status: 'pending'; readonly phase: 'uploading'; readonly progress: UploadProgress }
  /** The create waits for a limit and is sent by itself. `stop` and `reset` prevent it. */
  | { readonly status: 'pending'; readonly phase: 'queued' }
  /** The task is sent. */
  | { readonly status: 'pending'; readonly phase: 'creating' }
  /** The task is created and charged. */
  | ({
      readonly status: 'pending'
      readonly phase: 'waiting'
      readonly taskId: string
    } & PendingTask)
  | RunSuccess<Result>
  | RunFailure

/** With the result of the model: `urls`, and `text` or `object` where it makes one. */
export type RunSuccess<Result = RunResult> = { readonly status: 'success' } & Result

export interface RunFailure {
  readonly status: 'error'
  readonly error: ApikleyError
  /** Set if a task was created. */
  readonly taskId: string | undefined
  /**
   * Whether `resume()` may help. It waits again for a task whose end is unknown, or asks again what
   * became of an `unconfirmed` create. It never creates a task.
   */
  readonly resumable: boolean
}

/** The state before anything has happened, and the state that a server renders. */
export const IDLE = { status: 'idle', taskId: undefined, input: undefined } as const

export const CREATING: RunState<never> = { status: 'pending', phase: 'creating' }

export const WAITING = {
  status: 'pending',
  phase: 'waiting',
  task: undefined,
  lastPollError: undefined,
  isOffline: false,
} as const

/** The state of a run of any model. */
export type AnyRunState = RunState<AnyResult>

/** With the input of the run, if this page has started it. */
export type ShownState = AnyRunState & { readonly input: ModelInput<ModelId> | undefined }

/** The state of a run, from that of the wait for its task. */
export function toRunState(wait: WaitState, taskId: string): AnyRunState {
  if (wait.status === 'error') {
    const { status, error } = wait
    const resumable = error.kind !== 'task-failed' && error.kind !== 'not-found'
    return { status, error, taskId, resumable }
  }
  return wait.status === 'pending' ? { ...wait, phase: 'waiting', taskId } : wait
}

/** What happened to a call of `run`, `retry` or `resume`. */
export type RunOutcome<Result = RunResult> =
  /** With the value that `run` of the client resolves to. */
  | RunSuccess<Result>
  | RunFailure
  /**
   * `stop` or `reset` was called, or no component shows the run any more. `taskId` names a task
   * that was created. It still runs, and `resume(taskId)` waits for it.
   */
  | { readonly status: 'stopped'; readonly taskId: string | undefined }
  /**
   * The call did nothing, and nothing was charged.
   *
   * - `pending`: the hook shows a run that is pending
   * - `other-tab`: another tab with the same `persistKey` was faster. The hook shows its run.
   * - `repeated`: it has the input of the run that is shown, without an action of the user since
   * - `no-run`: nothing was run before
   */
  | { readonly status: 'ignored'; readonly reason: IgnoredReason }

export type IgnoredReason = 'pending' | 'other-tab' | 'repeated' | 'no-run'

export type AnyRunOutcome = RunOutcome<AnyResult>

export const ignored = (reason: IgnoredReason): AnyRunOutcome => ({ status: 'ignored', reason })

export type EndState = RunSuccess<AnyResult> | RunFailure

/** The functions of a run. They stay the same in every render. */
export interface RunControls<M extends ModelId, Result = ResultOf<M>> {
  /**
   * Starts a run, and resolves to what happened to it. It never rejects, so it can be an Action.
   *
   * It does nothing while a run is pending, so a double click creates one task. It only warns if
   * the input is that of the run that is shown, and the user has not acted since the state changed:
   * an effect probably calls it in a loop. Inputs are the same if they are equal as JSON and their
   * files have the same type, size and name.
   *
   * Without an action of the user, a hook starts at most 5 runs an hour, and a client 100. The next
   * one is an error of kind `configuration`, and a result that is shown stays. A run that starts at
   * once when a run of the user has ended counts only for the 100, as in a callback or in a loop:
   * `for (const each of inputs) await run(each)`. Use `useRuns` if something else is awaited.
   */
  readonly run: (input: ModelInput<M>) => Promise<RunOutcome<Result>>
  /**
   * Continues a run. It does nothing while a run is pending, or if there is nothing to continue.
   *
   * - With an id, it waits for that task.
   * - After `stop`, or after a wait that failed, it waits again for the same task.
   * - After `unconfirmed`, it asks the proxy what became of the create. It sends no create.
   */
  readonly resume: (taskId?: string) => Promise<RunOutcome<Result>>
  /**
   * Creates another task with the last input of this page. It may be charged in addition to the one
   * before. It does nothing while a run is pending, and after a reload. It counts for the limit of
   * `run`.
   */
  readonly retry: () => Promise<RunOutcome<Result>>
  /**
   * Stops the wait and goes back to `idle`, with the id for `resume`. An upload is aborted, and
   * nothing is charged. A task that is sent or created cannot be cancelled, and is charged.
   */
  readonly stop: () => void
  /**
   * Forgets the run, also in its store, and goes back to `idle`. An upload is aborted. A task that
   * is sent or created cannot be cancelled, and is charged.
   */
  readonly reset: () => void
}

/**
 * Keeps runs with a `persistKey` for a reload: `sessionStorage`, `AsyncStorage` of React Native, or
 * your own. Its functions may return promises. In a page, two tabs could then act at the same
 * moment, so a page without `navigator.locks`, which browsers give to HTTPS and to localhost,
 * refuses to run with `configuration`.
 *
 * Errors of a store are ignored: the run continues, but a reload does not find it. A run waits at
 * most 10 s for a store. A later write still runs, in order.
 *
 * @example
 * useRun('ideogram/v3-reframe', { persistKey: 'hero', store: sessionStorage })
 */
export interface RunStore {
  readonly getItem: (key: string) => string | null | undefined | Promise<string | null | undefined>
  readonly setItem: (key: string, value: string) => unknown
  readonly removeItem: (key: string) => unknown
}

export interface UseRunOptions<M extends ModelId = ModelId>
  extends Pick<RunOptions, 'callbackUrl'>, Pick<TaskOptions, 'waitWhileHidden'> {
  /**
   * Saves the run of this model under this name. A reload finds it again. Components with the same
   * name show one run, and an option that one of them omits has the value of the others. Include
   * the user if several share a browser: `hero-${userId}`. Default: the run is not saved.
   */
  readonly persistKey?: string | undefined
  /** Where the run is saved. Default: `localStorage`. */
  readonly store?: RunStore | undefined
  /**
   * Called with the id as soon as the task is created, even if the component has unmounted. If it
   * fails, the error is `configuration` and has the id. The wait does not depend on when it ends.
   * It is not called for a task that was restored.
   */
  readonly onCreated?: RunOptions['onCreated']
  /**
   * Called when a run succeeds that this page has started, resumed, or found pending. `input` is
   * unknown after a reload. An error of these three callbacks is logged, and changes nothing.
   */
  onSuccess?(result: ResultOf<M>, input: ModelInput<M> | undefined): unknown
  /** Called when such a run fails, also before its task was created. */
  onError?(error: ApikleyError, input: ModelInput<M> | undefined): unknown
  /** Called after `onSuccess` or `onError`. */
  onSettled?(
    result: ResultOf<M> | undefined,
    error: ApikleyError | undefined,
    input: ModelInput<M> | undefined,
  ): unknown
  /**
   * How long uploading and creating may take together, and how long the wait may take while the
   * page is visible, in ms. Default: 15 min.
   */
  readonly timeout?: number | undefined
}

/** What a run needs from the component that shows it. */
export interface RunContext {
  readonly client: Apikley
  readonly queryClient: QueryClient
  readonly model: ModelId
  readonly options: UseRunOptions
  /** Waits until a list lets the run begin. */
  readonly takeTurn?: () => Promise<void>
}
