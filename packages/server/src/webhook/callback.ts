import { ApikleyError, type Clock, type Task } from '@apikley/client'
import { queryOf } from './signature.ts'

/** The content of a callback. Trust only the task id: anyone may have written the body. */
export interface Callback {
  readonly taskId: string
  /** The parsed body. */
  readonly body: unknown
}

interface TaskIds {
  readonly taskId?: unknown
  readonly task_id?: unknown
}

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

/** Other texts are not worth a request. */
function isTaskId(id: unknown): id is string {
  return typeof id === 'string' && /^[!-~]{1,200}$/.test(id)
}

/** A callback is small, and its sender is a server. */
const BODY_TIMEOUT_MS = 5_000

/**
 * Reads the body of a request as text. It decodes every chunk at once, so that a million chunks of
 * one byte take a megabyte.
 *
 * @returns `undefined` if the body has more than `maxBytes` bytes; the text so far if it takes too
 *   long; an empty text if the connection breaks
 */
export async function readText(
  { body }: Request,
  maxBytes: number,
  clock: Pick<Clock, 'after'>,
): Promise<string | undefined> {
  const reader = body?.getReader()
  // Cancelling also ends a pending read.
  const stop = (): void => void reader?.cancel().catch(() => {})
  const cancelTimeout = clock.after(BODY_TIMEOUT_MS, stop)
  const decoder = new TextDecoder()
  let bytes = 0
  let text = ''
  try {
    for (let chunk = await reader?.read(); chunk?.value; chunk = await reader?.read()) {
      bytes += chunk.value.length
      if (bytes > maxBytes) {
        return undefined
      }
      text += decoder.decode(chunk.value, { stream: true })
    }
  } catch {
    return ''
  } finally {
    cancelTimeout()
    stop()
  }
  return text
}

/** The client appends it to `callbackUrl`, so the last parameter counts. */
export function attemptIdOf({ param }: Task): string | undefined {
  return queryOf(param?.callBackUrl ?? '')
    .getAll('attemptId')
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
  return {
    taskId,
    model: '',
    state: 'fail',
    urls: [],
    result: undefined,
    param: undefined,
    failCode,
    failMsg,
    progress: undefined,
    creditsConsumed: undefined,
    createTime: undefined,
    updateTime: undefined,
    completeTime: undefined,
    raw: { taskId, model: '', state: 'fail' },
  }
}
