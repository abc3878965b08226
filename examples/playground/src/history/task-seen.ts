import type { RunState } from '@apikley/react'
import type { PastTask } from './history.ts'

/** The task of a run that was charged, or nothing. */
export function taskSeenIn(
  run: RunState,
): (Pick<PastTask, 'taskId'> & Partial<PastTask>) | undefined {
  if (!('taskId' in run) || run.taskId === undefined) {
    return undefined
  }
  const { taskId } = run
  switch (run.status) {
    case 'success':
      return {
        taskId,
        state: 'done',
        urls: run.urls,
        model: run.task.model,
        completedAt: run.task.completeTime,
      }
    case 'error':
      if (run.error.kind === 'task-failed') {
        return { taskId, state: 'failed', message: run.error.failMsg ?? run.error.message }
      }
      return run.error.kind === 'not-found'
        ? { taskId, state: 'failed', message: 'This task no longer exists' }
        : { taskId }
    default:
      return { taskId }
  }
}
