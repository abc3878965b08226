import { Command, InvalidArgumentError, Option, type OutputConfiguration } from 'commander'
import type { Context } from './context.ts'
import { DEFAULT_NAME } from './default-name.ts'
import type { ExitCode } from './errors.ts'

/** The flags of a command. Each command has some of them. */
export interface Flags {
  readonly json?: boolean
  readonly simulate?: boolean
  readonly kind?: string
  /** In seconds. */
  readonly timeout: number
  readonly out: string
  readonly input?: string
  readonly take: string
  readonly maxTasks?: number
  readonly maxCredits?: number
  readonly price?: number
  readonly model?: string
  readonly concurrency: number
  readonly root?: readonly string[]
  /** The fields of a model. */
  readonly [field: string]: unknown
}

/** The work of a command. Without an exit code, it has succeeded. */
export type Act = (context: Context) => Promise<ExitCode | void>

/** Runs one command. */
export type Start = (flags: Flags, act: Act) => Promise<void>

interface CommandTable {
  readonly [usage: string]: {
    readonly text: string
    readonly options?: () => readonly Option[]
    /** Loads its module when it starts. */
    readonly run: (
      context: Context,
      name: string,
      flags: Flags,
      names: readonly string[],
    ) => Promise<ExitCode | void>
  }
}

const option = (flags: string, text: string, value?: string): Option =>
  new Option(flags, text).default(value)
const amount = (flags: string, text: string, value?: number): Option =>
  new Option(flags, text).argParser(parsePositive).default(value)

const KINDS = ['image', 'video', 'audio', 'text', 'object']
const timeout = (): Option => amount('--timeout <seconds>', 'how long to wait for a task', 900)
const out = (): Option =>
  option('--out <name>', 'a file with {model}, {task}, {index}, {ext}, or a folder/', DEFAULT_NAME)
const caps = (): Option[] => [
  amount('--max-tasks <number>', 'the most tasks in 24 hours, over all processes'),
  amount('--max-credits <number>', 'the most credits in 24 hours; needs --price'),
  amount('--price <credits>', 'what one task costs'),
]
const creating = (): Option[] => [
  option('--input <file>', 'a JSON file with the fields; flags go on top of it'),
  option('--take <name>', 'another name creates another task of the same input', '1'),
  ...caps(),
]

const COMMANDS: CommandTable = {
  models: {
    text: 'List the models.',
    options: () => [option('--kind <kind>', 'the kind of result').choices(KINDS)],
    run: async (context, _, options) =>
      (await import('./commands/models.ts')).listModels(context, options),
  },
  'schema <model>': {
    text: 'Show the fields, limits and example of a model.',
    run: async (context, model) =>
      (await import('./commands/models.ts')).showSchema(context, model),
  },
  credits: {
    text: 'Show the balance of the account.',
    run: async (context) => (await import('./commands/account.ts')).showCredits(context),
  },
  'upload <files...>': {
    text: 'Upload files and print their URLs. It is free.',
    run: async (context, _, __, files) =>
      (await import('./commands/account.ts')).uploadFiles(context, files),
  },
  'get <task>': {
    text: 'Show a task.',
    run: async (context, task) => (await import('./commands/tasks.ts')).getTask(context, task),
  },
  'wait <tasks...>': {
    text: 'Wait until tasks have ended.',
    options: () => [timeout()],
    run: async (context, _, options, tasks) =>
      (await import('./commands/tasks.ts')).waitForTasks(context, tasks, options.timeout),
  },
  'save <task>': {
    text: 'Wait for a task and save its results.',
    options: () => [timeout(), out()],
    run: async (context, task, { timeout, out }) =>
      (await import('./commands/tasks.ts')).saveResults(context, task, { timeout, out }),
  },
  'recover <key>': {
    text: 'Report what became of an idempotency key.',
    run: async (context, key) => (await import('./commands/tasks.ts')).recoverKey(context, key),
  },
  'create <model>': {
    text: 'Create a task and print its id.',
    options: creating,
    run: async (context, model, options) =>
      (await import('./commands/create.ts')).create(context, model, options),
  },
  'run <model>': {
    text: 'Create a task, wait for it and save its results.',
    options: () => [timeout(), out(), ...creating()],
    run: async (context, model, options) =>
      (await import('./commands/create.ts')).run(context, model, options),
  },
  'batch <inputs>': {
    text: 'Run a file of JSON lines: {"model": …, "input": {…}}.',
    options: () => [
      option('--out <folder>', 'the folder for results and reports').makeOptionMandatory(),
      option('--model <model>', 'the model of lines without one'),
      amount('--concurrency <number>', 'tasks that are pending at once', 100),
      timeout(),
      ...caps(),
    ],
    run: async (context, inputs, options) =>
      (await import('./batch/batch.ts')).runBatch(context, inputs, options),
  },
  mcp: {
    text: 'Start an MCP server over stdio, for agents.',
    options: () => [
      option('--root <folders...>', 'folders that the agent may read and write'),
      ...caps(),
    ],
    run: async (context, _, options) =>
      (await import('./mcp/server.ts')).serveMcp(context, options),
  },
}

/** The commands and their flags. For `create` and `run`, the fields of the model are flags too. */
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
  const fields = await modelFlagsOf(args)
  for (const [usage, { text, options, run }] of Object.entries(COMMANDS)) {
    const command = program
      .command(usage)
      .description(text)
      .option('--json', 'print JSON lines, also on a terminal')
      .option('--simulate', 'use a simulator in place of the service; nothing is charged')
      .action(() => {
        const [name = ''] = command.args
        const values = command.opts<Flags>()
        return start(values, (context) => run(context, name, values, command.args))
      })
    const hasFields = options === creating || usage.startsWith('run ')
    for (const each of [...(options?.() ?? []), ...(hasFields ? fields : [])]) {
      command.addOption(each)
    }
    if (hasFields) {
      const hint = `apikley ${command.name()} MODEL --help`
      command.addHelpText('after', `\nThe flags for the fields of a model: ${hint}`)
    }
  }
  return program
}

function parsePositive(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value > 0)) {
    throw new InvalidArgumentError('It must be a number above 0.')
  }
  return value
}

/** The flags for the fields of the model in the arguments. */
async function modelFlagsOf([name, ...rest]: readonly string[]): Promise<Option[]> {
  if ((name !== 'create' && name !== 'run') || rest.length === 0) {
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
