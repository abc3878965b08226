import { ApikleyError } from '@apikley/client'
import type { ModelFileInput, ModelId } from '@apikley/types'
import type { RunControls } from './run-controls.ts'
import { createRunMemory, type RunMemory } from './run-memory.ts'
import { now, type RunContext } from './run-context.ts'
import { creating, idle, isWaiting, type RunState } from './run-state.ts'
import { readSaved, timeLeft, type Attempt, type Bought, type SavedRun } from './saved-run.ts'
import { taskKey } from './task-options.ts'

/**
 * A run up to the task that it buys, apart from the components that show it: those come and go,
 * also while it is under way. They wait for the task, and tell when that is over.
 */
export interface Run<M extends ModelId> {
  /**
   * Takes what the component has that was rendered last. An option that it leaves out stays as
   * another component of a named run has it.
   */
  use(context: RunContext<M>): void
  state(): RunState
  subscribe(listener: () => void): () => void
  readonly controls: RunControls<M>
  /** Takes what a component shows of the task that it waits for. */
  shown(taskId: string | undefined, seen: RunState): void
}

/** @param name under which it is remembered, and shown by several components */
export function createRun<M extends ModelId>(name?: string): Run<M> {
  const listeners = new Set<() => void>()
  let context: RunContext<M>
  let state: RunState = idle
  /** What is being submitted. Whatever an earlier one has to say is not listened to. */
  let submitting: AbortController | undefined
  let stopping: Bought['over']
  /** The wait for the task is over. */
  let waited = false
  let memory: RunMemory | undefined
  let reading: Promise<void> | undefined
  /** What was remembered last: the task, or the attempt to create it. */
  let known: SavedRun<M> | undefined
  /** When that was, in Unix ms. A store that fails or is slow may still have something older. */
  let knownAt = 0

  function set(to: RunState): void {
    // Uploads tell more often than there is something new.
    if (JSON.stringify(to) === JSON.stringify(state)) {
      return
    }
    state = to
    for (const listener of listeners) {
      listener()
    }
  }

  const isPending = (): boolean => state.status === 'pending' && !waited

  /** Carries out what is wanted, after what was remembered is shown. */
  function whenRead(act: () => unknown): void {
    if (!memory && name !== undefined) {
      memory = createRunMemory(name, context.options.store, context.client.transport.clock)
      const show = (found: unknown): void => {
        reading = undefined
        const saved = readSaved(context, found)
        if (saved) {
          restore(saved)
        }
      }
      const found = memory.read()
      if (found instanceof Promise) {
        reading = found.then(show)
      } else {
        show(found)
      }
    }
    if (reading) {
      void reading.then(act)
    } else {
      act()
    }
  }

  function write(entry?: SavedRun<M>): Promise<unknown> | undefined {
    known = entry
    knownAt = now(context)
    return memory?.write(entry)
  }

  function restore(saved: SavedRun<M>): void {
    known = saved
    knownAt = saved.at
    if (saved.taskId !== undefined) {
      show(saved)
    } else if (timeLeft(context, saved) > 0) {
      void send(saved.input, saved)
    } else {
      fail(
        ApikleyError.from({ kind: 'unconfirmed', message: unanswered, attemptId: saved.attemptId }),
        saved,
      )
    }
  }

  function show({ taskId, over }: Bought): void {
    waited = false
    set(
      over === 'stopped'
        ? { status: 'idle', taskId }
        : { status: 'pending', phase: 'waiting', taskId, task: undefined },
    )
  }

  /** @param earlier makes this attempt once more */
  async function send(input: ModelFileInput<M>, earlier?: Attempt<M>): Promise<void> {
    const { client, model, options } = context
    const { callbackUrl, onCreated } = options
    const controller = (submitting = new AbortController())
    const { signal } = controller
    const isCurrent = (): boolean => submitting === controller
    let attempt: SavedRun<M> | undefined = earlier
    let other: SavedRun<M> | undefined
    let taskId: string | undefined
    stopping = undefined
    waited = false
    try {
      set(
        hasFile(input)
          ? { status: 'pending', phase: 'uploading', progress: { loaded: 0, total: 0 } }
          : creating,
      )
      await client.run(model, input, {
        signal,
        attemptId: earlier?.attemptId,
        firstSentAt: earlier?.at,
        callbackUrl,
        timeout: earlier ? timeLeft(context, earlier) : options.timeout,
        onPhase(phase) {
          if (phase === 'creating' && isCurrent()) {
            set(creating)
          }
          // The wait is a query, for all who look at the task, and stops while nobody does.
          if (phase === 'waiting') {
            controller.abort()
          }
        },
        onUpload: (progress) =>
          isCurrent() && set({ status: 'pending', phase: 'uploading', progress }),
        async onAttempt(made) {
          if (earlier) {
            return
          }
          attempt = readSaved(context, { ...made, model, at: now(context) })
          const found = readSaved(context, await memory?.read())
          // Another page is at it.
          if (
            found &&
            found.at > knownAt &&
            (found.taskId === undefined ? timeLeft(context, found) > 0 : !found.over)
          ) {
            other = found
          } else if (isCurrent()) {
            await write(attempt)
          }
          if (other || !isCurrent()) {
            controller.abort()
          }
        },
        onCreated(id) {
          taskId = id
          if (isCurrent()) {
            void write({ taskId, at: now(context) })
          }
          return onCreated?.(id)
        },
      })
    } catch (error) {
      if (!isCurrent()) {
        return
      }
      if (!signal.aborted) {
        fail(error, attempt, earlier)
      } else if (other) {
        restore(other)
      } else if (taskId !== undefined) {
        hold(taskId, stopping)
      }
    }
  }

  /** Remembers a task, and waits for it unless that is over. */
  function hold(taskId: string, over?: Bought['over']): void {
    const bought = { taskId, at: now(context), over }
    void write(bought)
    show(bought)
  }

  /** @param again the attempt was made before, and this says nothing about the first time */
  function fail(cause: unknown, attempt?: SavedRun<M>, again?: unknown): void {
    const error = ApikleyError.is(cause)
      ? cause
      : ApikleyError.from({ kind: 'unexpected-response', message: String(cause) })
    const { taskId, kind } = error
    const isOpen = attempt?.attemptId !== undefined && (again || kind === 'unconfirmed')
    if (taskId !== undefined) {
      void write({ taskId, at: now(context) })
    } else if (!isOpen) {
      void write()
    }
    set({
      status: 'error',
      error,
      taskId,
      resumable: taskId !== undefined || (!!isOpen && timeLeft(context, attempt) > 0),
    })
  }

  /**
   * Calls off an upload. What is being sent may have arrived: it comes to its end, and nobody
   * listens.
   */
  function leave(): void {
    if (state !== creating) {
      submitting?.abort()
    }
    submitting = undefined
    set(idle)
  }

  return {
    use: (given) =>
      void (context = { ...given, options: { ...(name && context?.options), ...given.options } }),
    state: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    controls: {
      run: (input) => whenRead(() => isPending() || send(input)),
      resume: (given) =>
        whenRead(() => {
          if (isPending()) {
            return
          }
          const saved = readSaved(context, known)
          const taskId = typeof given === 'string' ? given : saved?.taskId
          if (taskId !== undefined) {
            void context.queryClient.resetQueries({ queryKey: taskKey(taskId) })
            hold(taskId)
          } else if (saved) {
            restore(saved)
          }
        }),
      stop: () =>
        whenRead(() => {
          if (!isPending()) {
            return
          }
          if (isWaiting(state)) {
            hold(state.taskId, 'stopped')
          } else if (state === creating) {
            stopping = 'stopped'
          } else {
            leave()
          }
        }),
      reset: () =>
        whenRead(() => {
          void write()
          leave()
        }),
    },
    shown: (taskId, seen) =>
      whenRead(() => {
        if (!isWaiting(state) || state.taskId !== taskId) {
          return
        }
        // A component that comes back waits again.
        waited = seen.status !== 'pending'
        // A result that is looked at again is no newer.
        if (seen.status === 'success' && !known?.over) {
          void write({ taskId, at: now(context), over: 'ended' })
        }
        if (seen.status === 'error' && !seen.resumable && known) {
          void write()
        }
      }),
  }
}

/**
 * Whether there is something to upload, as far as it can be seen at once: so that what is shown
 * first is right.
 */
function hasFile(input: object): boolean {
  return Object.values(input)
    .flat()
    .some(
      (value) =>
        value instanceof Blob || (typeof value === 'string' && /^data:[^,]*;base64,/i.test(value)),
    )
}

const unanswered = 'The page was left before an answer: look at the account first.'
