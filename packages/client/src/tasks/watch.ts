import { raceAbort, toAborted } from '../http/abort.ts'
import { checkOptions, checkTaskId } from '../http/check-options.ts'
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

export function createWatch(poller: Poller): WatchTask {
  return (taskId, options) => {
    const stop = new AbortController()
    const states = readStates(poller, taskId, options, stop.signal)
    return {
      next: () => states.next(),
      // A generator alone ignores `return()` until its pending poll has settled.
      return() {
        stop.abort()
        return states.return(undefined)
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }
}

async function* readStates(
  poller: Poller,
  taskId: string,
  options: WatchOptions | undefined,
  stop: AbortSignal,
): AsyncGenerator<Task, undefined> {
  const { signal } = checkOptions(options)
  checkTaskId(taskId)
  let task: Task | undefined
  while (!task || !hasEnded(task)) {
    const state = task?.state
    let unsubscribe = (): void => {}
    const next = new Promise<Task>((onTask, onError) => {
      unsubscribe = poller.subscribe(taskId, { state, onTask, onError })
    })
    try {
      task = await raceAbort(raceAbort(next, signal), stop)
    } catch (error) {
      if (stop.aborted) {
        return
      }
      throw toAborted(error, signal, { taskId })
    } finally {
      unsubscribe()
    }
    yield task
  }
}
