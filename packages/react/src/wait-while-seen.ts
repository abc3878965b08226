import type { Apikley, Task, WaitOptions } from '@apikley/client'
import { focusManager } from '@tanstack/react-query'

/**
 * Waits through the client's poller while the page is seen. Where it is hidden nothing is asked; when it is seen again, the task is looked at at once
 * and the wait begins anew, with all its time.
 */
export function waitWhileSeen({ tasks }: Apikley, taskId: string, { signal, ...options }: WaitOptions): Promise<Task> {
  return new Promise((resolve, reject) => {
    let wait: AbortController | undefined
    const unsubscribe = focusManager.subscribe(look)
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    else if (focusManager.isFocused()) begin()

    function look(): void {
      if (!focusManager.isFocused()) pause()
      else if (!wait) {
        tasks.notify(taskId)
        begin()
      }
    }

    function begin(): void {
      const mine = (wait = new AbortController())
      tasks.wait(taskId, { ...options, signal: mine.signal }).then(
        (task) => mine === wait && end(() => resolve(task)),
        (error: unknown) => mine === wait && end(() => reject(error)),
      )
    }

    function pause(): void {
      wait?.abort()
      wait = undefined
    }

    function abort(): void {
      pause()
      end(() => reject(signal?.reason))
    }

    function end(settle: () => void): void {
      unsubscribe()
      signal?.removeEventListener('abort', abort)
      settle()
    }
  })
}
