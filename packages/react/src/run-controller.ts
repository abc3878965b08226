import { ApikleyError } from '@apikley/client'
import type { ModelId, ModelInput } from '@apikley/types'
import { taskOptions } from './options.ts'
import { CREATING, IDLE, type AnyRunState, type RunContext, type RunControls } from './run-types.ts'
import { LOOP_MESSAGE, LoopGuard } from './same-input.ts'
import { Persistence } from './saved-run.ts'
import { Submission, toError } from './submission.ts'
import { observeTask, type WaitState } from './task-wait.ts'

/**
 * A run. It outlives the components that show it, and waits for its task while there are some.
 *
 *     idle -> submitting -> waiting -> success or error
 */
export class Run {
  readonly controls: RunControls<ModelId> = {
    run: (input) => this.#act(false, () => this.#start(input)),
    retry: () => this.#act(false, () => this.#retry?.()),
    resume: (taskId) => this.#act(false, () => this.#resume(taskId)),
    stop: () => this.#act(true, () => this.#stop()),
    reset: () => this.#afterRestore(() => this.#reset()),
  }

  readonly #persistence: Persistence
  readonly #guard = new LoopGuard()
  readonly #listeners = new Set<() => void>()
  #state: AnyRunState = IDLE
  /** Settles when the saved run is restored. A store without promises gives no promise. */
  #restored: true | Promise<true> | undefined
  /** The current submission. The results of earlier ones are ignored. */
  #submission: Submission | undefined
  /** Ends the wait for the task, which runs while a component shows it. */
  #endWait: (() => void) | undefined
  /** Submits the last input of this page. */
  #retry: (() => void) | undefined

  /** @param key saves the run under this key, and shows it in several components */
  constructor(context: RunContext, key?: string) {
    // The options come from components that are mounted.
    this.#persistence = new Persistence({ ...context, options: {} }, key)
  }

  readonly getState = (): AnyRunState => this.#state

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

