import type {
  Apikley,
  ApikleyError,
  ResultOf,
  RunOptions,
  RunResult,
  Task,
  UploadProgress,
} from '@apikley/client'
import type { ModelId, ModelInput, UntypedModel } from '@apikley/types'
import type { QueryClient } from '@tanstack/react-query'

/** The result of a model whose kind of result is unknown. */
export type AnyResult = ResultOf<UntypedModel>

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
  /** The task is created and charged. `task` is set after the first poll. */
  | {
      readonly status: 'pending'
      readonly phase: 'waiting'
      readonly taskId: string
      readonly task: Task | undefined
    }
  /** With the result of the model: `urls`, and `text` or `object` where it makes one. */
  | ({ readonly status: 'success' } & Result)
  | {
      readonly status: 'error'
      readonly error: ApikleyError
      /** Set if a task was created. */
      readonly taskId: string | undefined
      /**
       * Whether `resume()` may help. It waits again for a task whose end is unknown, or asks again
       * what became of an `unconfirmed` create. It never creates a task.
       */
      readonly resumable: boolean
    }

/** The state before anything has happened, and the state that a server renders. */
export const IDLE: RunState<never> = { status: 'idle', taskId: undefined }

export const CREATING: RunState<never> = { status: 'pending', phase: 'creating' }

/** The state of a run of any model. */
export type AnyRunState = RunState<AnyResult>

/** The functions of a run. They stay the same in every render. */
export interface RunControls<M extends ModelId> {
  /**
   * Starts a run. It does nothing while one is pending, so a double click creates one task. It also
   * does nothing but warn when it gets the input of the run that is shown and the user has not
   * acted in between: an effect calls it in a loop. Inputs are the same if they are equal as JSON
   * and hold the same File objects. With other inputs, an hour without an action of the user has at
   * most 5 runs. Then the state is an error of kind `configuration`.
   */
  readonly run: (input: ModelInput<M>) => void
  /**
   * Continues a run. It does nothing while a run is pending, or if there is nothing to continue.
   *
   * - With an id, it waits for that task.
   * - After `stop`, or after a wait that failed, it waits again for the same task.
   * - After `unconfirmed`, it asks the proxy what became of the create. It sends no create.
   */
  readonly resume: (taskId?: string) => void
  /**
   * Creates another task with the last input of this page. It may be charged in addition to the one
   * before. It does nothing while a run is pending, and after a reload.
   */
  readonly retry: () => void
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
 * your own. Its functions may return promises.
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

export interface UseRunOptions extends Pick<RunOptions, 'callbackUrl'> {
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
}
