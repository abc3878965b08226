import { ApikleyError, type ApikleyErrorKind } from '@apikley/client'
import type { ModelFileInput, ModelId } from '@apikley/types'
import { knownError } from './known-error.ts'
import { now, type RunContext } from './run-context.ts'
import { creating, idle, waitingFor, type RunState } from './run-state.ts'
import { browserStore } from './run-store.ts'
import { createSavedRun, readSaved, timeLeft, type Attempt, type Bought, type Saved, type SavedRun } from './saved-run.ts'
import { submit } from './submit.ts'
import { taskKey } from './task-options.ts'

/**
 * A run up to the task that it buys, apart from the components that show it: those come and go, also while it is under way. They wait for the task, and
 * tell when that is over.
 */
export interface Run {
  readonly state: () => RunState
  readonly subscribe: <M extends ModelId>(listener: () => void, context: RunContext<M>) => () => unknown
  readonly run: <M extends ModelId>(input: ModelFileInput<M>, context: RunContext<M>) => void
  readonly resume: <M extends ModelId>(taskId: string | undefined, context: RunContext<M>) => void
  readonly stop: <M extends ModelId>(context: RunContext<M>) => void
  readonly reset: <M extends ModelId>(context: RunContext<M>) => void
  /** @param kind of the error that ended the wait; none after a success */
  readonly waited: <M extends ModelId>(taskId: string, kind: ApikleyErrorKind | undefined, context: RunContext<M>) => void
}

