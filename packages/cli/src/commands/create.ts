import type { Context, Flags } from '../context.ts'
import { createTask, type TaskRequest } from '../create-task.ts'
import { readFlags } from '../model-flags.ts'
import { loadModel, requireModel } from '../models.ts'
import { printSaved, waitForTask } from './tasks.ts'

/** Creates a task and prints its id. */
export async function create(
  context: Context,
  [model = '']: readonly string[],
  flags: Flags,
): Promise<void> {
  await createFromFlags(context, model, flags)
}

/** Uploads, creates, waits and saves. */
export async function run(
  context: Context,
  [model = '']: readonly string[],
  flags: Flags,
): Promise<void> {
  const taskId = await createFromFlags(context, model, flags)
  await printSaved(context, await waitForTask(context, taskId, flags.timeout), flags.out)
}

async function createFromFlags(context: Context, model: string, flags: Flags): Promise<string> {
  // A model that this release does not know takes the JSON of `--input`.
  const descriptor = await (flags.input === undefined ? requireModel(model) : loadModel(model))
  const input = await readFlags(descriptor, flags, context.host.cwd)
  return createAndPrint(context, { model, input, take: flags.take, caps: flags })
}

export function createAndPrint(
  context: Context,
  request: Omit<TaskRequest, 'onCreated'>,
): Promise<string> {
  const { output } = context
  const onCreated = (taskId: string, isNew: boolean, idempotencyKey: string): void => {
    const line = { type: 'created', taskId, model: request.model, isNew, idempotencyKey }
    output.result(line, taskId)
    if (!isNew) {
      output.message(
        'An earlier command has created this task. Nothing more was charged. To ' +
          'create another task of the same input, add another --take.',
      )
    }
  }
  return createTask(context, { ...request, onCreated })
}
