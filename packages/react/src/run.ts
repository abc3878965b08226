import { ApikleyError, type ApikleyErrorKind } from '@apikley/client'
import type { ModelFileInput, ModelId } from '@apikley/types'
import { knownError } from './known-error.ts'
import { now, type RunContext } from './run-context.ts'
import { idle, type RunState } from './run-state.ts'
import { browserStore, nowhere } from './run-store.ts'
import { attemptOf, createSavedRun, timeLeft, type Attempt, type Saved, type SavedRun } from './saved-run.ts'
import { submit } from './submit.ts'
import { waitWhileSeen } from './wait-while-seen.ts'

/** A run and its state, apart from the components that show it: those come and go, also while it is under way. */
export interface Run {
  readonly state: () => RunState
  readonly subscribe: <M extends ModelId>(listener: () => void, context: RunContext<M>) => () => void
  readonly run: <M extends ModelId>(input: ModelFileInput<M>, context: RunContext<M>) => void
  readonly resume: <M extends ModelId>(taskId: string | undefined, context: RunContext<M>) => void
  readonly stop: <M extends ModelId>(context: RunContext<M>) => void
  readonly reset: <M extends ModelId>(context: RunContext<M>) => void
}

/** Of an attempt that is made again, these say nothing about the first time. */
const undecided: readonly ApikleyErrorKind[] = ['unconfirmed', 'authentication', 'rate-limited', 'connection', 'maintenance', 'server']

