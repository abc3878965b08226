import { ApikleyError, hasFiles, type Apikley, type UploadProgress } from '@apikley/client'
import type { ModelFileInput, ModelId } from '@apikley/types'
import { taskOptions } from './options.ts'
import { now, Persistence, repeatTimeLeft, withTimeout } from './persistence.ts'
import type { SavedAttempt, SavedRun, SavedTask } from './persistence.ts'
import { IDLE, isWaiting, type RunContext, type RunControls, type RunState } from './types.ts'

/** What a run does. `run-steps.test.tsx` lists the transitions. */
export type RunStep =
  | 'new' // no component has rendered it
  | 'restoring' // the store is read, and the controls wait for it
  | 'idle'
  | 'uploading'
  | 'storing' // the attempt is saved, and `reset` still aborts it
  | 'sending' // the task may have been sent, and nothing aborts it
  | 'waiting' // a component waits for the task
  | 'ended' // the wait is over, successful or not
  | 'failed' // there is no task, or `onCreated` failed

const CREATING: RunState = { status: 'pending', phase: 'creating' }

const DEFAULT_TIMEOUT_MS = 900_000

/**
 * A run up to its task. It outlives the components that show it. They wait for the task and report
 * the end of the wait.
 */
export class Run {
  readonly controls: RunControls<ModelId> = {
    run: (input) => this.#afterRestore(() => this.#isPending || this.#submit(input)),
    resume: (taskId) => this.#afterRestore(() => this.#isPending || this.#resume(taskId)),
    stop: () => this.#afterRestore(() => this.#isPending && this.#stop()),
    reset: () =>
      this.#afterRestore(() => {
        void this.#persistence.save(this.#context)
        this.#leave()
      }),
  }

  step: RunStep = 'new'
  readonly #persistence: Persistence
  readonly #isNamed: boolean
  readonly #listeners = new Set<() => void>()
  #context: RunContext
  #state: RunState = IDLE
  #restored: Promise<void> | undefined
  /** Aborts the current submission, and tells it from earlier ones, whose results are ignored. */
  #submission: AbortController | undefined
  /** Whether the submission should not be followed by a wait. */
  #isStopped = false

  /** @param name saves the run under this name, and shows it in several components */
  constructor(context: RunContext, name?: string) {
    this.#context = context
    this.#isNamed = name !== undefined
    this.#persistence = new Persistence(name)
  }

  readonly getState = (): RunState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes the context of the component that was rendered last. */
  use(context: RunContext): void {
    // A component that omits an option does not take it from the others.
    const others = this.#isNamed ? this.#context.options : {}
    this.#context = { ...context, options: { ...others, ...context.options } }
  }

  /** Takes the state that a component shows of a task. */
  onRendered(taskId: string | undefined, shown: RunState): void {
    this.#afterRestore(() => {
      if (!isWaiting(this.#state) || this.#state.taskId !== taskId) {
        return
      }
      // A component that mounts again also waits again.
      this.step = shown.status === 'pending' ? 'waiting' : 'ended'
      const { saved } = this.#persistence
      // A result keeps its age when it is shown again.
      if (shown.status === 'success' && !saved?.over) {
        this.#save(taskId, 'ended')
      }
      if (shown.status === 'error' && !shown.resumable && saved) {
        void this.#persistence.save(this.#context)
      }
    })
  }

  get #isPending(): boolean {
    return this.#state.status === 'pending' && this.step !== 'ended'
  }

  #enter(step: RunStep, state: RunState): void {
    this.step = step
    // Uploads report progress more often than it changes.
    if (JSON.stringify(state) === JSON.stringify(this.#state)) {
      return
    }
    this.#state = state
    for (const listener of this.#listeners) {
      listener()
    }
  }

  /** Acts after the saved run, if there is one, is restored. */
  #afterRestore(act: () => unknown): void {
    if (this.step === 'new') {
      this.step = 'restoring'
      const saved = this.#persistence.restore(this.#context)
      if (saved instanceof Promise) {
        this.#restored = saved.then((found) => this.#restore(found))
      } else {
        this.#restore(saved)
      }
    }
    if (this.step === 'restoring') {
      void this.#restored?.then(act)
    } else {
      act()
    }
  }

  #restore(saved: SavedRun | undefined): void {
    if (!saved) {
      this.#enter('idle', IDLE)
    } else if (saved.taskId !== undefined) {
      this.#showTask(saved.taskId, saved.over)
    } else if (repeatTimeLeft(this.#context, saved) > 0) {
      void this.#submit(saved.input, saved)
    } else {
      const { attemptId } = saved
      const message = 'No response arrived. Check the account before another run.'
      this.#fail(ApikleyError.from({ kind: 'unconfirmed', message, attemptId }))
    }
  }

  #resume(id: unknown): void {
    const { saved } = this.#persistence
    const taskId = typeof id === 'string' ? id : saved?.taskId
    if (taskId !== undefined) {
      const { client, queryClient } = this.#context
      void queryClient.resetQueries({ queryKey: taskOptions(client, taskId).queryKey })
      this.#hold(taskId)
    } else if (saved) {
      this.#restore(saved)
    }
  }

  #stop(): void {
    if (isWaiting(this.#state)) {
      this.#hold(this.#state.taskId, 'stopped')
    } else if (this.step === 'uploading') {
      this.#leave()
    } else {
      this.#isStopped = true
    }
  }

  /** Goes back to `idle`. A request that may have left is not aborted. */
  #leave(): void {
    if (this.step !== 'sending') {
      this.#submission?.abort()
    }
    this.#submission = undefined
    this.#enter('idle', IDLE)
  }

  /** @param repeated the attempt that this repeats */
  async #submit(input: ModelFileInput<ModelId>, repeated?: SavedAttempt): Promise<void> {
    const context = this.#context
    const { client, options } = context
    const { callbackUrl, timeout = DEFAULT_TIMEOUT_MS } = options
    const model = repeated?.model ?? context.model
    const controller = new AbortController()
    // A repeat was stored and sent before.
    const creating = repeated ? 'sending' : 'storing'
    const isCurrent = (): boolean => this.#submission === controller
    const enter = (step: RunStep, state: RunState): unknown =>
      isCurrent() && this.#enter(step, state)
    const onUpload = (progress: UploadProgress): unknown =>
      enter('uploading', { status: 'pending', phase: 'uploading', progress })
    this.#submission = controller
    this.#isStopped = false
    try {
      if (hasFiles(input)) {
        onUpload({ loaded: 0, total: 0 })
      } else {
        enter(creating, CREATING)
      }
      const { taskId } = await client.tasks.create(model, input, {
        signal: controller.signal,
        timeout: repeated ? repeatTimeLeft(context, repeated) : timeout,
        callbackUrl,
        attemptId: repeated?.attemptId,
        firstSentAt: repeated?.at,
        onUpload,
        onPhase: (phase) => phase === 'creating' && enter(creating, CREATING),
        onAttempt: async (attempt) => {
          if (!repeated) {
            await this.#persistence.claim(context, attempt, controller)
            this.step = 'sending'
          }
        },
      })
      if (isCurrent()) {
        this.#save(taskId)
      }
      await reportCreated(context, taskId, timeout)
      if (isCurrent()) {
        this.#hold(taskId, this.#isStopped ? 'stopped' : undefined)
      }
    } catch (error) {
      if (isCurrent() && controller.signal.aborted) {
        // Another page has a run in flight.
        this.#restore(this.#persistence.saved)
      } else if (isCurrent()) {
        this.#fail(error, repeated !== undefined)
      }
    }
  }

  #hold(taskId: string, over?: 'stopped'): void {
    this.#save(taskId, over)
    this.#showTask(taskId, over)
  }

  #save(taskId: string, over?: SavedTask['over']): void {
    void this.#persistence.save(this.#context, { taskId, at: now(this.#context), over })
  }

  #showTask(taskId: string, over: SavedTask['over']): void {
    if (over === 'stopped') {
      this.#enter('idle', { status: 'idle', taskId })
    } else {
      this.#enter('waiting', { status: 'pending', phase: 'waiting', taskId, task: undefined })
    }
  }

  /** @param isRepeat the error says nothing about the first time that the attempt was sent */
  #fail(cause: unknown, isRepeat = false): void {
    const error = ApikleyError.is(cause)
      ? cause
      : ApikleyError.from({ kind: 'unexpected-response', message: String(cause) })
    const { taskId, kind } = error
    const { saved } = this.#persistence
    const isOpen = saved?.attemptId !== undefined && (isRepeat || kind === 'unconfirmed')
    if (taskId !== undefined) {
      this.#save(taskId)
    } else if (!isOpen) {
      void this.#persistence.save(this.#context)
    }
    const resumable = taskId !== undefined || (isOpen && repeatTimeLeft(this.#context, saved) > 0)
    this.#enter('failed', { status: 'error', error, taskId, resumable })
  }
}

/** Calls `onCreated` and waits for it. A failure keeps the id. */
async function reportCreated(
  { client, options }: RunContext,
  taskId: string,
  timeout: number,
): Promise<void> {
  if (!options.onCreated) {
    return
  }
  try {
    const reported = Promise.resolve(taskId).then(options.onCreated)
    await withTimeout(client.transport.clock, timeout, reported)
  } catch (cause) {
    const message = `Task ${taskId} was created and charged, but onCreated failed. Call resume().`
    throw new ApikleyError({ kind: 'configuration', taskId, cause, message })
  }
}

/** Named runs, shared by all components of a client. */
const namedRuns = new WeakMap<Apikley, Map<string, Run>>()

export function getNamedRun(context: RunContext, name: string): Run {
  const runs = namedRuns.get(context.client) ?? new Map<string, Run>()
  namedRuns.set(context.client, runs)
  // The options come from components that are mounted.
  const run = runs.get(name) ?? new Run({ ...context, options: {} }, name)
  runs.set(name, run)
  return run
}
