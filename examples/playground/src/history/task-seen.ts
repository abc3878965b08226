import type { RunState } from '@apikley/react'
import type { Task } from '@apikley/client'
import type { PastTask } from './past-task.ts'

type News = Pick<PastTask, 'taskId'> & Partial<PastTask>

/** The news about the task of a run, if it has created one. */
export function taskSeenIn(run: RunState): News | undefined {
  if (!('taskId' in run) || run.taskId === undefined) {
    return undefined
  }
  const { taskId } = run
  switch (run.status) {
    case 'success':
      return { taskId, state: 'done', ...resultOf(run.task) }
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

function resultOf(task: Task): Partial<PastTask> {
  const { urls, text, object, result } = task
  const seed = result?.seed ?? object.seed
  return {
    urls,
    ...(urls.length === 0 ? { text, object } : {}),
    seed: typeof seed === 'number' ? seed : undefined,
    createdAt: task.createTime,
    completedAt: task.completeTime ?? task.updateTime,
  }
}

/** The id that the service knows. The proxy appends a signature to it. */
export function serviceId(taskId: string): string {
  return taskId.split('.')[0] ?? taskId
}

/** The credits of a finished task, or `undefined` if the service does not report them. */
export async function readCredits(taskId: string): Promise<number | undefined> {
  const response = await fetch(`/api/credits/${serviceId(taskId)}`).catch(() => undefined)
  const body: unknown = response?.ok ? await response.json() : undefined
  const credits: unknown = Reflect.get(Object(body), 'credits')
  return typeof credits === 'number' ? credits : undefined
}
