import { ApikleyError, type Apikley, type Task } from '@apikley/client'
import type { ModelFileInput, ModelId } from '@apikley/types'
import { QueryObserver, type QueryObserverResult } from '@tanstack/react-query'
import { taskOptions, type TaskKey } from './options.ts'
import {
  isInFlight,
  Persistence,
  repeatTimeLeft,
  whenDone,
  type SavedAttempt,
} from './persistence.ts'
import { IDLE, type RunContext, type RunControls, type RunState } from './types.ts'

const CREATING: RunState = { status: 'pending', phase: 'creating' }

const DEFAULT_TIMEOUT_MS = 900_000

/** A run. It outlives the components that show it. It waits for its task while there are some. */
export class Run {
  readonly controls: RunControls<ModelId> = {
    run: (input) => this.#afterRestore(() => this.#isPending || this.#submit(input)),
    resume: (taskId) => this.#afterRestore(() => this.#isPending || this.#resume(taskId)),
    stop: () => this.#afterRestore(() => this.#isPending && this.#stop()),
    reset: () => this.#afterRestore(() => this.#reset()),
  }

  readonly #persistence: Persistence
  readonly #listeners = new Set<() => void>()
  #state: RunState = IDLE
  /** Settles when the saved run is restored. A store without promises gives no promise. */
  #restored: true | Promise<true> | undefined
  /** Aborts the current submission. The results of earlier ones are ignored. */
  #submission: AbortController | undefined
  /** Whether the submission should not be followed by a wait. */
  #isStopped = false
  /** Waits for the task while a component shows it. */
  #observer: QueryObserver<Task, ApikleyError, Task, Task, TaskKey> | undefined

  /** @param key saves the run under this key, and shows it in several components */
  constructor(context: RunContext, key?: string) {
    // The options come from components that are mounted.
    this.#persistence = new Persistence({ ...context, options: {} }, key)
  }

  readonly getState = (): RunState => this.#state

  /** Shows the run in a component. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    this.#afterRestore(() => this.#wait())
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) {
        this.#leave()
      }
    }
  }

  /** Takes the context of the component that was rendered last. */
  use(context: RunContext): void {
    const { key, context: previous } = this.#persistence
    // Without a key, an option that the component omits is gone.
    const options = { ...(key ? previous.options : {}), ...context.options }
    this.#persistence.context = { ...context, options }
  }

