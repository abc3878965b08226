import { ApikleyError } from '../errors.ts'
import { tell } from '../events.ts'
import { getTaskDetails } from '../generated/operations.ts'
import { advice } from '../transport/advice.ts'
import type { OperationClient } from '../transport/send.ts'
import { readTask } from './read-task.ts'
import type { Task } from './task.ts'

export type GetTask = (
  taskId: string,
  options?: { readonly signal?: AbortSignal | undefined },
) => Promise<Task>

/** @param onTask told of every task that was read */
export function createGet(client: OperationClient, onTask?: (task: Task) => void): GetTask {
  return async (taskId, options) => {
    try {
      const task = readTask(await getTaskDetails(client, { taskId }, options))
      tell(client.transport.onEvent, { type: 'task', taskId, state: task.state })
      onTask?.(task)
      return task
    } catch (error) {
      // The reason of an abort is the caller's own.
      throw ApikleyError.is(error) && !options?.signal?.aborted ? explain(error, taskId) : error
    }
  }
}

/**
 * Looks for the poller, which has had its turn from the limiter, and decides itself when to look
 * again.
 */
export function createLook({ api, transport }: OperationClient): GetTask {
  return createGet({
    api,
    transport: { ...transport, reads: { acquire: async () => {} }, maxRetries: 0 },
  })
}

/**
 * What an error means when it is about a task: an unknown one is reported as 422, "recordInfo is
 * null"; 408 (nothing came from the model's vendor) and 501 are the ends of failed ones.
 */
function explain(error: ApikleyError, taskId: string): ApikleyError {
  const data = { ...error.toJSON(), taskId, cause: error.cause }
  if (error.code === 422) {
    return new ApikleyError({
      ...data,
      kind: 'not-found',
      message: `Task ${taskId} is not known. ${advice('not-found')}`,
    })
  }
  if (error.code === 408 || error.code === 501) {
    return new ApikleyError({
      ...data,
      kind: 'task-failed',
      failCode: String(error.code),
      failMsg: error.msg,
    })
  }
  return new ApikleyError(data)
}
