import { ApikleyError } from '../errors.ts'
import { ADVICE, createError } from '../http/messages.ts'
import { readText, unknownState, type Task } from './task.ts'

/**
 * The error of a wait that timed out. `failure` is the error of the last poll, if it failed, and
 * `task` the result of the last one that did not.
 */
export function stillRunning(
  taskId: string,
  timeout: number,
  failure?: ApikleyError,
  task?: Task,
): ApikleyError {
  const unknown = unknownState(task)
  let state = unknown ? `has the unknown state ${unknown}` : 'is still running'
  let why = ''
  if (failure?.kind === 'not-found') {
    state = 'is unknown to the service'
  } else if (failure) {
    state = 'could not be read'
    why = ` The last poll: ${failure.message}`
  }
  const waited = timeout < 60_000 ? `${timeout / 1000} s` : `${Math.round(timeout / 6000) / 10} min`
  const next = `call tasks.wait(${JSON.stringify(taskId)}) to keep waiting.`
  const message = `Task ${taskId} ${state} after ${waited}. It is charged: ${next}${why}`
  return new ApikleyError({ kind: 'timeout', taskId, cause: failure, message })
}

/** @param redact removes the API key from texts of the service */
export function taskFailed(
  { taskId, ...task }: Task,
  redact: (text: string) => string,
): ApikleyError {
  // `tasks.notify` accepts tasks that a caller has made, so the fields may have other types.
  const read = (value: unknown): string | undefined => redact(readText(value) ?? '') || undefined
  const [failCode, failMsg] = [read(task.failCode), read(task.failMsg)]
  const why = [failMsg, failCode && `(${failCode})`].filter(Boolean).join(' ')
  const reason = why || 'the service gives no reason'
  const { creditsConsumed } = task
  const message = `Task ${taskId} failed: ${reason}. ${ADVICE['task-failed']} ${costOf(creditsConsumed)}`
  const data = { taskId, failCode, failMsg, creditsConsumed }
  return new ApikleyError({ ...data, kind: 'task-failed', message })
}

/**
 * The meaning of an error code for a task. 422 ("recordInfo is null") is an unknown task. 408 (the
 * vendor of the model did not answer) and 501 are failed tasks.
 */
export function explain(error: unknown, taskId: string): unknown {
  // A client that is configured wrongly has sent nothing.
  const isUnsent = ApikleyError.is(error) && error.kind === 'configuration' && !error.status
  if (!ApikleyError.is(error) || isUnsent) {
    return error
  }
  const data = { ...error.toJSON(), charge: undefined, taskId, cause: error.cause }
  if (error.code === 422) {
    const message = `Task ${taskId} is unknown. ${ADVICE['not-found']}`
    return createError({ ...data, kind: 'not-found', message })
  }
  if (error.code === 408 || error.code === 501) {
    const failure = { failCode: String(error.code), failMsg: error.msg }
    const message = `${error.message} ${costOf(undefined)}`
    return createError({ ...data, ...failure, kind: 'task-failed', message })
  }
  return createError(data)
}

function costOf(creditsConsumed: number | undefined): string {
  if (creditsConsumed === undefined) {
    return 'It was charged, unless the account shows a refund.'
  }
  return creditsConsumed === 0 ? 'Nothing was charged.' : `${creditsConsumed} credits were charged.`
}