  get #isPending(): boolean {
    return this.#state.status === 'pending'
  }

  /** Acts after the saved run, if there is one, is restored. */
  #afterRestore(act: () => unknown): void {
    this.#restored ??= whenDone(this.#persistence.restore(), () => this.#showSaved())
    void whenDone(this.#restored, act)
  }

  #showSaved(): true {
    const { context, saved } = this.#persistence
    if (saved?.attemptId !== undefined) {
      if (isInFlight(context, saved)) {
        void this.#submit(saved.input, saved)
      } else {
        const { attemptId } = saved
        const message = 'No response arrived. Check the account.'
        this.#fail(new ApikleyError({ kind: 'unconfirmed', message, attemptId }))
      }
    } else if (saved && saved.over !== 'stopped') {
      const { taskId } = saved
      this.#enter({ status: 'pending', phase: 'waiting', taskId, task: undefined })
      this.#wait()
    } else {
      this.#enter({ status: 'idle', taskId: saved?.taskId })
    }
    return true
  }

  #enter(state: RunState): void {
    this.#endWait()
    this.#show(state)
  }

  #show(state: RunState): void {
    // Uploads report progress more often than it changes.
    if (JSON.stringify(state) !== JSON.stringify(this.#state)) {
      this.#state = state
      for (const listener of this.#listeners) {
        listener()
      }
    }
  }

  /** Waits for the task of the state, if a component shows it. */
  #wait(): void {
    const { client, queryClient, options } = this.#persistence.context
    const state = this.#state
    if ('task' in state && !this.#observer && this.#listeners.size > 0) {
      const { taskId } = state
      this.#observer = new QueryObserver(queryClient, taskOptions(client, taskId, options))
      this.#observer.subscribe((result) => this.#showTask(taskId, result))
      this.#showTask(taskId, this.#observer.getCurrentResult())
    }
  }

  #showTask(
    taskId: string,
    { data: task, error, isFetching }: QueryObserverResult<Task, ApikleyError>,
  ): void {
    const { saved } = this.#persistence
    // The previous error is hidden during a refetch.
    if (error && !isFetching) {
      const resumable = error.kind !== 'task-failed' && error.kind !== 'not-found'
      if (!resumable && saved) {
        this.#persistence.save()
      }
      this.#show({ status: 'error', error, taskId, resumable })
    } else if (task?.state === 'success') {
      // A result keeps its age when it is shown again.
      if (!saved?.over) {
        this.#persistence.save(taskId, 'ended')
      }
      this.#show({ status: 'success', taskId, urls: task.urls, task })
    } else {
      this.#show({ status: 'pending', phase: 'waiting', taskId, task })
    }
  }

  #endWait(): void {
    this.#observer?.destroy()
    this.#observer = undefined
  }

  /** A component that mounts again also waits again, unless the task has ended. */
  #leave(): void {
    if (this.#observer && this.#state.status === 'error' && this.#persistence.saved) {
      this.#showSaved()
    }
    this.#endWait()
  }

  #resume(id: unknown): void {
    const { context, saved } = this.#persistence
    const taskId = typeof id === 'string' ? id : saved?.taskId
    if (taskId !== undefined) {
      this.#submission = undefined
      this.#endWait()
      void context.queryClient.resetQueries(taskOptions(context.client, taskId))
      this.#hold(taskId)
    } else if (saved) {
      this.#showSaved()
    }
  }

  /** Saves and shows a task, or without an id forgets the run. */
  #hold(taskId?: string, over?: 'stopped'): void {
    this.#persistence.save(taskId, over)
    this.#showSaved()
  }

  #stop(): void {
    const state = this.#state
    if ('progress' in state) {
      this.#reset()
    } else if ('taskId' in state) {
      this.#hold(state.taskId, 'stopped')
    } else {
      this.#isStopped = true
    }
  }

  #reset(): void {
    // Only uploads are aborted, because a request may have left.
    if ('progress' in this.#state) {
      this.#submission?.abort()
    }
    this.#submission = undefined
    this.#hold()
  }

  /** @param repeated the attempt that this repeats */
  async #submit(input: ModelFileInput<ModelId>, repeated?: SavedAttempt): Promise<void> {
    const { context } = this.#persistence
    const model = repeated?.model ?? context.model
    const { callbackUrl, onCreated, timeout = DEFAULT_TIMEOUT_MS } = context.options
    const submission = new AbortController()
    const isCurrent = (): boolean => this.#submission === submission
    const enter = (state: RunState): unknown => isCurrent() && this.#enter(state)
    this.#submission = submission
    this.#isStopped = false
    enter(CREATING)
    let taskId: string | undefined
    try {
      const created = await context.client.tasks.create(model, input, {
        signal: submission.signal,
        timeout: repeated ? repeatTimeLeft(context, repeated) : timeout,
        callbackUrl,
        attemptId: repeated?.attemptId,
        firstSentAt: repeated?.at,
        onUpload: (progress) => enter({ status: 'pending', phase: 'uploading', progress }),
        onAttempt: async ({ firstSentAt, ...attempt }) => {
          enter(CREATING)
          if (
            !repeated &&
            !(await this.#persistence.claim({ ...attempt, model, at: firstSentAt }))
          ) {
            submission.abort()
          }
        },
      })
      taskId = created.taskId
      if (isCurrent()) {
        this.#hold(taskId, this.#isStopped ? 'stopped' : undefined)
      }
      await onCreated?.(taskId)
    } catch (error) {
      if (isCurrent() && submission.signal.aborted) {
        // Another page has a run in flight.
        this.#showSaved()
      } else if (isCurrent()) {
        this.#fail(toError(error, taskId), repeated !== undefined)
      }
    }
  }

  /** @param isRepeat the error says nothing about the first time that the attempt was sent */
  #fail(error: ApikleyError, isRepeat = false): void {
    const { taskId, kind } = error
    const isOpen = isRepeat || kind === 'unconfirmed'
    if (taskId !== undefined || !isOpen) {
      this.#persistence.save(taskId)
    }
    const { context, saved } = this.#persistence
    const resumable = saved !== undefined && isInFlight(context, saved)
    this.#enter({ status: 'error', error, taskId, resumable })
  }
}

/** @param taskId the task that was created before `onCreated` failed */
function toError(cause: unknown, taskId: string | undefined): ApikleyError {
  if (taskId === undefined && ApikleyError.is(cause)) {
    return cause
  }
  return new ApikleyError({
    kind: taskId === undefined ? 'unexpected-response' : 'configuration',
    taskId,
    cause,
    message:
      taskId === undefined
        ? String(cause)
        : `Task ${taskId} was created and charged, but onCreated failed. Call resume().`,
  })
}

/** Named runs, shared by all components of a client. */
const namedRuns = new WeakMap<Apikley, Record<string, Run>>()

export function getNamedRun(context: RunContext, name: string): Run {
  const key = `apikley:${context.model}:${name}`
  const runs = namedRuns.get(context.client) ?? {}
  namedRuns.set(context.client, runs)
  runs[key] ??= new Run(context, key)
  return runs[key]
}
