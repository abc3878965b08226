import { ApikleyError, type Task } from '@apikley/client'
import { queryOf } from './signature.ts'

/** The content of a callback. Trust only the task id: anyone may have written the body. */
export interface Callback {
  readonly taskId: string
  /** The parsed body. */
  readonly body: unknown
}

type TaskIds = { readonly [name in 'taskId' | 'task_id']?: unknown }

/**
 * Parses the body of a callback. Returns `undefined` if it names no task. The id is `data.taskId`,
 * `data.task_id`, `taskId` or `task_id`, in this order: older model families use the other places.
 *
 * @example
 * const callback = parseCallback(await request.text())
 * const task = callback && (await apikley.tasks.get(callback.taskId))
 */
export function parseCallback(text: string): Callback | undefined {
  try {
    const body: (TaskIds & { readonly data?: TaskIds | null }) | null = JSON.parse(text)
    const ids = [body?.data?.taskId, body?.data?.task_id, body?.taskId, body?.task_id]
    const taskId = ids.find(isTaskId)
    return taskId === undefined ? undefined : { taskId, body }
  } catch {
    return undefined
  }
}

function isTaskId(id: unknown): id is string {
  return typeof id === 'string' && /^[!-~]{1,200}$/.test(id)
}

/** The client appends it to `callbackUrl`, so the last parameter counts. */
export function idempotencyKeyOf({ param }: Task): string | undefined {
  return queryOf(param?.callBackUrl ?? '')
    .getAll('idempotencyKey')
    .at(-1)
}

/**
 * The task of a `task-failed` error. The service reports some failures by code 501 or 408 without a
 * record, so the other fields are unknown.
 *
 * @throws every other error
 */
export function toFailedTask(error: unknown): Task {
  if (!ApikleyError.is(error) || error.kind !== 'task-failed' || !error.taskId) {
    throw error
  }
  const { taskId, failCode, failMsg } = error
  const raw = { taskId, model: '', state: 'fail' }
  const times = { createTime: undefined, updateTime: undefined, completeTime: undefined }
  const facts = { param: undefined, progress: undefined, creditsConsumed: undefined }
  const nothing = { urls: [], text: '', object: {}, result: undefined }
  return { ...raw, raw, ...times, ...facts, ...nothing, failCode, failMsg }
}
