import type { Recovery, Task } from '@apikley/client'
import type { Context, Flags } from '../context.ts'
import type { ExitCode } from '../errors.ts'
import { saveTask } from '../save-task.ts'

export async function getTask(
  { output, session, signal }: Context,
  [taskId = '']: readonly string[],
): Promise<void> {
  const { apikley, expectTask, ledger } = await session()
  expectTask(taskId)
  const task = await apikley.tasks.get(taskId, { signal })
  await ledger.recordCredits(taskId, task.creditsConsumed)
  printTask(output, task)
}

/** Prints each task when it has ended. */
export async function waitForTasks(
  context: Context,
  taskIds: readonly string[],
  { timeout }: Pick<Flags, 'timeout'>,
): Promise<void> {
  const waits = taskIds.map(async (taskId) =>
    printTask(context.output, await waitForTask(context, taskId, timeout)),
  )
  const ends = await Promise.allSettled(waits)
  const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
  for (const failure of failures.slice(1)) {
    context.output.error(failure)
  }
  if (failures.length > 0) {
    throw failures[0]
  }
}

/** @param timeout in seconds */
export async function waitForTask(
  { output, session, signal }: Context,
  taskId: string,
  timeout: number,
): Promise<Task> {
  const { apikley, ledger, expectTask } = await session()
  expectTask(taskId)
  const onUpdate = ({ state, progress, creditsConsumed }: Task): void => {
    output.status(`Task ${taskId}: ${state}${progress === undefined ? '' : ` ${progress} %`}`)
    if (state === 'fail') {
      ledger.recordCredits(taskId, creditsConsumed).catch(() => {})
    }
  }
  const task = await apikley.tasks.wait(taskId, { timeout: timeout * 1000, signal, onUpdate })
  await ledger.recordCredits(taskId, task.creditsConsumed)
  return task
}

export async function saveResults(
  context: Context,
  [taskId = '']: readonly string[],
  { out, timeout }: Pick<Flags, 'out' | 'timeout'>,
): Promise<void> {
  await printSaved(context, await waitForTask(context, taskId, timeout), out)
}

/** Saves the results of a task and prints their paths. */
export async function printSaved(
  { host, output, session, signal }: Context,
  task: Task,
  out: string,
): Promise<void> {
  const { taskId, model } = task
  const { apikley } = await session()
  output.status(`Task ${taskId}: saving`)
  const paths = await saveTask(apikley, task, out, host.cwd, signal).catch((error: unknown) => {
    output.message(`The results of task ${taskId} are not saved. Next: apikley save ${taskId}`)
    throw error
  })
  for (const path of paths) {
    output.result({ type: 'file', taskId, model, path }, path)
  }
}

function printTask(output: Context['output'], task: Task): void {
  const { taskId, model, state, urls, text, object, progress, failCode, failMsg } = task
  const isObject = urls.length === 0 && text === '' && Object.keys(object).length > 0
  const line = {
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
  const details = [...urls, text, failMsg ?? ''].filter(Boolean).map((detail) => `  ${detail}`)
  output.result(line, [`${taskId} ${state} ${model}`, ...details].join('\n'))
}

const OUTCOMES: Readonly<Record<Recovery['status'], { code: ExitCode; meaning: string }>> = {
  created: { code: 0, meaning: 'A task was created and charged.' },
  refused: {
    code: 4,
    meaning: 'The service refused the task. Nothing was charged. You can run the command again.',
  },
  void: {
    code: 0,
    meaning: 'The task was never sent. Nothing was charged. You can run the command again.',
  },
  unconfirmed: {
    code: 5,
    meaning:
      'It is unknown whether a task was created. Check the account at https://app.apikley.ru. ' +
      'If it has no such task, add another --take to create one.',
  },
}

/** Reports what became of a key. It asks the client if the ledger has no answer, and records it. */
export async function recoverKey(
  { output, session, signal }: Context,
  [key = '']: readonly string[],
): Promise<ExitCode> {
  const { apikley, ledger } = await session()
  let { taskId } = ledger.find({ key }) ?? {}
  let status: Recovery['status'] = 'created'
  if (typeof taskId !== 'string') {
    const found = await apikley.tasks.recover(key, { signal })
    status = found.status
    taskId = found.status === 'created' ? found.taskId : undefined
    if (status !== 'unconfirmed') {
      // The key creates nothing any more. The next command gets another one.
      await ledger.settle(key, taskId, true)
    }
  }
  const { code, meaning } = OUTCOMES[status]
  output.result({ type: 'recovery', idempotencyKey: key, status, taskId, meaning }, meaning)
  if (taskId !== undefined) {
    output.message(`Next: apikley save ${taskId}`)
  }
  return code
}
