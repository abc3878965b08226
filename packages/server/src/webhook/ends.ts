import type { Task } from '@apikley/client'
import { failedTask } from './failed-task.ts'
import type { WebhookClient, WebhookOptions } from './options.ts'
import { parametersOf } from './token.ts'

/** The ends of tasks, each of which `onTask` is told once. */
export interface Ends {
  /** Whether no other end can come, so that the task need not be read again. */
  isTold(taskId: string): boolean
  /**
   * Reads a task and tells its end, unless it is told already, and gives what to answer.
   *
   * @param onTelling told before `onTask` is called that it is, and at once when it has failed,
   *   that it is not any more
   * @throws what the client or `seen` throws
   */
  tell(
    client: WebhookClient,
    taskId: string,
    onTelling: (telling: boolean) => void,
  ): Promise<number>
}

/** Tells `onError`, and never fails itself. */
export type Report = (error: unknown, taskId?: string) => Promise<void>

/** Ends that are remembered, so that a callback that comes again costs nothing. */
const most = 10_000

export function createEnds(
  { onTask, seen }: Pick<WebhookOptions, 'onTask' | 'seen'>,
  report: Report,
): Ends {
  const told = new Set<string>()
  return {
    // What reads as failed for want of a record (408) may have succeeded after all.
    isTold: (taskId) => told.has(`${taskId}:success`),

    async tell({ tasks }, taskId, onTelling) {
      const task = await tasks.get(taskId).catch(failedTask)
      if (task.taskId !== taskId || !/^(success|fail)$/.test(task.state)) {
        return 503
      }
      tasks.notify(task)
      const end = `${taskId}:${task.state}`
      if (told.has(end)) {
        return 200
      }
      const claim = seen ? await seen.claim(end) : 'mine'
      if (claim === 'busy') {
        return 503
      }
      if (claim === 'mine') {
        onTelling(true)
        try {
          await onTask(task, { attemptId: attemptIdOf(task) })
        } catch (error) {
          onTelling(false)
          await Promise.all([report(error, taskId), reported(() => seen?.release(end), taskId)])
          return 500
        }
      } else if (claim !== 'done') {
        throw new TypeError(`seen.claim should give mine, busy or done, and gave ${String(claim)}`)
      }
      told.add(end)
      const [oldest = ''] = told
      if (told.size > most) {
        told.delete(oldest)
      }
      // What is told stays told, though the store does not know it.
      if (claim === 'mine') {
        await reported(() => seen?.done(end), taskId)
      }
      return 200
    },
  }

  /** Does what changes no answer any more. */
  async function reported(act: () => unknown, taskId: string): Promise<void> {
    try {
      await act()
    } catch (error) {
      await report(error, taskId)
    }
  }
}

/** The last one, which the client has put there. */
function attemptIdOf({ param }: Task): string | undefined {
  return parametersOf(param?.callBackUrl ?? '')
    .getAll('attemptId')
    .at(-1)
}
