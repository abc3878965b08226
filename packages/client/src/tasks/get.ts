import { ApikleyError } from '../errors.ts'
import { emit } from '../events.ts'
import { getTaskDetails } from '../generated/operations.ts'
import { toAborted } from '../http/abort.ts'
import type { OperationClient } from '../http/api.ts'
import { checkOptions, checkTaskId } from '../http/check-options.ts'
import type { Turn } from '../http/rate-limit.ts'
import { checkRecord, explain } from './task-errors.ts'
import { readTask, type Task } from './task.ts'

export interface GetTaskOptions extends Turn {
  readonly signal?: AbortSignal | undefined
  /** How often this read is retried. Default: `maxRetries` of the client. */
  readonly maxRetries?: number | undefined
}

export type GetTask = (taskId: string, options?: GetTaskOptions) => Promise<Task>

/** @param lateness how long after its planned time a poll is sent, in ms */
export type PollTask = (
  taskId: string,
  options?: GetTaskOptions,
  lateness?: number,
) => Promise<Task>

/** @param onTask called with every task that was read */
export function createGet(client: OperationClient, onTask?: (task: Task) => void): PollTask {
  return async (taskId, options, lateness) => {
    const { maxRetries = client.transport.maxRetries } = checkOptions(options)
    checkTaskId(taskId)
    const reader = { ...client, transport: { ...client.transport, maxRetries } }
    try {
      const task = readTask(await getTaskDetails(reader, { taskId }, options))
      checkRecord(taskId, task, client.transport.key.redact)
      emit(client.transport.onEvent, { type: 'task', taskId, state: task.state, lateness })
      onTask?.(task)
      return task
    } catch (error) {
      const isAborted = ApikleyError.is(error) && error.kind === 'aborted'
      throw isAborted ? toAborted(error.cause, options?.signal, { taskId }) : explain(error, taskId)
    }
  }
}

/** One read for the poller. The poller itself keeps the limit on reads, and retries. */
export function createPollOnce({ api, transport }: OperationClient): PollTask {
  const unlimited = { acquire: async (): Promise<void> => {} }
  return createGet({ api, transport: { ...transport, reads: unlimited, maxRetries: 0 } })
}
