import type { JsonSchemaType, ToolAnnotations } from '@modelcontextprotocol/server'
import { showCredits } from '../commands/account.ts'
import { createAndPrint } from '../commands/create.ts'
import { listModels, showSchema } from '../commands/models.ts'
import { recoverKey, saveResults, waitForTasks } from '../commands/tasks.ts'
import type { CapFlags, Context } from '../context.ts'
import { requireModel } from '../models.ts'

/** The longest time that a call of `wait` or `save` waits, in seconds. Clients give up after 60. */
const MAX_WAIT_S = 45

/** The arguments of a tool, which its schema has checked. */
export interface Call {
  readonly [argument: string]: unknown
}

/** A command for agents. Its results and messages are the answer of the call. */
export interface Tool {
  readonly description: string
  readonly input: JsonSchemaType
  readonly annotations: ToolAnnotations
  /** Whether it reads or writes files. */
  readonly needsRoots?: boolean
  /** Whether the answer has the results as text. Default: as JSON. */
  readonly isText?: boolean
  /** The person has set the caps. */
  readonly run: (context: Context, call: Call, caps: CapFlags) => Promise<unknown>
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
    description: 'Lists the models: id, kind of result, title.',
    input: schemaOf({ kind: { enum: ['image', 'video', 'audio', 'text', 'object'] } }),
    annotations: READ,
    isText: true,
    run: (context, call) => listModels(context, [], call),
  },
  schema: {
    description: 'Returns the JSON Schema of the input of a model, with an example.',
    input: schemaOf({ model: text() }, ['model']),
    annotations: READ,
    run: (context, { model }) => showSchema(context, [String(model)]),
  },
  create: {
    description:
      'Creates a task, which costs credits, and returns its taskId at once. The ' +
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
    async run(context, { model, input, take = '1' }, caps) {
      const { id } = await requireModel(String(model))
      await createAndPrint(context, { model: id, input: Object(input), take: String(take), caps })
    },
  },
  wait: {
    description:
      `Waits up to ${MAX_WAIT_S} s for a task. If it is still running, call wait ` +
      'again. Then call save: URLs expire after a day.',
    input: schemaOf({ taskId: text() }, ['taskId']),
    annotations: READ,
    run: (context, { taskId }) => waitForTasks(context, [String(taskId)], { timeout: MAX_WAIT_S }),
  },
  save: {
    description:
      'Saves the results of a finished task in a folder below a root. Returns the paths.',
    input: schemaOf({ taskId: text(), folder: text('Default: the first root.') }, ['taskId']),
    annotations: { idempotentHint: true, destructiveHint: false },
    needsRoots: true,
    async run(context, { taskId, folder = '.' }) {
      const out = `${await context.resolvePath(String(folder))}/`
      await saveResults(context, [String(taskId)], { out, timeout: MAX_WAIT_S })
    },
  },
  credits: {
    description: 'Returns the balance, and the tasks and credits counted in 24 hours.',
    input: schemaOf({}),
    annotations: READ,
    run: showCredits,
  },
  recover: {
    description:
      'Reports what became of a create that ended as unconfirmed, by its idempotency key.',
    input: schemaOf({ idempotencyKey: text() }, ['idempotencyKey']),
    annotations: READ,
    run: (context, { idempotencyKey }) => recoverKey(context, [String(idempotencyKey)]),
  },
}
