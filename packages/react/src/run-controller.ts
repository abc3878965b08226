import { ApikleyError } from '@apikley/client'
import type { ModelId, ModelInput } from '@apikley/types'
import { taskOptions } from './options.ts'
import { followTab } from './other-tabs.ts'
import {
  CREATING,
  WAITING,
  type AnyResult,
  type AnyRunOutcome,
  type AnyRunState,
  type IgnoredReason,
  type RunContext,
  type RunControls,
  type ShownState,
} from './run-types.ts'
import { RunView } from './run-view.ts'
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
  readonly controls: RunControls<ModelId, AnyResult> = {
    run: (input) => this.#call(() => this.#start(input)),
    retry: () => this.#call(() => this.#retry()),
    resume: (taskId) => this.#call(() => this.#resume(taskId)),
    stop: () => this.#afterRestore(() => this.#view.isPending && this.#stop()),
    reset: () => this.#afterRestore(() => this.#reset()),
  }

  readonly #persistence: Persistence
  readonly #guard = new LoopGuard()
  readonly #view = new RunView()
  /** Settles when the saved run is restored. A store without promises gives no promise. */
  #restored: true | Promise<true> | undefined
  /** The current submission. The results of earlier ones are ignored. */
  #submission: Submission | undefined
  /** Ends the wait for the task, which runs while a component shows it. */
  #endWait: (() => void) | undefined
  /** The input of the last run that this page has started. */
  #lastInput: ModelInput<ModelId> | undefined

  /** @param key saves the run under this key, and shows it in several components */
  constructor(context: RunContext, key?: string) {
    // The options come from components that are mounted.
    this.#persistence = new Persistence({ ...context, options: {} }, key)
  }

  readonly getState = (): ShownState => this.#view.state

  /** Whether the saved run is known, and there is none. */
  get isForgotten(): boolean {
    const { state } = this.#view
    return this.#restored === true && state.status === 'idle' && state.taskId === undefined
  }

  /** Shows the run in a component. */
  readonly subscribe = (listener: () => void): (() => void) => {
    const { listeners } = this.#view
    listeners.add(listener)
    globalThis.window?.addEventListener?.('storage', this.#onStorage)
    this.#afterRestore(() => this.#wait())
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) {
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

  /** Starts or continues a run, unless `act` returns a reason. It never rejects. */
  #call(act: () => IgnoredReason | undefined): Promise<AnyRunOutcome> {
    return new Promise((resolve) => {
      this.#afterRestore(() => {
        let reason: IgnoredReason | undefined = 'pending'
        if (!this.#view.isPending) {
          this.#view.settle = resolve
          reason = act()
        }
        if (reason) {
          resolve({ status: 'ignored', reason })
        }
      })
    })
  }

  /** Acts after the saved run, if there is one, is restored. */
  #afterRestore(act: () => unknown): void {
    this.#restored ??= this.#persistence.restore()?.then(this.#showSaved) ?? this.#showSaved()
    void (this.#restored === true ? act() : this.#restored.then(act))
  }

  readonly #showSaved = (): true => {
    const { saved } = this.#persistence
    this.#restored = true
    if (saved?.idempotencyKey !== undefined) {
      const { idempotencyKey } = saved
      void this.#submit((submission) => submission.recover(idempotencyKey))
    } else if (saved && saved.over !== 'stopped') {
      this.#enter({ ...WAITING, taskId: saved.taskId })
      this.#wait()
    } else {
      this.#enter({ status: 'idle', taskId: saved?.taskId })
    }
    return true
  }

  /** Shows what another tab has saved. */
  #showOther(): void {
    this.#submission = undefined
    this.#view.input = undefined
    this.#showSaved()
  }

  #enter(state: AnyRunState): void {
    this.#leaveWait()
    this.#view.show(state)
  }

  #leaveWait(): void {
    this.#endWait?.()
    this.#endWait = undefined
  }

  #start(input: ModelInput<ModelId>): IgnoredReason | undefined {
    const { client, options } = this.#persistence.context
    const isShown = this.#view.state.status !== 'idle'
    const refusal = this.#guard.refuse(input, isShown, client.transport.clock.now())
    if (refusal === 'repeated') {
      return refusal
    }
    this.#lastInput = input
    if (!refusal) {
      return this.#retry()
    }
    const error = new ApikleyError({ kind: 'configuration', message: LOOP_MESSAGE })
    this.#view.end({ status: 'error', error, taskId: undefined, resumable: false }, options)
    return undefined
  }

  #retry(): IgnoredReason | undefined {
    const input = this.#lastInput
    if (input === undefined) {
      return 'no-run'
    }
    this.#view.input = input
    this.#guard.record(input)
    void this.#submit((submission) => submission.create(input))
    return undefined
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
        if (submission.stage !== 'recovering') {
          this.#view.settle({ status: 'ignored', reason: 'other-tab' })
        }
        this.#showOther()
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
      this.#leaveWait()
      const resumable = isOpen || taskId !== undefined
      const { options } = this.#persistence.context
      this.#view.end({ status: 'error', error, taskId, resumable }, options)
    }
  }

  /** Saves and shows a task, or without an id forgets the run. */
  #hold(taskId?: string, over?: 'stopped'): void {
    this.#persistence.save(taskId, over)
    this.#showSaved()
  }

  /** Waits for the task of the state, if a component shows it. */
  #wait(): void {
    const { state, listeners, settle } = this.#view
    if ('task' in state && listeners.size === 0) {
      settle({ status: 'stopped', taskId: state.taskId })
    } else if ('task' in state && !this.#endWait) {
      this.#endWait = observeTask(this.#persistence.context, state.taskId, (found) =>
        this.#showTask(state.taskId, found),
      )
    }
  }

  #showTask(taskId: string, found: WaitState): void {
    const { saved, context } = this.#persistence
    if (found.status === 'error') {
      const { error } = found
      const resumable = !['task-failed', 'not-found'].includes(error.kind)
      if (!resumable && saved) {
        this.#persistence.save()
      }
      this.#view.end({ status: 'error', error, taskId, resumable }, context.options)
    } else if (found.status === 'success') {
      // A result keeps its age when it is shown again.
      if (!saved?.over) {
        this.#persistence.save(taskId, 'ended')
      }
      this.#view.end({ ...found, taskId }, saved?.over ? {} : context.options)
    } else if (found.task?.state !== 'fail') {
      // The error of a failed task follows at once.
      this.#view.show({ ...found, phase: 'waiting', taskId })
    }
  }

  /** A component that mounts again also waits again, unless the task has ended. */
  #leave(): void {
    globalThis.window?.removeEventListener?.('storage', this.#onStorage)
    if (this.#endWait && this.#view.state.status === 'error' && this.#persistence.saved) {
      this.#showSaved()
    }
    this.#leaveWait()
    this.#wait()
  }

  /** Shows at once what another tab has written to `localStorage`. */
  readonly #onStorage = ({ key, newValue }: StorageEvent): void => {
    const { state, isPending } = this.#view
    const persistence = this.#persistence
    // A submission of this page finds the run of the other tab before it is sent.
    const isSubmitting = isPending && !('task' in state) && this.#submission?.stage !== 'recovering'
    // Without locks, reading a create in flight could void it.
    const isInFlight = newValue?.includes('idempotencyKey') && !navigator.locks
    if (key !== persistence.key || isSubmitting || isInFlight) {
      return
    }
    const { saved } = persistence
    persistence.follow(newValue)
    const action = followTab(state, persistence.saved)
    if (action === 'show') {
      return this.#showOther()
    }
    persistence.saved ??= saved
    if (action === 'poll' && saved?.taskId) {
      persistence.context.client.tasks.notify(saved.taskId)
    }
  }

  #resume(id: unknown): IgnoredReason | undefined {
    const { context, saved } = this.#persistence
    const taskId = typeof id === 'string' ? id : saved?.taskId
    if (!saved && taskId === undefined) {
      return 'no-run'
    }
    if (taskId === undefined) {
      this.#showSaved()
      return undefined
    }
    if (taskId !== saved?.taskId) {
      this.#view.input = undefined
    }
    this.#submission = undefined
    this.#leaveWait()
    void context.queryClient.resetQueries(taskOptions(context.client, taskId))
    this.#hold(taskId)
    return undefined
  }

  #stop(): void {
    const { state } = this.#view
    if ('taskId' in state) {
      this.#hold(state.taskId, 'stopped')
    } else if (this.#submission && !this.#submission.canAbort) {
      this.#submission.isStopped = true
    } else {
      this.#reset()
    }
  }

  #reset(): void {
    const { state } = this.#view
    if (this.#submission?.canAbort) {
      this.#submission.abort()
    }
    if ('task' in state) {
      // Other tabs distinguish this from a run that failed.
      this.#persistence.save(state.taskId, 'stopped')
    }
    this.#submission = undefined
    this.#view.input = undefined
    this.#hold()
  }
}