export function createRun(persistKey?: string): Run {
  const listeners = new Set<() => void>()
  let state: RunState = idle
  /** What is being submitted. Whatever an earlier one has to say is not listened to. */
  let submitting: AbortController | undefined
  let stopping = false
  /** The wait for the task is over. */
  let waited = false
  /** Makes an unconfirmed attempt again. */
  let repeat: (() => void) | undefined
  let saved: SavedRun | undefined
  let reading: Promise<void> | undefined

  function set(to: RunState): void {
    state = to
    for (const listener of listeners) listener()
  }

  /** The place where this run is remembered. What is found there is shown. */
  function open<M extends ModelId>(context: RunContext<M>): SavedRun {
    if (saved) return saved
    const { store = browserStore } = context.options
    saved = createSavedRun(persistKey === undefined ? undefined : store, persistKey ?? '')
    const found = saved.read(context)
    if (found instanceof Promise) {
      const mine = (reading = found.then((entry) => {
        if (reading === mine) restore(entry, context)
        reading = undefined
      }))
    } else restore(found, context)
    return saved
  }

  function restore<M extends ModelId>(entry: Saved<M> | undefined, context: RunContext<M>): void {
    if (!entry) return
    if (entry.taskId !== undefined) set(entry.over === 'stopped' ? { status: 'idle', taskId: entry.taskId } : waitingFor(entry.taskId))
    else if (mayRepeat(entry, context)) void send(entry.input, context, entry)
    else fail(leftBehind(entry), context, entry)
  }

  /** @param earlier makes this attempt once more */
  async function send<M extends ModelId>(input: ModelFileInput<M>, context: RunContext<M>, earlier?: Attempt<M>): Promise<void> {
    const { timeout = Infinity, onCreated } = context.options
    const memory = open(context)
    const controller = (submitting = new AbortController())
    const isCurrent = (): boolean => submitting === controller
    let attempt: Saved<M> | undefined = earlier
    let other: Saved<M> | undefined
    let shown = { loaded: -1, total: 0 }
    stopping = waited = false
    set(creating)
    try {
      const taskId = await submit(context, input, controller, {
        attemptId: earlier?.attemptId,
        timeout: earlier ? Math.min(timeout, timeLeft(earlier, context)) : context.options.timeout,
        onPhase: (phase) => phase === 'creating' && isCurrent() && set(creating),
        onUpload(progress) {
          if (!isCurrent() || (progress.loaded === shown.loaded && progress.total === shown.total)) return
          shown = progress
          set({ status: 'pending', phase: 'uploading', progress })
        },
        async onAttempt(made) {
          if (earlier) return
          attempt = readSaved({ ...made, model: context.model, at: now(context) }, context)
          other = await memory.readOther(context)
          if (isCurrent() && !other && attempt) await memory.write(attempt)
          // Reset while that took its time, or begun on another page.
          if (!isCurrent() || other) controller.abort()
        },
        async onCreated(id) {
          if (isCurrent()) await memory.write({ taskId: id, at: now(context) })
          await onCreated?.(id)
        },
      })
      if (!isCurrent()) return
      if (taskId === undefined) restore(other, context)
      else hold(taskId, context, stopping ? 'stopped' : undefined)
    } catch (error) {
      if (isCurrent()) fail(error, context, attempt, earlier !== undefined)
    }
  }

  /** Keeps a task, and waits for it if that is wanted. */
  function hold<M extends ModelId>(taskId: string, context: RunContext<M>, over?: Bought['over']): void {
    waited = false
    void open(context).write({ taskId, at: now(context), over })
    set(over ? { status: 'idle', taskId } : waitingFor(taskId))
  }

  /** @param again the attempt was made before, about which this says nothing */
  function fail<M extends ModelId>(cause: unknown, context: RunContext<M>, attempt?: Saved<M>, again = false): void {
    const error = knownError(cause)
    const { taskId, kind } = error
    let resumable = taskId !== undefined
    repeat = undefined
    if (taskId !== undefined) void open(context).write({ taskId, at: now(context) })
    else if (attempt?.attemptId !== undefined && (again || kind === 'unconfirmed')) {
      resumable = mayRepeat(attempt, context)
      repeat = () => restore(attempt, context)
    } else void open(context).remove()
    set({ status: 'error', error, taskId, resumable })
  }

  const isPending = (): boolean => state.status === 'pending' && !waited

  const run: Run = {
    state: () => state,
    subscribe(listener, context) {
      listeners.add(listener)
      open(context)
      return () => listeners.delete(listener)
    },
    run(input, context) {
      open(context)
      if (reading) void reading.then(() => run.run(input, context))
      else if (!isPending()) void send(input, context)
    },
    resume(given, context) {
      open(context)
      if (reading) void reading.then(() => run.resume(given, context))
      else if (!isPending()) {
        const taskId = typeof given === 'string' ? given : 'taskId' in state ? state.taskId : undefined
        if (taskId === undefined) return repeat?.()
        void context.queryClient.resetQueries({ queryKey: taskKey(taskId) })
        hold(taskId, context)
      }
    },
    stop(context) {
      if (!isPending() || state.status !== 'pending') return
      if (state.phase === 'waiting') hold(state.taskId, context, 'stopped')
      else if (state.phase === 'creating') stopping = true
      else leave()
    },
    reset(context) {
      void open(context).remove()
      reading = undefined
      leave()
    },
    waited(taskId, kind, context) {
      waited = true
      if (kind === 'not-found') void open(context).remove()
      else if (!kind || kind === 'task-failed') void open(context).write({ taskId, at: now(context), over: 'ended' })
    },
  }

  /** Calls off an upload. What is being sent may have arrived: it comes to its end, and nobody listens. */
  function leave(): void {
    if (state.status === 'pending' && state.phase === 'uploading') submitting?.abort()
    submitting = repeat = undefined
    set(idle)
  }

  return run
}

/** Only a proxy gives one task for one attempt, and only for a while. */
function mayRepeat<M extends ModelId>(attempt: Attempt<M>, context: RunContext<M>): boolean {
  return context.client.transport.proxied && timeLeft(attempt, context) > 0
}

function leftBehind({ attemptId }: Attempt<ModelId>): ApikleyError {
  return new ApikleyError({
    kind: 'unconfirmed',
    attemptId,
    message: 'The page was left while the task was being sent. It may have been charged: look at the account before you send it again.',
  })
}
