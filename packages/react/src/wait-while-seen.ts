import type { Apikley, Task, WaitOptions } from '@apikley/client'
import { focusManager } from '@tanstack/react-query'

/**
 * Waits through the client's poller while the page is seen. While it is hidden nothing is asked;
 * when it is seen again, the task is looked at at once, and the wait begins anew with all its time.
 */
export function waitWhileSeen(
  { tasks }: Apikley,
  taskId: string,
  { signal, ...options }: WaitOptions,
): Promise<Task> {
  let wait: AbortController | undefined
  let unsubscribe: (() => void) | undefined
  return new Promise<Task>((resolve, reject) => {
    const look = (again?: unknown): void => {
      if (signal?.aborted || !focusManager.isFocused()) {
        wait?.abort()
        wait = undefined
      } else if (!wait) {
        if (again) {
          tasks.notify(taskId)
        }
        const mine = (wait = new AbortController())
        tasks
          .wait(taskId, { ...options, signal: mine.signal })
          .then(resolve, (error: unknown) => mine.signal.aborted || reject(error))
      }
      if (signal?.aborted) {
        reject(signal.reason)
      }
    }
    unsubscribe = focusManager.subscribe(look)
    signal?.addEventListener('abort', look)
    look()
  }).finally(unsubscribe)
}
