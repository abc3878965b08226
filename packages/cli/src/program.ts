import { Command, InvalidArgumentError, Option, type OutputConfiguration } from 'commander'
import type { Context } from './context.ts'
import type { ExitCode } from './errors.ts'
import { DEFAULT_NAME } from './default-name.ts'

/** Commands that take the fields of a model as flags. */
const MODEL_COMMANDS = new Set(['create', 'run'])

export interface GlobalOptions {
  readonly json?: boolean
  readonly simulate?: boolean
}

/** Runs one command. Its module is loaded when it starts. */
export type Start = (options: GlobalOptions, act: Act) => Promise<void>

/** The work of a command. Without an exit code, it has succeeded. */
export type Act = (context: Context) => Promise<ExitCode | void>

/** The commands and their flags. The fields of the model in `args` are flags too. */
export async function createProgram(
  args: readonly string[],
  start: Start,
  output: OutputConfiguration,
): Promise<Command> {
  const program = new Command('apikley')
    .description('Generates images, video, sound and text with the Apikley API.')
    .showHelpAfterError('Add --help for the flags.')
    // The commands inherit both.
    .exitOverride()
    .configureOutput(output)
    .option('--version', 'print the version')
  const command = (usage: string, description: string): Command =>
    program
      .command(usage)
      .description(description)
      .option('--json', 'print JSON lines, also on a terminal')
      .option('--simulate', 'use a simulator in place of the service; nothing is charged')
  addReads(command, start)
  const creates = addCreates(command, start)
  addServers(command, start)
  const flags = await flagsOf(args)
  for (const each of creates) {
    flags.forEach((flag) => each.addOption(flag))
  }
  return program
}

type Add = (usage: string, description: string) => Command

function addReads(command: Add, start: Start): void {
  command('models', 'List the models.')
    .addOption(
      new Option('--kind <kind>', 'only models with this kind of result').choices([
        'image',
        'video',
        'audio',
        'text',
        'object',
      ]),
    )
    .action((options) =>
      start(options, async (context) =>
        (await import('./commands/models.ts')).listModels(context, options),
      ),
    )
  command('schema <model>', 'Show the fields, limits and example of a model.').action(
    (model, options) =>
      start(options, async (context) =>
        (await import('./commands/models.ts')).showSchema(context, model),
      ),
  )
  command('credits', 'Show the balance of the account.').action((options) =>
    start(options, async (context) => (await import('./commands/account.ts')).showCredits(context)),
  )
  command('upload <files...>', 'Upload files and print their URLs. It is free.').action(
    (files, options) =>
      start(options, async (context) =>
        (await import('./commands/account.ts')).uploadFiles(context, files),
      ),
  )
  command('get <task>', 'Show a task.').action((task, options) =>
    start(options, async (context) => (await import('./commands/tasks.ts')).getTask(context, task)),
  )
  addTimeout(command('wait <tasks...>', 'Wait until tasks have ended.')).action((tasks, options) =>
    start(options, async (context) =>
      (await import('./commands/tasks.ts')).waitForTasks(context, tasks, options),
    ),
  )
  addOut(addTimeout(command('save <task>', 'Wait for a task and save its results.'))).action(
    (task, options) =>
      start(options, async (context) =>
        (await import('./commands/tasks.ts')).saveResults(context, task, options),
      ),
  )
  command('recover <key>', 'Report what became of an idempotency key.').action((key, options) =>
    start(options, async (context) => {
      const status = await (await import('./commands/tasks.ts')).recoverKey(context, key)
      return RECOVERY_CODES[status]
    }),
  )
}

const RECOVERY_CODES = {
  created: 0,
  void: 0,
  refused: 4,
  unconfirmed: 5,
} as const satisfies Record<string, ExitCode>

function addCreates(command: Add, start: Start): Command[] {
  const create = command('create <model>', 'Create a task and print its id.').action(
    (model, options) =>
      start(options, async (context) =>
        (await import('./commands/create.ts')).create(context, model, options),
      ),
  )
  const run = command('run <model>', 'Create a task, wait for it and save its results.').action(
    (model, options) =>
      start(options, async (context) =>
        (await import('./commands/create.ts')).run(context, model, options),
      ),
  )
  addOut(addTimeout(run))
  for (const each of [create, run]) {
    each
      .option('--input <file>', 'a JSON file with the fields; flags go on top of it')
      .option('--take <name>', 'another name creates another task of the same input', '1')
      .addHelpText(
        'after',
        `\nThe flags for the fields of a model: apikley ${each.name()} MODEL --help`,
      )
    addCaps(each)
  }
  return [create, run]
}

function addServers(command: Add, start: Start): void {
  const batch = command('batch <inputs>', 'Run a file of JSON lines: {"model": …, "input": {…}}.')
    .requiredOption('--out <folder>', 'the folder for results and reports')
    .option('--model <model>', 'the model of lines without one')
    .option('--concurrency <number>', 'tasks that are pending at once', positive, 100)
    .action((inputs, options) =>
      start(options, async (context) =>
        (await import('./batch/batch.ts')).runBatch(context, inputs, options),
      ),
    )
  addCaps(addTimeout(batch))
  const mcp = command('mcp', 'Start an MCP server over stdio, for agents.')
    .option(
      '--root <folders...>',
      'folders that the agent may read and write, without roots of its client',
    )
    .action((options) =>
      start(options, async (context) =>
        (await import('./mcp/server.ts')).serveMcp(context, options),
      ),
    )
  addCaps(mcp)
}

const addTimeout = (command: Command): Command =>
  command.option('--timeout <seconds>', 'how long to wait for a task', positive, 900)

const addOut = (command: Command): Command =>
  command.option(
    '--out <name>',
    'a file with {model}, {task}, {index}, {ext}, or a folder/',
    DEFAULT_NAME,
  )

const addCaps = (command: Command): Command =>
  command
    .option('--max-tasks <number>', 'the most tasks in 24 hours, over all processes', positive)
    .option('--max-credits <number>', 'the most credits in 24 hours; needs --price', positive)
    .option('--price <credits>', 'what one task costs', positive)

function positive(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value > 0)) {
    throw new InvalidArgumentError('It must be a number above 0.')
  }
  return value
}

async function flagsOf([name, ...rest]: readonly string[]): Promise<Option[]> {
  if (!MODEL_COMMANDS.has(name ?? '') || rest.length === 0) {
    return []
  }
  const [{ models, requireModel }, { modelFlags }] = await Promise.all([
    import('./models.ts'),
    import('./model-flags.ts'),
  ])
  const known = rest.find((argument) => models.some((model) => model.id === argument))
  const [id = known] = rest[0]?.startsWith('-') ? [] : rest
  // A model that this release does not know has no flags. It takes the JSON of `--input`.
  const isUntyped = id !== known && rest.some((argument) => argument.startsWith('--input'))
  return id === undefined || isUntyped ? [] : modelFlags(await requireModel(id))
}
