import type { Poller } from './poller.ts'
import { hasEnded, type Task } from './task.ts'

export interface WatchOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * Gives a task each time its state has changed, the last time when it has ended. It is looked at
 * only while somebody asks for what comes next: a loop that is left, or that takes its time, leaves
 * no timer and no request.
 */
export type WatchTask = (taskId: string, options?: WatchOptions) => AsyncIterableIterator<Task>

export function createWatch(follow: Poller['follow']): WatchTask {
  return (taskId, { signal } = {}) => {
    let state: string | undefined
    let over = false
    let cancel = (): void => {}
    let turn: Promise<unknown> = Promise.resolve()

    function change(): Promise<IteratorResult<Task, undefined>> {
      return new Promise((resolve, reject) => {
        if (over) {
          return resolve(done)
        }
        const leave = follow(taskId, {
          state,
          signal,
          onTask(task) {
            leave()
            state = task.state
            over = hasEnded(task)
            resolve({ done: false, value: task })
          },
          onError(error) {
            over = true
            reject(error)
          },
        })
        cancel = () => {
          leave()
          resolve(done)
        }
      })
    }

    const iterator: AsyncIterableIterator<Task> = {
      next() {
        const result = turn.then(change)
        turn = result.catch(() => {})
        return result
      },
      // By hand, because a generator takes no notice of this before its next look has come back.
      async return() {
        over = true
        cancel()
        return done
      },
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }
}

const done = { done: true, value: undefined } as const
