import { ApikleyError } from '../errors.ts'
import { emit } from '../events.ts'
import { getTaskDetails } from '../generated/operations.ts'
import { toAborted } from '../http/abort.ts'
import type { OperationClient } from '../http/api.ts'
import { checkOptions, checkTaskId } from '../http/check-options.ts'
import type { Turn } from '../http/rate-limit.ts'
import { explain } from './task-errors.ts'
import { readRecord, type Task } from './task.ts'

export interface GetTaskOptions extends Turn {
  readonly signal?: AbortSignal | undefined
  /** How often this read is retried. Default: `maxRetries` of the client. */
  readonly maxRetries?: number | undefined
}

export type GetTask = (taskId: string, options?: GetTaskOptions) => Promise<Task>

/** @param onTask called with every task that was read */
export function createGet(client: OperationClient, onTask: (task: Task) => void): GetTask {
  return async (taskId, options) => {
    const { maxRetries = client.transport.maxRetries } = checkOptions(options)
    checkTaskId(taskId)
    const transport = { ...client.transport, maxRetries }
    try {
      const details = await getTaskDetails({ ...client, transport }, { taskId }, options)
      const task = readRecord(taskId, details, transport.key.redact)
      emit(transport.onEvent, { type: 'task', taskId, state: task.state })
      onTask(task)
      return task
    } catch (error) {
      const isAborted = ApikleyError.is(error) && error.kind === 'aborted'
      throw isAborted ? toAborted(error.cause, options?.signal, { taskId }) : explain(error, taskId)
    }
  }
}