/** @param onUnused nobody shows the run any more, and there is nothing to show */
export function createRun(persistKey?: string, onUnused: () => void = () => {}): Run {
  const listeners = new Set<() => void>()
  let state: RunState = idle
  /** What is being submitted. Whatever an earlier one has to say is not listened to, but for the id of one that was stopped. */
  let submitting: AbortController | undefined
  let stopped: AbortController | undefined
  /** Begins to wait for the task; and the wait that this has begun. */
  let wait: (() => AbortController) | undefined
  let waiting: AbortController | undefined
  /** Makes an unconfirmed attempt again. */
  let repeat: (() => void) | undefined
  let saved: SavedRun | undefined
  /** The store is being read; and what the user wants meanwhile. */
  let reading: object | undefined
  let wanted: (() => void) | undefined

  function set(to: RunState): void {
    state = to
    for (const listener of listeners) listener()
    attend()
  }

  /** Waits for the task as long as somebody is there to see it. */
  function attend(): void {
    if (state.status === 'pending' && state.phase === 'waiting' && listeners.size > 0) waiting ??= wait?.()
    else {
      waiting?.abort()
      waiting = undefined
    }
  }

  /** The place where this run is remembered. What is found there is shown. */
  function open<M extends ModelId>(context: RunContext<M>): SavedRun {
    if (saved) return saved
    const { store = browserStore } = context.options
    saved = createSavedRun(persistKey === undefined ? nowhere : store, persistKey ?? '')
    const found = saved.read(context)
    if (found instanceof Promise) void read(found, context)
    else if (found) restore(found, context)
    return saved
  }

  async function read<M extends ModelId>(found: Promise<Saved<M> | undefined>, context: RunContext<M>): Promise<void> {
    const mine = (reading = {})
    const entry = await found
    if (reading !== mine) return
    reading = undefined
    if (entry) restore(entry, context)
    wanted?.()
    wanted = undefined
  }

  function restore<M extends ModelId>(entry: Saved<M>, context: RunContext<M>): void {
    if (!('taskId' in entry)) {
      if (mayRepeat(entry, context)) void send(entry.input, context, entry)
      else failToSubmit(leftBehind(entry), context, entry)
    } else if (entry.over === 'stopped') set({ status: 'idle', taskId: entry.taskId })
    else waitFor(entry.taskId, context)
  }

  /** @param earlier makes this attempt once more */
  async function send<M extends ModelId>(input: ModelFileInput<M>, context: RunContext<M>, earlier?: Attempt<M>): Promise<void> {
    const { timeout, onCreated } = context.options
    const memory = open(context)
    const controller = (submitting = new AbortController())
    const isCurrent = (): boolean => submitting === controller
    let attempt = earlier
    let other: Saved<M> | undefined
    stopped = repeat = undefined
    set({ status: 'pending', phase: 'creating' })
    try {
      const taskId = await submit(context, input, {
        controller,
        attemptId: earlier?.attemptId,
        timeout: earlier ? Math.min(timeout ?? Infinity, timeLeft(earlier, context)) : timeout,
        onPhase(phase) {
          if (isCurrent() && phase === 'creating' && !(state.status === 'pending' && state.phase === phase))
            set({ status: 'pending', phase })
        },
        onUpload(progress) {
          if (!isCurrent() || state.status !== 'pending') return
          const shown = state.phase === 'uploading' ? state.progress : undefined
          if (shown?.loaded === progress.loaded && shown.total === progress.total) return
          set({ status: 'pending', phase: 'uploading', progress })
        },
        async onAttempt(made) {
          if (earlier) return
          attempt = attemptOf(made, context)
          other = await memory.readOther(context)
          if (isCurrent() && !other && attempt) await memory.write(attempt)
          // Reset while that took its time, or begun on another page.
          if (!isCurrent() || other) controller.abort()
        },
        async onCreated(id) {
          if (isCurrent() || stopped === controller)
            await memory.write({ taskId: id, at: now(context), over: isCurrent() ? undefined : 'stopped' })
          await onCreated?.(id)
        },
      })
      if (taskId === undefined) {
        if (isCurrent() && other) restore(other, context)
      } else if (isCurrent()) waitFor(taskId, context)
      else if (stopped === controller) set({ status: 'idle', taskId })
    } catch (error) {
      if (isCurrent()) failToSubmit(error, context, attempt, earlier !== undefined)
      else if (stopped === controller) void memory.remove()
    }
  }

  function waitFor<M extends ModelId>(taskId: string, context: RunContext<M>): void {
    let seen: object | undefined
    wait = () => {
      const mine = new AbortController()
      const ifMine =
        <Value>(act: (value: Value) => void) =>
        (value: Value): void => {
          if (waiting === mine) act(value)
        }
      waitWhileSeen(context.client, taskId, {
        signal: mine.signal,
        timeout: context.options.timeout,
        onUpdate: ifMine((task) => {
          // A wait that begins anew first tells what is known already; and the end comes by itself.
          if (task === seen || task.state === 'success' || task.state === 'fail') return
          seen = task
          set({ status: 'pending', phase: 'waiting', taskId, task })
        }),
      }).then(
        ifMine((task) => {
          void open(context).write({ taskId, at: now(context), over: 'ended' })
          set({ status: 'success', taskId, urls: task.urls, task })
        }),
        ifMine((error) => failToWait(error, context, taskId)),
      )
      return mine
    }
    set({ status: 'pending', phase: 'waiting', taskId, task: undefined })
  }

  function failToSubmit<M extends ModelId>(cause: unknown, context: RunContext<M>, attempt?: Attempt<M>, again?: boolean): void {
    const error = knownError(cause)
    if (error.taskId !== undefined) return failToWait(error, context, error.taskId)
    if (attempt && (again ? undecided.includes(error.kind) : error.kind === 'unconfirmed')) {
      repeat = () => {
        if (mayRepeat(attempt, context)) void send(attempt.input, context, attempt)
        else failToSubmit(error, context, attempt)
      }
      return set({ status: 'error', error, taskId: undefined, resumable: mayRepeat(attempt, context) })
    }
    void open(context).remove()
    set({ status: 'error', error, taskId: undefined, resumable: false })
  }

  function failToWait<M extends ModelId>(cause: unknown, context: RunContext<M>, taskId: string): void {
    const error = knownError(cause)
    const ended = error.kind === 'task-failed'
    const resumable = !ended && error.kind !== 'not-found'
    void (ended || resumable
      ? open(context).write({ taskId, at: now(context), over: ended ? 'ended' : undefined })
      : open(context).remove())
    set({ status: 'error', error, taskId, resumable })
  }

  const run: Run = {
    state: () => state,
    subscribe(listener, context) {
      listeners.add(listener)
      open(context)
      attend()
      return () => {
        listeners.delete(listener)
        // Not at once: React may take a component away and put it back in one go.
        queueMicrotask(() => {
          attend()
          if (listeners.size === 0 && state === idle) onUnused()
        })
      }
    },
    run(input, context) {
      open(context)
      if (reading) wanted = () => run.run(input, context)
      else if (state.status !== 'pending') void send(input, context)
    },
    resume(taskId, context) {
      const memory = open(context)
      if (reading) wanted = () => run.resume(taskId, context)
      else if (state.status !== 'pending') {
        const id =
          typeof taskId === 'string'
            ? taskId
            : state.status === 'idle' || (state.status === 'error' && state.resumable)
              ? state.taskId
              : undefined
        if (id === undefined) return repeat?.()
        repeat = undefined
        void memory.write({ taskId: id, at: now(context) })
        waitFor(id, context)
      }
    },
    stop(context) {
      if (state.status !== 'pending') return
      const taskId = state.phase === 'waiting' ? state.taskId : undefined
      if (taskId !== undefined) void open(context).write({ taskId, at: now(context), over: 'stopped' })
      if (state.phase === 'creating') stopped = submitting
      leave()
      set({ status: 'idle', taskId })
    },
    reset(context) {
      leave()
      reading = wanted = stopped = repeat = undefined
      void open(context).remove()
      set(idle)
    },
  }

  /** Calls off an upload. What is being sent may have arrived: it comes to its end, and nobody listens. */
  function leave(): void {
    if (state.status === 'pending' && state.phase === 'uploading') submitting?.abort()
    submitting = undefined
  }

  return run
}

/** Only a proxy gives one task for one attempt, and only for a while. */
function mayRepeat<M extends ModelId>(attempt: Attempt<M>, context: RunContext<M>): boolean {
  return context.client.transport.proxied && timeLeft(attempt, context) > 0
}

function leftBehind({ attemptId, model }: Attempt<ModelId>): ApikleyError {
  const message = `The page was left while a task of ${model} was being sent. It may have been accepted and charged: look at the account before you send it again.`
  return new ApikleyError({ kind: 'unconfirmed', attemptId, message })
}
