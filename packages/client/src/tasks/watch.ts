import type { Poller } from './poller.ts'
import { hasEnded, type Task } from './task.ts'

export interface WatchOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * Yields a task each time its state has changed, the last time when it has ended. The task is
 * polled only while the next state is requested. A loop that ends early leaves no timer and no
 * request.
 */
export type WatchTask = (taskId: string, options?: WatchOptions) => AsyncIterableIterator<Task>

const DONE = { done: true, value: undefined } as const

export function createWatch(poller: Poller): WatchTask {
  return (taskId, { signal } = {}) => new Watch(poller, taskId, signal)
}

/** By hand, because a generator ignores `return()` until its pending poll has settled. */
class Watch implements AsyncIterableIterator<Task> {
  readonly #poller: Poller
  readonly #taskId: string
  readonly #signal: AbortSignal | undefined
  #state: string | undefined
  #over = false
  #cancel = (): void => {}
  /** The pending call of `next`. Calls run one after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(poller: Poller, taskId: string, signal: AbortSignal | undefined) {
    this.#poller = poller
    this.#taskId = taskId
    this.#signal = signal
  }

  next(): Promise<IteratorResult<Task, undefined>> {
    const result = this.#last.then(() => this.#nextState())
    this.#last = result.catch(() => {})
    return result
  }

  async return(): Promise<IteratorResult<Task, undefined>> {
    this.#over = true
    this.#cancel()
    return DONE
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #nextState(): Promise<IteratorResult<Task, undefined>> {
    return new Promise((resolve, reject) => {
      if (this.#over) {
        return resolve(DONE)
      }
      const unsubscribe = this.#poller.subscribe(this.#taskId, {
        state: this.#state,
        signal: this.#signal,
        onTask: (task) => {
          unsubscribe()
          this.#state = task.state
          this.#over = hasEnded(task)
          resolve({ done: false, value: task })
        },
        onError: (error) => {
          this.#over = true
          reject(error)
        },
      })
      this.#cancel = () => {
        unsubscribe()
        resolve(DONE)
      }
    })
  }
}
