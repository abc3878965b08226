import type { RunPhase } from '@apikley/client'
import type { Context } from '../context.ts'
import { createTask } from '../create-task.ts'
import { UsageError } from '../errors.ts'
import { pathsIn, readInput } from '../input.ts'
import type { Caps } from '../ledger/entry.ts'
import { readFlags } from '../model-flags.ts'
import { loadModel, mediaFields, requireModel } from '../models.ts'
import type { Session } from '../session.ts'
import { printSaved, waitForTask, type WaitOptions } from './tasks.ts'

export interface CapOptions {
  readonly maxTasks?: number
  readonly maxCredits?: number
  readonly price?: number
}

export interface CreateOptions extends CapOptions {
  readonly input?: string
  readonly take: string
  /** The flags of the model's fields. */
  readonly [flag: string]: unknown
}

const PHASES: Readonly<Record<RunPhase, string>> = {
  uploading: 'Uploading files',
  queued: 'Waiting for a turn within the limits of the service',
  creating: 'Creating the task',
  waiting: 'Waiting',
}

export async function create(
  context: Context,
  model: string,
  options: CreateOptions,
): Promise<void> {
  await createAndPrint(context, await context.session(), model, options)
}

/** Uploads, creates, waits and saves. */
export async function run(
  context: Context,
  model: string,
  options: CreateOptions & WaitOptions & { readonly out: string },
): Promise<void> {
  const { output, signal } = context
  const session = await context.session()
  const taskId = await createAndPrint(context, session, model, options)
  const onStatus = (text: string): void => output.status(text)
  const task = await waitForTask(session, taskId, options.timeout, signal, onStatus)
  await printSaved(context, session, task, options.out)
}

async function createAndPrint(
  { host, output, signal }: Context,
  session: Session,
  model: string,
  options: CreateOptions,
): Promise<string> {
  const caps = readCaps(options)
  // A model that this release does not know takes the JSON of `--input`.
  const descriptor = await (options.input === undefined ? requireModel(model) : loadModel(model))
  const value = await readFlags(descriptor, options, options.input, host.cwd)
  const media = descriptor ? mediaFields(descriptor) : []
  if (descriptor) {
    session.models.push(descriptor)
  }
  const { taskId } = await createTask(session, {
    model,
    input: await readInput(value, media, pathsIn(host.cwd)),
    take: options.take,
    caps,
    price: options.price,
    signal,
    onPhase: (phase) => output.status(PHASES[phase]),
    onCreated(taskId, isNew, idempotencyKey) {
      const line = { type: 'created', taskId, model, isNew, idempotencyKey }
      output.result(line, taskId)
      if (!isNew) {
        output.message(
          'An earlier command has created this task. Nothing more was charged. To ' +
            'create another task of the same input, add another --take.',
        )
      }
    },
  })
  return taskId
}

/** @throws {UsageError} if a cap cannot hold */
export function readCaps({ maxTasks, maxCredits, price }: CapOptions): Caps {
  if (maxCredits !== undefined && price === undefined) {
    throw new UsageError(
      'The documents of the service have no prices. Add --price, the credits that a ' +
        'task costs. Nothing was sent.',
    )
  }
  return { tasks: maxTasks, credits: maxCredits }
}
