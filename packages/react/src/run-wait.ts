import { QueryObserver } from '@tanstack/react-query'
import { taskOptions } from './options.ts'
import type { RunView } from './run-view.ts'
import type { Persistence } from './saved-run.ts'
import { toWaitState, type WaitState } from './task-state.ts'

/** Waits for the task of a run while a component shows it, through the query of `useTask`. */
export class RunWait {
  readonly #persistence: Persistence
  readonly #view: RunView
  #unsubscribe: (() => void) | undefined

  constructor(persistence: Persistence, view: RunView) {
    this.#persistence = persistence
    this.#view = view
  }

  get isActive(): boolean {
    return this.#unsubscribe !== undefined
  }

  /** Waits for the task of the state, if there is one. */
  start(): void {
    const { state, listeners, settle } = this.#view
    if (!('task' in state) || this.isActive) {
      return
    }
    const { taskId } = state
    if (listeners.size === 0) {
      settle({ status: 'stopped', taskId })
      return
    }
    const { client, queryClient, options } = this.#persistence.context
    const observer = new QueryObserver(queryClient, {
      ...taskOptions(client, taskId, options),
      enabled: true,
    })
    this.#unsubscribe = observer.subscribe((query) => this.#show(taskId, toWaitState(query)))
    this.#show(taskId, toWaitState(observer.getCurrentResult()))
  }

  end(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
  }

  #show(taskId: string, found: WaitState): void {
    const { saved } = this.#persistence
    if (found.status === 'error') {
      const { error } = found
      const resumable = !['task-failed', 'not-found'].includes(error.kind)
      if (!resumable && saved) {
        this.#persistence.save()
      }
      this.#view.end({ status: 'error', error, taskId, resumable })
    } else if (found.status === 'success' && saved?.over) {
      // A result keeps its age when it is shown again.
      this.#view.show({ ...found, taskId })
    } else if (found.status === 'success') {
      this.#persistence.save(taskId, 'ended')
      this.#view.end({ ...found, taskId })
    } else if (found.task?.state !== 'fail') {
      // The error of a failed task follows at once.
      this.#view.show({ ...found, phase: 'waiting', taskId })
    }
  }
}
