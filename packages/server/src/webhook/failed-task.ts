import { ApikleyError, type Task } from '@apikley/client'

/**
 * The task that an error is about, when it says that the task has failed: code 501 or 408 then
 * stands in the place of the record, and no more is known.
 *
 * @throws the error, when it says something else
 */
export function failedTask(error: unknown): Task {
  if (!ApikleyError.is(error) || error.kind !== 'task-failed' || !error.taskId) {
    throw error
  }
  const { taskId, failCode, failMsg } = error
  const none = undefined
  return {
    taskId,
    model: '',
    state: 'fail',
    urls: [],
    result: none,
    param: none,
    failCode,
    failMsg,
    progress: none,
    creditsConsumed: none,
    createTime: none,
    updateTime: none,
    completeTime: none,
    raw: { taskId, model: '', state: 'fail' },
  }
}
