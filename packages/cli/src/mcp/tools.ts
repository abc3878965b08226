import { ApikleyError } from '@apikley/client'
import type { JsonSchemaType, ToolAnnotations } from '@modelcontextprotocol/server'
import { describeModel } from '../commands/models.ts'
import { recover, RECOVERY_TEXT, taskLine, waitForTask } from '../commands/tasks.ts'
import { createTask } from '../create-task.ts'
import { DEFAULT_NAME } from '../default-name.ts'
import { readInput } from '../input.ts'
import type { Caps } from '../ledger/entry.ts'
import { mediaFields, models, requireModel } from '../models.ts'
import { saveTask } from '../save-task.ts'
import type { Session } from '../session.ts'
import { pathBelow } from './roots.ts'

/** The longest time that a call of `wait` or `save` waits, in seconds. Clients give up after 60. */
const MAX_WAIT_S = 45

/** What the tools work with. The person has set the caps. */
export interface ToolContext {
  readonly session: Session
  readonly caps: Caps
  readonly price: number | undefined
  readonly signal: AbortSignal
}

/** The arguments of a tool, which its schema has checked, and the roots. */
export interface Call {
  readonly [argument: string]: unknown
}

export interface Tool {
  readonly description: string
  readonly input: JsonSchemaType
  readonly annotations: ToolAnnotations
  readonly needsRoots?: boolean
  readonly run: (context: ToolContext, call: Call, roots: readonly string[]) => Promise<unknown>
}

const text = (description?: string): JsonSchemaType => ({
  type: 'string',
  ...(description && { description }),
})

function schemaOf(
  properties: Readonly<Record<string, JsonSchemaType>>,
  required: string[] = [],
): JsonSchemaType {
  return { type: 'object', properties: { ...properties }, required, additionalProperties: false }
}

const READ: ToolAnnotations = { readOnlyHint: true }

export const TOOLS: Readonly<Record<string, Tool>> = {
  models: {
    description: 'Lists the models: id, kind of result, note.',
    input: schemaOf({ kind: { enum: ['image', 'video', 'audio', 'text', 'object'] } }),
    annotations: READ,
    run: async (_, { kind }) =>
      models
        .filter(({ output }) => kind === undefined || kind === output)
        .map(({ id, output, note }) => [id, output, note].filter(Boolean).join(' | '))
        .join('\n'),
  },
  schema: {
    description: 'Returns the JSON Schema of the input of a model, with an example.',
    input: schemaOf({ model: text() }, ['model']),
    annotations: READ,
    run: async (_, { model }) => (await describeModel(String(model))).schema,
  },
  create: {
    description:
      'Creates a task, which costs credits, and returns its task_id at once. The ' +
      'same model, input and take return the same task and charge nothing more. Then ' +
      'call wait.',
    input: schemaOf(
      {
        model: text(),
        input: {
          type: 'object',
          description: 'See schema. A field for a file takes a URL or a path below a root.',
        },
        take: text('Another name creates another task of the same input. Default: 1.'),
      },
      ['model', 'input'],
    ),
    annotations: { idempotentHint: true, destructiveHint: false },
    needsRoots: true,
    run: create,
  },
  wait: {
    description:
      `Waits up to ${MAX_WAIT_S} s for a task. If it is still running, call wait ` +
      'again. Then call save: URLs expire after a day.',
    input: schemaOf({ task_id: text() }, ['task_id']),
    annotations: READ,
    run: async (context, call) => {
      const task = await wait(context, call)
      return 'state' in task ? taskLine(task) : task
    },
  },
  save: {
    description:
      'Saves the results of a finished task in a folder below a root. Returns the paths.',
    input: schemaOf({ task_id: text(), folder: text('Default: the first root.') }, ['task_id']),
    annotations: { idempotentHint: true, destructiveHint: false },
    needsRoots: true,
    run: save,
  },
  credits: {
    description:
      'Returns the balance, and the tasks and credits counted in 24 hours with their caps.',
    input: schemaOf({}),
    annotations: READ,
    run: async ({ session, caps }) => ({
      credits: await session.apikley.credits(),
      counted: session.ledger.usage(),
      caps,
    }),
  },
  recover: {
    description:
      'Reports what became of a create that ended as unconfirmed, by its idempotency key.',
    input: schemaOf({ idempotency_key: text() }, ['idempotency_key']),
    annotations: READ,
    run: async ({ session, signal }, { idempotency_key }) => {
      const { status, taskId } = await recover(session, String(idempotency_key), signal)
      return { status, task_id: taskId, meaning: RECOVERY_TEXT[status] }
    },
  },
}

/** It continues when the agent disconnects, so that the ledger gets the task. */
async function create(
  { session, caps, price, signal }: ToolContext,
  { model, input, take = '1' }: Call,
  roots: readonly string[],
): Promise<unknown> {
  const descriptor = await requireModel(String(model))
  session.models.push(...(session.models.includes(descriptor) ? [] : [descriptor]))
  const fields = mediaFields(descriptor)
  const { taskId, isNew } = await createTask(session, {
    model: descriptor.id,
    input: await readInput(Object(input), fields, (path) => pathBelow(roots, path)),
    take: String(take),
    caps,
    price,
    signal,
  })
  const charge = isNew
    ? 'The task was created and is charged.'
    : 'It was created before. Nothing more was charged.'
  return { task_id: taskId, charge, next: `wait ${JSON.stringify({ task_id: taskId })}` }
}

async function wait({ session, signal }: ToolContext, { task_id }: Call) {
  const taskId = String(task_id)
  try {
    return await waitForTask(session, taskId, MAX_WAIT_S, signal, () => {})
  } catch (error) {
    if (ApikleyError.is(error) && error.kind === 'timeout') {
      const next = `wait ${JSON.stringify({ task_id })}`
      return { task_id: taskId, status: 'still running, call again', next }
    }
    throw error
  }
}

async function save(context: ToolContext, call: Call, roots: readonly string[]): Promise<unknown> {
  const folder = await pathBelow(roots, String(call.folder ?? '.'))
  const task = await wait(context, call)
  if (!('state' in task)) {
    return task
  }
  const files = await saveTask(context.session.apikley, task, DEFAULT_NAME, folder)
  return { task_id: task.taskId, files }
}
