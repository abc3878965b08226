import { Command, InvalidArgumentError, Option, type OutputConfiguration } from 'commander'
import { showCredits, uploadFiles } from './commands/account.ts'
import { create, run } from './commands/create.ts'
import { listModels, showSchema } from './commands/models.ts'
import { getTask, recoverKey, saveResults, waitForTasks } from './commands/tasks.ts'
import type { Context, Flags } from './context.ts'
import type { ExitCode } from './errors.ts'
import { modelFlags } from './model-flags.ts'
import { models, requireModel } from './models.ts'
import { DEFAULT_NAME } from './save-task.ts'

/** Without an exit code, the command has succeeded. */
type Action = (context: Context, names: string[], flags: Flags) => Promise<ExitCode | void>

interface CommandTable {
  readonly [usage: string]: {
    readonly text: string
    readonly options?: () => readonly Option[]
    readonly run: Action
  }
}

/** Runs a command, and prints help. */
interface Start extends OutputConfiguration {
  readonly run: (flags: Flags, act: (context: Context) => ReturnType<Action>) => Promise<void>
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
    options: () => [new Option('--kind <kind>', 'the kind of result').choices(KINDS)],
    run: listModels,
  },
  'schema <model>': {
    text: 'Show the fields, limits and example of a model.',
    run: showSchema,
  },
  credits: { text: 'Show the balance of the account.', run: showCredits },
  'upload <files...>': {
    text: 'Upload files and print their URLs. It is free.',
    run: uploadFiles,
  },
  'get <task>': { text: 'Show a task.', run: getTask },
  'wait <tasks...>': {
    text: 'Wait until tasks have ended.',
    options: () => [timeout()],
    run: waitForTasks,
  },
  'save <task>': {
    text: 'Wait for a task and save its results.',
    options: () => [timeout(), out()],
    run: saveResults,
  },
  'recover <key>': { text: 'Report what became of an idempotency key.', run: recoverKey },
  'create <model>': {
    text: 'Create a task and print its id.',
    options: creating,
    run: create,
  },
  'run <model>': {
    text: 'Create a task, wait for it and save its results.',
    options: () => [timeout(), out(), ...creating()],
    run,
  },
  'batch <inputs>': {
    text: 'Run a file of JSON lines: {"model": …, "input": {…}}.',
    options: () => [
      option('--out <folder>', 'the folder for results and reports').makeOptionMandatory(),
      amount('--concurrency <number>', 'tasks that are pending at once', 100),
      timeout(),
      ...caps(),
    ],
    run: async (...all) => (await import('./batch/batch.ts')).runBatch(...all),
  },
  mcp: {
    text: 'Start an MCP server over stdio, for agents.',
    options: () => [
      option('--root <folders...>', 'folders that the agent may read and write'),
      ...caps(),
    ],
    run: async (context, _, flags) => (await import('./mcp/server.ts')).serveMcp(context, flags),
  },
}

/** The commands and their flags. For `create` and `run`, the fields of the model are flags too. */
export async function createProgram(
  args: readonly string[],
  { run: start, ...output }: Start,
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
        const flags = command.opts<Flags>()
        return start(flags, (context) => run(context, command.args, flags))
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
  const known = rest.find((argument) => models.some((model) => model.id === argument))
  const [id = known] = rest[0]?.startsWith('-') ? [] : rest
  // A model that this release does not know has no flags. It takes the JSON of `--input`.
  const isUntyped = id !== known && rest.some((argument) => argument.startsWith('--input'))
  return id === undefined || isUntyped ? [] : modelFlags(await requireModel(id))
}
