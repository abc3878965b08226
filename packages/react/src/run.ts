import type { ModelId, ModelInput } from '@apikley/types'
import { reportCreated, reportEnd } from './callbacks.ts'
import { LoopGuard } from './loop-guard.ts'
import { taskOptions } from './query-options.ts'
import {
  CREATING,
  IDLE,
  ignored,
  toRunState,
  WAITING,
  type AnyRunOutcome,
  type AnyRunState,
  type EndState,
  type RunContext,
  type RunControls,
  type ShownState,
} from './run-state.ts'
import { Persistence } from './saved-run.ts'
import { Submission } from './submission.ts'
import { followWait, type AnyResult } from './task-wait.ts'

/**
 * A run. It outlives the components that show it, and waits for its task while there are some.
 *
 *     idle -> submitting -> waiting -> success or error
 */
export class Run {
  readonly controls: RunControls<ModelId, AnyResult> = {
    run: (input) => this.#call(() => this.#send(input, this.#state.status !== 'idle')),
    retry: () => this.#call(() => this.#retry()),
    resume: (taskId) => this.#call(() => this.#resume(taskId)),
    stop: () => this.#afterRestore(() => this.#state.status === 'pending' && this.#stop()),
    reset: () => this.#afterRestore(() => this.#reset()),
  }

  readonly #persistence: Persistence
  readonly #guard: LoopGuard
  readonly #listeners = new Set<() => void>()
  #state: ShownState = IDLE
  /** Of the run that is shown, if this page has started it. */
  #input: ModelInput<ModelId> | undefined
  /** Settles when the saved run is restored. A store without promises gives no promise. */
  #restored: true | Promise<true> | undefined
  /** The current submission. The results of earlier ones are ignored. */
  #submission: Submission | undefined
  /** Resolves the call that has started or continued the run. */
  #settle: ((outcome: AnyRunOutcome) => void) | undefined
  /** Ends the wait that a component shows. */
  #endWait: (() => void) | undefined

  /** @param key saves the run under this key, and shows it in several components */
  constructor(context: RunContext, key?: string) {
    this.#persistence = new Persistence(context, key)
    this.#guard = new LoopGuard(context.client)
  }

  readonly getState = (): ShownState => this.#state

  /** Shows the run in a component. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    globalThis.window?.addEventListener?.('storage', this.#onStorage)
    this.#afterRestore(() => this.#wait())
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) {
        this.#leave()
      }
    }
  }

  /** Takes the context of the component that was rendered last. */
  use(context: RunContext): void {
    this.#persistence.use(context)
    this.#guard.isContinued = false
  }

