import type { ApikleyError, Task, UploadProgress } from '@apikley/client'

/** Where a run stands; only what exists is there. */
export type RunState =
  /**
   * Nothing has been started. `taskId` is there after `stop`: that task goes on, and `resume()`
   * waits for it again.
   */
  | { readonly status: 'idle'; readonly taskId: string | undefined }
  /** The files in the input go to the service. Nothing is bought yet. */
  | { readonly status: 'pending'; readonly phase: 'uploading'; readonly progress: UploadProgress }
  /** The task is being sent. */
  | { readonly status: 'pending'; readonly phase: 'creating' }
  /** The task is bought; `task` is there after the first look at it. */
  | {
      readonly status: 'pending'
      readonly phase: 'waiting'
      readonly taskId: string
      readonly task: Task | undefined
    }
  | {
      readonly status: 'success'
      readonly taskId: string
      readonly urls: readonly string[]
      readonly task: Task
    }
  | {
      readonly status: 'error'
      readonly error: ApikleyError
      /** There when a task was bought. */
      readonly taskId: string | undefined
      /**
       * Whether `resume()` may help; it buys no second task. A task whose end was not seen
       * (`timeout`, a line that broke) is waited for again; an attempt that is `unconfirmed` is
       * sent again as a repeat, which only a proxy understands.
       */
      readonly resumable: boolean
    }

/** What a page shows before anything has happened, and a server always. */
export const idle: RunState = { status: 'idle', taskId: undefined }

export const creating: RunState = { status: 'pending', phase: 'creating' }

export type Waiting = Extract<RunState, { readonly phase: 'waiting' }>

export function isWaiting(state: RunState): state is Waiting {
  return state.status === 'pending' && state.phase === 'waiting'
}
