import {
  ApikleyError,
  type Apikley,
  type RunPhase,
  type Task,
  type UploadProgress,
} from '@apikley/client'
import type { ModelInput, ModelId } from '@apikley/types'
import { QueryObserver, type QueryObserverResult } from '@tanstack/react-query'
import { taskOptions, type TaskKey } from './options.ts'
import { Persistence, whenDone } from './saved-run.ts'
import { AutomaticRuns, countUserEvents, isSameInput } from './same-input.ts'
import {
  IDLE,
  type AnyResult,
  type RunContext,
  type RunControls,
  type RunState,
} from './run-types.ts'

type State = RunState<AnyResult>

const CREATING: State = { status: 'pending', phase: 'creating' }

const QUEUED: State = { status: 'pending', phase: 'queued' }

const DEFAULT_TIMEOUT_MS = 900_000

const VOID_MESSAGE = 'The create was lost, and nothing was charged. Run it again.'

const LOOP_MESSAGE =
  'run() was called too often without an action of the user, as an effect in a loop does. ' +
  'Nothing was sent. Without a user, call run() of the client.'

/** A run. It outlives the components that show it. It waits for its task while there are some. */
export class Run {
  readonly controls: RunControls<ModelId> = {
    run: (input) =>
      this.#afterRestore(
        () => this.#isPending || this.#isRepeated(input) || this.#isLoop() || this.#submit(input),
      ),
    retry: () =>
      this.#afterRestore(() => this.#isPending || (this.#last && this.#submit(this.#last.input))),
    resume: (taskId) => this.#afterRestore(() => this.#isPending || this.#resume(taskId)),
    stop: () => this.#afterRestore(() => this.#isPending && this.#stop()),
    reset: () => this.#afterRestore(() => this.#reset()),
  }

  readonly #persistence: Persistence
  readonly #listeners = new Set<() => void>()
  #state: State = IDLE
  /** Settles when the saved run is restored. A store without promises gives no promise. */
  #restored: true | Promise<true> | undefined
  /** Aborts the current submission. The results of earlier ones are ignored. */
  #submission: AbortController | undefined
  /** Whether the create of the submission may have been sent, so that aborting it is of no use. */
  #isSent = false
  /** Whether the submission should not be followed by a wait. */
  #isStopped = false
  /** The input of the last submission of this page, and the user events before it. */
  #last: { input: ModelInput<ModelId>; userEvents: number } | undefined
  readonly #automaticRuns = new AutomaticRuns()
  /** Waits for the task while a component shows it. */
  #observer: QueryObserver<Task, ApikleyError, Task, Task, TaskKey> | undefined

  /** @param key saves the run under this key, and shows it in several components */
  constructor(context: RunContext, key?: string) {
    // The options come from components that are mounted.
    this.#persistence = new Persistence({ ...context, options: {} }, key)
  }

  readonly getState = (): State => this.#state

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

  /** A queued create is refused for now, so aborting it and voiding its key is of use. */
  get #isQueued(): boolean {
    return this.#state.status === 'pending' && this.#state.phase === 'queued'
  }

  /** Acts after the saved run, if there is one, is restored. */
  #afterRestore(act: () => unknown): void {
    this.#restored ??= whenDone(this.#persistence.restore(), () => this.#showSaved())
    void whenDone(this.#restored, act)
  }

  #showSaved(): true {
    const { saved } = this.#persistence
    if (saved?.idempotencyKey !== undefined) {
      void this.#recover(saved.idempotencyKey)
    } else if (saved && saved.over !== 'stopped') {
      const { taskId } = saved
      this.#enter({ status: 'pending', phase: 'waiting', taskId, task: undefined })
      this.#wait()
    } else {
      this.#enter({ status: 'idle', taskId: saved?.taskId })
    }
    return true
  }

  #enter(state: State): void {
    this.#endWait()
    this.#show(state)
  }

  #show(state: State): void {
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
      this.#observer = new QueryObserver(queryClient, {
        ...taskOptions(client, taskId, options),
        enabled: true,
      })
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
      const { urls, text, object } = task
      this.#show({ status: 'success', taskId, urls, text, object, task })
    } else if (task?.state !== 'fail') {
      // The error of a failed task follows at once.
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
    if ('taskId' in state) {
      this.#hold(state.taskId, 'stopped')
    } else if (this.#isSent) {
      this.#isStopped = true
      if (this.#isQueued) {
        this.#submission?.abort()
      }
    } else {
      this.#reset()
    }
  }

  #reset(): void {
    if (!this.#isSent || this.#isQueued) {
      this.#submission?.abort()
    }
    this.#submission = undefined
    this.#hold()
  }

  #submit(input: ModelInput<ModelId>): Promise<void> {
    const { client, model, options } = this.#persistence.context
    const { callbackUrl, timeout = DEFAULT_TIMEOUT_MS } = options
    this.#last = { input, userEvents: countUserEvents() }
    return this.#pursue(false, async (submission) => {
      const { signal } = submission
      const enter = (state: State): unknown => this.#isCurrent(submission) && this.#enter(state)
      let key: string | undefined
      const onKey = async (made: string): Promise<void> => {
        enter(CREATING)
        await this.#persistence.lock(signal)
        throwIfAborted(signal)
        if (await this.#persistence.claim(made)) {
          this.#isSent = true
          key = made
        } else {
          submission.abort()
        }
      }
      const onUpload = (progress: UploadProgress): unknown =>
        enter({ status: 'pending', phase: 'uploading', progress })
      const onPhase = (phase: RunPhase): unknown =>
        phase === 'queued' || this.#isQueued
          ? enter(phase === 'queued' ? QUEUED : CREATING)
          : undefined
      try {
        const created = { signal, timeout, callbackUrl, onUpload, onKey, onPhase }
        return (await client.tasks.create(model, input, created)).taskId
      } catch (cause) {
        if (
          key === undefined ||
          toError(cause).charge !== 'possible' ||
          !client.transport.proxied
        ) {
          throw cause
        }
        // The client has asked the proxy already.
        throw new UnreadError(key, cause)
      }
    })
  }

  /** Reads what became of a saved create. */
  #recover(key: string): Promise<void> {
    const { saved } = this.#persistence
    return this.#pursue(true, async (submission) => {
      await this.#persistence.lock(submission.signal)
      // The page that creates the task may have saved it meanwhile.
      await this.#persistence.restore()
      if (this.#persistence.saved !== saved) {
        submission.abort()
        throwIfAborted(submission.signal)
      }
      return this.#read(key)
    })
  }

  /** The id of the task of a create that got no response. It sends no create. */
  async #read(key: string): Promise<string> {
    const found = await this.#persistence.context.client.tasks
      .recover(key)
      .catch((cause: unknown) => {
        throw new UnreadError(key, cause)
      })
    if (found.status === 'created') {
      return found.taskId
    }
    throw found.status === 'void'
      ? new ApikleyError({ kind: 'connection', message: VOID_MESSAGE })
      : found.error
  }

  /**
   * Shows the task that `find` creates or finds.
   *
   * @param isSent whether its create may have been sent already
   */
  async #pursue(
    isSent: boolean,
    find: (submission: AbortController) => Promise<string>,
  ): Promise<void> {
    const submission = new AbortController()
    this.#submission = submission
    this.#isSent = isSent
    this.#isStopped = false
    this.#enter(CREATING)
    try {
      this.#created(submission, await find(submission))
    } catch (cause) {
      if (this.#isCurrent(submission)) {
        if (this.#isStopped && submission.signal.aborted) {
          this.#hold()
        } else if (submission.signal.aborted) {
          // Another page has a run in flight.
          this.#showSaved()
        } else {
          this.#fail(toError(cause))
        }
      }
    } finally {
      submission.abort()
    }
  }

  #isCurrent(submission: AbortController): boolean {
    return this.#submission === submission
  }

  #created(submission: AbortController, taskId: string): void {
    if (this.#isCurrent(submission)) {
      this.#hold(taskId, this.#isStopped ? 'stopped' : undefined)
    }
    const { onCreated } = this.#persistence.context.options
    void (async () => onCreated?.(taskId))().catch((cause: unknown) => {
      if (this.#isCurrent(submission)) {
        const message = `Task ${taskId} was created and charged, but onCreated failed. Call resume().`
        this.#fail(new ApikleyError({ kind: 'configuration', taskId, cause, message }))
      }
    })
  }

  #fail(error: ApikleyError): void {
    const { taskId } = error
    const isUnread = error instanceof UnreadError
    // A run that was not sent has saved nothing. The store may hold a run of another page.
    if (taskId !== undefined || (this.#isSent && !isUnread)) {
      this.#persistence.save(taskId)
    }
    this.#enter({ status: 'error', error, taskId, resumable: isUnread || taskId !== undefined })
  }

  /**
   * Whether an effect calls `run` in a loop: with the input of the run that is shown, and without
   * an action of a person in between.
   */
  #isRepeated(input: ModelInput<ModelId>): boolean {
    const last = this.#last
    const isRepeated =
      last !== undefined &&
      last.userEvents === countUserEvents() &&
      this.#state.status !== 'idle' &&
      isSameInput(input, last.input)
    if (isRepeated) {
      console.warn(
        'useRun: run() was repeated without an action of the user. Call retry() to create another task.',
      )
    }
    return isRepeated
  }

  /** Whether an effect calls `run` in a loop with another input each time. It then shows an error. */
  #isLoop(): boolean {
    const { clock } = this.#persistence.context.client.transport
    const isLoop = !this.#automaticRuns.take(clock.now())
    if (isLoop) {
      const error = new ApikleyError({ kind: 'configuration', message: LOOP_MESSAGE })
      console.warn(`useRun: ${LOOP_MESSAGE}`)
      this.#enter({ status: 'error', error, taskId: undefined, resumable: false })
    }
    return isLoop
  }
}

/** The proxy did not report what became of a create. */
class UnreadError extends ApikleyError {
  constructor(idempotencyKey: string, cause: unknown) {
    const why = toError(cause).message
    const message = `It is unknown whether a task was created: ${why} Call resume() to ask again.`
    super({ kind: 'unconfirmed', idempotencyKey, message, cause })
  }
}

/** React Native has no `throwIfAborted`. */
function throwIfAborted({ aborted }: AbortSignal): void {
  if (aborted) {
    throw new Error('The run was aborted.')
  }
}

function toError(cause: unknown): ApikleyError {
  return ApikleyError.is(cause)
    ? cause
    : new ApikleyError({ kind: 'unexpected-response', cause, message: String(cause) })
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