  /** Starts or continues a run, unless `act` returns an outcome. It never rejects. */
  #call(act: () => AnyRunOutcome | undefined): Promise<AnyRunOutcome> {
    return new Promise((resolve) =>
      this.#afterRestore(() => {
        if (this.#state.status === 'pending') {
          return resolve(ignored('pending'))
        }
        this.#settle = resolve
        const outcome = act()
        return outcome && resolve(outcome)
      }),
    )
  }

  /** Acts after the saved run, if there is one, is restored. */
  #afterRestore(act: () => unknown): void {
    this.#restored ??= this.#persistence.restore()?.then(this.#showSaved) ?? this.#showSaved()
    void (this.#restored === true ? act() : this.#restored.then(act))
  }

  readonly #showSaved = (): true => {
    const { saved } = this.#persistence
    this.#restored = true
    if (!this.#input) {
      this.#guard.checksum = saved?.checksum
    }
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
    const { saved } = this.#persistence
    const isStopped = this.#submission?.isStopped && saved?.taskId && !saved.over
    this.#submission = undefined
    this.#input = undefined
    if (isStopped) {
      this.#hold(saved.taskId, 'stopped')
    } else {
      this.#showSaved()
    }
  }

  #send(input: ModelInput<ModelId>, isShown: boolean): AnyRunOutcome | undefined {
    const refusal = this.#guard.take(input, this.#persistence.now, isShown)
    // A result that is shown stays.
    if (refusal && (refusal.status !== 'error' || this.#state.status === 'success')) {
      return refusal
    }
    this.#input = input
    const { checksum } = this.#guard
    void (refusal ? this.#end(refusal) : this.#submit((each) => each.create(input, checksum)))
    return undefined
  }

  #retry(): AnyRunOutcome | undefined {
    // A callback that retries each end is a loop too.
    this.#guard.isContinued = false
    const { lastInput } = this.#guard
    return lastInput ? this.#send(lastInput, false) : ignored('no-run')
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
      if (taskId !== undefined && isCurrent()) {
        this.#hold(taskId, submission.isStopped ? 'stopped' : undefined)
      } else if (isCurrent()) {
        this.#settle?.(ignored('other-tab'))
        this.#showOther()
      }
      submission.abort()
      await (taskId && reportCreated(taskId, this.#persistence.context.options))
    } catch (cause) {
      if (isCurrent()) {
        this.#stopWaiting()
        this.#end(submission.fail(cause))
      }
    } finally {
      submission.abort()
    }
  }

  /** Saves and shows a task, or without an id forgets the run. */
  #hold(taskId?: string, over?: 'stopped'): void {
    this.#persistence.save(taskId, over)
    this.#showSaved()
  }

  /** Waits for the task of the state, if there is one, through the query of `useTask`. */
  #wait(): void {
    const state = this.#state
    if (!('task' in state) || this.#endWait) {
      return
    }
    const { taskId } = state
    if (this.#listeners.size === 0) {
      return this.#settle?.({ status: 'stopped', taskId })
    }
    const { client, queryClient, options } = this.#persistence.context
    const query = taskOptions(client, taskId, options)
    this.#endWait = followWait(queryClient, query, (wait) => this.#follow(toRunState(wait, taskId)))
  }

  /** Shows the wait for a task. Its end is saved, and reported once. */
  #follow(state: AnyRunState): void {
    const { saved } = this.#persistence
    if (state.status === 'error') {
      void (saved && !state.resumable && this.#persistence.save())
      this.#end(state)
    } else if (state.status === 'success' && !saved?.over) {
      this.#persistence.save(state.taskId, 'ended')
      this.#end(state)
    } else {
      // A result keeps its age when it is shown again.
      this.#show(state)
    }
  }

  /** A component that mounts again also waits again, unless the task has ended. */
  #leave(): void {
    globalThis.window?.removeEventListener?.('storage', this.#onStorage)
    if (this.#endWait && this.#state.status === 'error' && this.#persistence.saved) {
      this.#showSaved()
    }
    this.#stopWaiting()
    this.#wait()
  }

  #stopWaiting(): void {
    this.#endWait?.()
    this.#endWait = undefined
  }

  #enter(state: AnyRunState): void {
    this.#stopWaiting()
    this.#show(state)
  }

  /** Returns whether the state has changed. Uploads report progress more often than it changes. */
  #show(state: AnyRunState): boolean {
    const isNew = JSON.stringify(state) !== JSON.stringify({ ...this.#state, input: undefined })
    if (isNew) {
      this.#state = { ...state, input: this.#input }
      this.#guard.onChange()
      this.#listeners.forEach((listener) => listener())
    }
    if (state.status !== 'pending') {
      const settle = this.#settle
      this.#settle = undefined
      // React runs the effects of the state first.
      queueMicrotask(() => {
        settle?.(state.status === 'idle' ? { ...state, status: 'stopped' } : state)
        void (settle && this.#guard.onSettle())
      })
    }
    return isNew
  }

  /** Shows an end that this page has seen, and calls the callbacks. */
  #end(state: EndState): void {
    if (this.#show(state)) {
      reportEnd(state, this.#input, this.#persistence.context.options).catch(console.error)
    }
  }

  #resume(id: unknown): AnyRunOutcome | undefined {
    const { context, saved } = this.#persistence
    const taskId = typeof id === 'string' ? id : saved?.taskId
    if (taskId === undefined) {
      return saved ? void this.#showSaved() : ignored('no-run')
    }
    if (taskId !== saved?.taskId) {
      this.#input = undefined
      this.#persistence.saved = undefined
    }
    this.#submission = undefined
    this.#stopWaiting()
    void context.queryClient.resetQueries(taskOptions(context.client, taskId))
    this.#hold(taskId)
    return undefined
  }

  #stop(): void {
    if ('taskId' in this.#state) {
      this.#hold(this.#state.taskId, 'stopped')
    } else if (this.#submission?.stop()) {
      this.#reset()
    }
  }

  #reset(): void {
    this.#submission?.stop()
    if ('task' in this.#state) {
      // Other tabs distinguish this from a run that failed.
      this.#persistence.save(this.#state.taskId, 'stopped')
    }
    this.#submission = undefined
    this.#input = undefined
    this.#hold()
  }

  readonly #onStorage = (event: StorageEvent): void => {
    // A submission of this page finds the run of the other tab before it is sent.
    const isSubmitting = this.#state.status === 'pending' && !('task' in this.#state) && this.#input
    if (!isSubmitting && this.#persistence.follow(event, this.#state)) {
      this.#showOther()
    }
  }
}
