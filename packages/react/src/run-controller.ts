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
import { RunWait } from './run-wait.ts'
import { checksumOf, LOOP_MESSAGE, LoopGuard } from './same-input.ts'
import { Persistence } from './saved-run.ts'
import { Submission, toError } from './submission.ts'

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
  readonly #guard: LoopGuard
  readonly #view: RunView
  readonly #wait: RunWait
  /** Settles when the saved run is restored. A store without promises gives no promise. */
  #restored: true | Promise<true> | undefined
  /** The current submission. The results of earlier ones are ignored. */
  #submission: Submission | undefined
  /** The input of the last run that this page has started. */
  #lastInput: ModelInput<ModelId> | undefined

  /** @param key saves the run under this key, and shows it in several components */
  constructor(context: RunContext, key?: string) {
    // The options come from components that are mounted.
    this.#persistence = new Persistence({ ...context, options: {} }, key)
    this.#guard = new LoopGuard(context.client)
    this.#view = new RunView(this.#persistence, this.#guard)
    this.#wait = new RunWait(this.#persistence, this.#view)
  }

  readonly getState = (): ShownState => this.#view.state

  /** Whether nothing is saved or shown. */
  get isForgotten(): boolean {
    const { state } = this.#view
    return this.#restored === true && state.status === 'idle' && state.taskId === undefined
  }

  /** Shows the run in a component. */
  readonly subscribe = (listener: () => void): (() => void) => {
    const { listeners } = this.#view
    listeners.add(listener)
    globalThis.window?.addEventListener?.('storage', this.#onStorage)
    this.#afterRestore(() => this.#wait.start())
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
    // Without a key, an omitted option has its default again.
    const options = { ...(key ? previous.options : {}), ...context.options }
    this.#persistence.context = { ...context, options }
  }

  /** It never rejects. */
  #call(act: () => IgnoredReason | undefined): Promise<AnyRunOutcome> {
    return new Promise((resolve) => this.#afterRestore(() => this.#view.call(act, resolve)))
  }

  /** Acts after the saved run, if there is one, is restored. */
  #afterRestore(act: () => unknown): void {
    this.#restored ??= this.#persistence.restore()?.then(this.#showSaved) ?? this.#showSaved()
    void (this.#restored === true ? act() : this.#restored.then(act))
  }

  readonly #showSaved = (): true => {
    const { saved } = this.#persistence
    this.#restored = true
    if (!this.#view.input) {
      this.#guard.checksum = saved?.checksum
    }
    if (saved?.idempotencyKey !== undefined) {
      const { idempotencyKey } = saved
      void this.#submit((submission) => submission.recover(idempotencyKey))
    } else if (saved && saved.over !== 'stopped') {
      this.#enter({ ...WAITING, taskId: saved.taskId })
      this.#wait.start()
    } else {
      this.#enter({ status: 'idle', taskId: saved?.taskId })
    }
    return true
  }

  /** Shows what another tab has saved. */
  #showOther(): void {
    const { saved } = this.#persistence
    const isStopped = this.#submission?.isStopped && saved?.taskId && !saved.over
    this.#submission = undefined
    this.#view.input = undefined
    if (isStopped) {
      this.#hold(saved.taskId, 'stopped')
    } else {
      this.#showSaved()
    }
  }

  #enter(state: AnyRunState): void {
    this.#wait.end()
    this.#view.show(state)
  }

  #start(input: ModelInput<ModelId>): IgnoredReason | undefined {
    const isShown = this.#view.state.status !== 'idle'
    return isShown && this.#guard.isRepeated(input) ? 'repeated' : this.#send(input)
  }

  #retry(): IgnoredReason | undefined {
    return this.#lastInput === undefined ? 'no-run' : this.#send(this.#lastInput)
  }

  #send(input: ModelInput<ModelId>): undefined {
    const { clock } = this.#persistence.context.client.transport
    if (!this.#guard.take(clock.now())) {
      const error = new ApikleyError({ kind: 'configuration', message: LOOP_MESSAGE })
      this.#view.end({ status: 'error', error, taskId: undefined, resumable: false })
      return
    }
    this.#lastInput = input
    this.#view.input = input
    this.#guard.checksum = checksumOf(input)
    void this.#submit((submission) => submission.create(input))
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
      const message = `Task ${taskId} was created and charged, but onCreated failed; call resume().`
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
      if (stage === 'recovering' && error.charge === 'none') {
        this.#guard.checksum = undefined
      }
      this.#wait.end()
      const resumable = isOpen || taskId !== undefined
      this.#view.end({ status: 'error', error, taskId, resumable })
    }
  }

  /** Saves and shows a task, or without an id forgets the run. */
  #hold(taskId?: string, over?: 'stopped'): void {
    this.#persistence.save(taskId, over)
    this.#showSaved()
  }

  /** A component that mounts again also waits again, unless the task has ended. */
  #leave(): void {
    globalThis.window?.removeEventListener?.('storage', this.#onStorage)
    if (this.#wait.isActive && this.#view.state.status === 'error' && this.#persistence.saved) {
      this.#showSaved()
    }
    this.#wait.end()
    this.#wait.start()
  }

  readonly #onStorage = (event: StorageEvent): void => {
    if (followTab(event, this.#persistence, this.#view.state, this.#submission)) {
      this.#showOther()
    }
  }

  #resume(id: unknown): IgnoredReason | undefined {
    const { context, saved } = this.#persistence
    const taskId = typeof id === 'string' ? id : saved?.taskId
    if (taskId === undefined) {
      return saved ? void this.#showSaved() : 'no-run'
    }
    if (taskId !== saved?.taskId) {
      this.#view.input = undefined
      this.#persistence.saved = undefined
    }
    this.#submission = undefined
    this.#wait.end()
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
