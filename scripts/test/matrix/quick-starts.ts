import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { createApikley } from '@apikley/client'
import { startSimulator } from '@apikley/simulator'
import { launchChromium } from 'test-kit/chromium'
import { execute, freePort, serve, type Command } from '../../matrix/process.ts'
import { npmInstall } from '../../matrix/programs.ts'
import type { Cell, Workspace } from '../../matrix/workspace.ts'
import { repository } from '../../release/packages.ts'

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof launchChromium>>['newPage']>>
type Step = { command: string } | { path: string; code: string }
/** Runs the last command of a page until a task has succeeded. */
type Finish = (command: Command, port: number) => Promise<unknown>

const pages: Record<string, Finish> = {
  node: async (command) => {
    const output = await execute(command)
    if (!/ success http/.test(output)) {
      throw new Error(`The program printed no result: ${output}`)
    }
  },
  vite: (command) =>
    showPage(command, 'http://localhost:5173/', async (page) => {
      await page.getByRole('button', { name: 'Reframe' }).click()
      await page.getByText(/ success http/).waitFor()
    }),
  next: (command, port) =>
    showPage(command, `http://localhost:${port}/`, async (page) => {
      // The page has no handlers before its scripts ran.
      await page.waitForLoadState('networkidle')
      const sample = join(repository, 'examples/assets/sample.jpg')
      await page.locator('input[type=file]').setInputFiles(sample)
      const picture = page.getByRole('img', { name: 'The reframed picture' })
      await picture.waitFor()
      await page.waitForFunction(() => (document.querySelector('img')?.naturalWidth ?? 0) > 0)
    }),
  hono: createThroughProxy,
  express: createThroughProxy,
  cli: async (command) => {
    const output = await execute(command)
    if (!output.includes('/lighthouse.gif')) {
      throw new Error(`The command saved no picture: ${output}`)
    }
  },
}

/** Each quick start of `docs/start`, followed exactly as it is written. */
export function quickStartCells(nodeVersion: string): Cell[] {
  return Object.entries(pages).map(([name, finish]) => ({
    name: `The quick start ${name} ends with a result`,
    run: (workspace) => follow(workspace, name, nodeVersion, finish),
  }))
}

async function follow(
  workspace: Workspace,
  name: string,
  nodeVersion: string,
  finish: Finish,
): Promise<void> {
  const folder = join(workspace.folder, 'quick-starts', name)
  await mkdir(folder, { recursive: true })
  const simulator = await startSimulator({ latency: 1000 })
  // The one difference from a reader's project: requests to the API go to the simulator.
  const redirect = join(folder, '..', `${name}-redirect.mjs`)
  await writeFile(redirect, redirectFetch('https://api.apikley.ru', simulator.url))
  const node = await workspace.program('node', nodeVersion)
  const port = await freePort()
  const env: Record<string, string> = {
    PATH: `${dirname(node)}:${process.env.PATH}`,
    NODE_OPTIONS: `--import=${redirect}`,
    XDG_STATE_HOME: folder,
    NEXT_TELEMETRY_DISABLED: '1',
    npm_config_yes: 'true',
    PORT: `${port}`,
  }
  const page = await readFile(join(repository, `docs/start/${name}.md`), 'utf8')
  try {
    const last = await prepare(workspace, await readSteps(page), folder, env)
    await finish({ ...last, env }, port)
    if (simulator.journal.charged !== 1) {
      throw new Error(`${simulator.journal.charged} tasks were charged`)
    }
  } finally {
    await simulator.stop()
  }
}

/** Writes all files and runs all commands except the last one, which starts the program. */
async function prepare(
  workspace: Workspace,
  steps: Step[],
  folder: string,
  env: Record<string, string>,
): Promise<Command> {
  const shell = (line: string): Command => ({ file: 'bash', args: ['-c', line], cwd, env })
  let cwd = folder
  for (const step of steps.slice(0, -1)) {
    if ('path' in step) {
      await mkdir(dirname(join(cwd, step.path)), { recursive: true })
      await writeFile(join(cwd, step.path), step.code)
      continue
    }
    const [program = '', ...args] = step.command.split(' ')
    const [, name, value] = /^export (\w+)=(.*)$/.exec(step.command) ?? []
    if (name && value) {
      env[name] = (await execute(shell(`printf %s "${value}"`))).trim()
    } else if (program === 'cd') {
      cwd = join(cwd, args[0] ?? '')
    } else if (program === 'npm' && args[0] === 'install') {
      await workspace.useRegistry(cwd)
      const packages = args.slice(1).map((each) => workspace.versioned(each))
      await npmInstall(cwd, packages)
    } else {
      await execute(shell(step.command))
    }
  }
  const last = steps.at(-1)
  if (!last || 'path' in last) {
    throw new Error('The page does not end with a command.')
  }
  return shell(`exec ${last.command}`)
}

/** The files and commands of a page up to its next heading, in order. */
async function readSteps(text: string): Promise<Step[]> {
  const [quickStart = ''] = text.split(/^## /m)
  const steps: Step[] = []
  // A file is a code block or an include below its name. Other code blocks are commands.
  const parts = /^(?:`(?<path>[^`\n]+)`[^\n]*\n\n)?(?:<<< (?<file>\S+)|```\w+\n(?<code>.*?)^```)/gms
  for (const { groups = {} } of quickStart.matchAll(parts)) {
    const { path, file, code = '' } = groups
    if (file) {
      const source = await readFile(join(repository, 'docs/start', file), 'utf8')
      steps.push({ path: path ?? basename(file), code: source })
    } else if (path) {
      steps.push({ path, code })
    } else {
      const commands = code.trim().split('\n')
      steps.push(...commands.map((command) => ({ command })))
    }
  }
  return steps
}

/** A module that sends every `fetch` for one server to another. */
function redirectFetch(from: string, to: string): string {
  return `const { fetch } = globalThis
globalThis.fetch = (input, init) =>
  fetch(typeof input === 'string' ? input.replace('${from}', '${to}') : input, init)
`
}

async function showPage(
  command: Command,
  url: string,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const server = await serve(command, url)
  try {
    const browser = await launchChromium()
    try {
      const page = await browser.newPage()
      await page.goto(url)
      await use(page)
    } finally {
      await browser.close()
    }
  } catch (error) {
    throw new Error(`${String(error)}\nOutput of the server:\n${server.output()}`, { cause: error })
  } finally {
    await server.stop()
  }
}

async function createThroughProxy(command: Command, port: number): Promise<void> {
  const url = `http://127.0.0.1:${port}`
  const server = await serve(command, url)
  try {
    await createApikley({ proxyUrl: `${url}/api/apikley` }).run('ideogram/v3-reframe', {
      image_url: new Blob(['not really a picture'], { type: 'image/png' }),
      image_size: 'landscape_16_9',
    })
  } finally {
    await server.stop()
  }
}