  /** Acts if a run is pending, or if none is. */
  #act(isPending: boolean, act: () => void): void {
    this.#afterRestore(() => (this.#state.status === 'pending') === isPending && act())
  }

  /** Acts after the saved run, if there is one, is restored. */
  #afterRestore(act: () => unknown): void {
    this.#restored ??= this.#persistence.restore()?.then(this.#showSaved) ?? this.#showSaved()
    void (this.#restored === true ? act() : this.#restored.then(act))
  }

  readonly #showSaved = (): true => {
    const { saved } = this.#persistence
    if (saved?.idempotencyKey !== undefined) {
      const { idempotencyKey } = saved
      void this.#submit((submission) => submission.recover(idempotencyKey))
    } else if (saved && saved.over !== 'stopped') {
      const { taskId } = saved
      this.#enter({ status: 'pending', phase: 'waiting', taskId, task: undefined })
      this.#wait()
    } else {
      this.#enter({ status: 'idle', taskId: saved?.taskId })
    }
    return true
  }

  #enter(state: AnyRunState): void {
    this.#endWait?.()
    this.#endWait = undefined
    this.#show(state)
  }

  #show(state: AnyRunState): void {
    // Uploads report progress more often than it changes.
    if (JSON.stringify(state) !== JSON.stringify(this.#state)) {
      this.#state = state
      this.#listeners.forEach((listener) => listener())
    }
  }

  #start(input: ModelInput<ModelId>): void {
    const { clock } = this.#persistence.context.client.transport
    const refusal = this.#guard.refuse(input, this.#state.status !== 'idle', clock.now())
    if (!refusal) {
      this.#retry = () => {
        this.#guard.record(input)
        void this.#submit((submission) => submission.create(input))
      }
      this.#retry()
    } else if (refusal === 'loop') {
      const error = new ApikleyError({ kind: 'configuration', message: LOOP_MESSAGE })
      this.#enter({ status: 'error', error, taskId: undefined, resumable: false })
    }
  }

  /** Shows the task that a submission creates or finds. */
  async #submit(find: (submission: Submission) => Promise<string | undefined>): Promise<void> {
    const isCurrent = (): boolean => this.#submission === submission
    const show = (state: AnyRunState): unknown => isCurrent() && this.#enter(state)
    const submission = new Submission(this.#persistence, show)
    this.#submission = submission
    this.#enter(CREATING)
    try {
      const taskId = await find(submission)
      if (taskId !== undefined) {
        void this.#created(submission, taskId)
      } else if (isCurrent()) {
        this.#showSaved()
      }
    } catch (cause) {
      this.#fail(submission, toError(cause))
    } finally {
      submission.abort()
    }
  }

  async #created(submission: Submission, taskId: string): Promise<void> {
    if (this.#submission === submission) {
      this.#hold(taskId, submission.isStopped ? 'stopped' : undefined)
    }
    try {
      await this.#persistence.context.options.onCreated?.(taskId)
    } catch (cause) {
      const message = `Task ${taskId} was created and charged, but onCreated failed. Call resume().`
      this.#fail(submission, new ApikleyError({ kind: 'configuration', taskId, cause, message }))
    }
  }

  #fail(submission: Submission, error: ApikleyError): void {
    if (this.#submission === submission) {
      const { taskId } = error
      const { stage, isOpen } = submission
      // A run that was not sent has saved nothing. The store may hold a run of another page.
      if (taskId !== undefined || (stage !== 'preparing' && !isOpen)) {
        this.#persistence.save(taskId)
      }
      this.#enter({ status: 'error', error, taskId, resumable: isOpen || taskId !== undefined })
    }
  }

  /** Saves and shows a task, or without an id forgets the run. */
  #hold(taskId?: string, over?: 'stopped'): void {
    this.#persistence.save(taskId, over)
    this.#showSaved()
  }

  /** Waits for the task of the state, if a component shows it. */
  #wait(): void {
    const state = this.#state
    if ('task' in state && !this.#endWait && this.#listeners.size > 0) {
      this.#endWait = observeTask(this.#persistence.context, state.taskId, (found) =>
        this.#showTask(state.taskId, found),
      )
    }
  }

  #showTask(taskId: string, found: WaitState): void {
    const { saved } = this.#persistence
    if (found.status === 'error') {
      const { error } = found
      const resumable = !['task-failed', 'not-found'].includes(error.kind)
      if (!resumable && saved) {
        this.#persistence.save()
      }
      this.#show({ status: 'error', error, taskId, resumable })
    } else if (found.status === 'success') {
      // A result keeps its age when it is shown again.
      if (!saved?.over) {
        this.#persistence.save(taskId, 'ended')
      }
      this.#show({ ...found, taskId })
    } else if (found.task?.state !== 'fail') {
      // The error of a failed task follows at once.
      this.#show({ ...found, phase: 'waiting', taskId })
    }
  }

  /** A component that mounts again also waits again, unless the task has ended. */
  #leave(): void {
    if (this.#endWait && this.#state.status === 'error' && this.#persistence.saved) {
      this.#showSaved()
    }
    this.#endWait?.()
    this.#endWait = undefined
  }

  #resume(id: unknown): unknown {
    const { context, saved } = this.#persistence
    const taskId = typeof id === 'string' ? id : saved?.taskId
    if (taskId === undefined) {
      return saved && this.#showSaved()
    }
    this.#submission = undefined
    this.#endWait?.()
    void context.queryClient.resetQueries(taskOptions(context.client, taskId))
    this.#hold(taskId)
  }

  #stop(): void {
    const state = this.#state
    if ('taskId' in state) {
      this.#hold(state.taskId, 'stopped')
    } else if (this.#submission?.stage === 'sent') {
      this.#submission.isStopped = true
    } else {
      this.#reset()
    }
  }

  #reset(): void {
    if (this.#submission?.stage !== 'sent') {
      this.#submission?.abort()
    }
    this.#submission = undefined
    this.#hold()
  }
}
