import type { Recovery, Task } from '@apikley/client'
import type { Context } from '../context.ts'
import type { ExitCode } from '../errors.ts'
import type { OutputLine } from '../output.ts'
import { saveTask } from '../save-task.ts'
import type { Session } from '../session.ts'

export interface WaitOptions {
  /** In seconds. */
  readonly timeout: number
}

export async function getTask({ output, session, signal }: Context, taskId: string): Promise<void> {
  const { apikley, expectTask, ledger } = await session()
  expectTask(taskId)
  const task = await apikley.tasks.get(taskId, { signal })
  await ledger.recordCredits(taskId, task.creditsConsumed)
  output.result(taskLine(task), taskText(task))
}

/** Prints each task when it has ended. */
export async function waitForTasks(
  { output, session, signal }: Context,
  taskIds: readonly string[],
  timeout: number,
): Promise<void> {
  const opened = await session()
  const waits = taskIds.map(async (taskId) => {
    const task = await waitForTask(opened, taskId, timeout, signal, (text) => output.status(text))
    output.result(taskLine(task), taskText(task))
  })
  const ends = await Promise.allSettled(waits)
  const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
  for (const failure of failures.slice(1)) {
    output.error(failure)
  }
  if (failures.length > 0) {
    throw failures[0]
  }
}

/** @param timeout in seconds */
export async function waitForTask(
  { apikley, ledger, expectTask }: Session,
  taskId: string,
  timeout: number,
  signal: AbortSignal,
  onStatus: (text: string) => void,
): Promise<Task> {
  expectTask(taskId)
  const onUpdate = ({ state, progress, creditsConsumed }: Task): void => {
    onStatus(`Task ${taskId}: ${state}${progress === undefined ? '' : ` ${progress} %`}`)
    if (state === 'fail') {
      ledger.recordCredits(taskId, creditsConsumed).catch(() => {})
    }
  }
  const task = await apikley.tasks.wait(taskId, { timeout: timeout * 1000, signal, onUpdate })
  await ledger.recordCredits(taskId, task.creditsConsumed)
  return task
}

export async function saveResults(
  { host, output, session, signal }: Context,
  taskId: string,
  { out, timeout }: WaitOptions & { readonly out: string },
): Promise<void> {
  const opened = await session()
  const task = await waitForTask(opened, taskId, timeout, signal, (text) => output.status(text))
  await printSaved({ host, output, signal }, opened, task, out)
}

/** Saves the results of a task and prints their paths. */
export async function printSaved(
  { host, output, signal }: Pick<Context, 'host' | 'output' | 'signal'>,
  { apikley }: Session,
  task: Task,
  out: string,
): Promise<void> {
  const { taskId, model } = task
  output.status(`Task ${taskId}: saving`)
  const paths = await saveTask(apikley, task, out, host.cwd, signal).catch((error: unknown) => {
    output.message(`The results of task ${taskId} are not saved. Next: apikley save ${taskId}`)
    throw error
  })
  for (const path of paths) {
    output.result({ type: 'file', taskId, model, path }, path)
  }
}

export function taskLine(task: Task): OutputLine {
  const { taskId, model, state, urls, text, object, progress, failCode, failMsg } = task
  const isObject = urls.length === 0 && text === '' && Object.keys(object).length > 0
  return {
    type: 'task',
    taskId,
    model,
    state,
    urls,
    text: text || undefined,
    object: isObject ? object : undefined,
    progress,
    failCode,
    failMsg,
    credits: task.creditsConsumed,
    createTime: task.createTime,
    completeTime: task.completeTime,
  }
}

function taskText({ taskId, model, state, urls, text, failMsg }: Task): string {
  const details = [...urls, text, failMsg ?? ''].filter(Boolean).map((detail) => `  ${detail}`)
  return [`${taskId} ${state} ${model}`, ...details].join('\n')
}

export async function recoverKey(
  { output, session, signal }: Context,
  key: string,
): Promise<ExitCode> {
  const { status, taskId } = await recover(await session(), key, signal)
  output.result({ type: 'recovery', idempotencyKey: key, status, taskId }, RECOVERY_TEXT[status])
  if (taskId !== undefined) {
    output.message(`Next: apikley save ${taskId}`)
  }
  return RECOVERY_CODES[status]
}

const RECOVERY_CODES: Readonly<Record<Recovery['status'], ExitCode>> = {
  created: 0,
  void: 0,
  refused: 4,
  unconfirmed: 5,
}

/** What became of a key, by the ledger or else by the client. The ledger records it. */
export async function recover(
  { apikley, ledger }: Session,
  key: string,
  signal: AbortSignal,
): Promise<{ readonly status: Recovery['status']; readonly taskId?: string }> {
  const { taskId: known } = ledger.find({ key }) ?? {}
  if (typeof known === 'string') {
    return { status: 'created', taskId: known }
  }
  const found = await apikley.tasks.recover(key, { signal })
  const created = found.status === 'created' ? { taskId: found.taskId } : {}
  if (found.status !== 'unconfirmed') {
    await ledger.settle(key, created.taskId)
  }
  return { status: found.status, ...created }
}

export const RECOVERY_TEXT: Readonly<Record<Recovery['status'], string>> = {
  created: 'A task was created and charged.',
  refused: 'The service refused the task. Nothing was charged. You can run the command again.',
  void: 'The task was never sent. Nothing was charged. You can run the command again.',
  unconfirmed:
    'It is unknown whether a task was created. Check the account at https://app.apikley.ru. ' +
    'If it has no such task, add another --take to create one.',
}
