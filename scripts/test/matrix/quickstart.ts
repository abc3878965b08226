import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { startSimulator } from '@apikley/simulator'
import { chromiumPath, launchChromium } from 'test-kit/chromium'
import { repository } from '../../release/packages.ts'
import { run } from '../../run.ts'
import { freePort, serve } from '../../matrix/process.ts'
import { npmInstall } from '../../matrix/programs.ts'
import { nextCommand, type Workspace } from '../../matrix/workspace.ts'

const GUIDE = join(repository, 'docs/start/next.md')
/** The limits of the guide. Empty lines count. */
const MAX_LINES = 35
const MAX_FILES = 3

type Guide = { create: string[]; packages: string[]; files: { path: string; code: string }[] }

/** Follows the guide letter by letter until a page shows the generated picture. */
export async function runQuickstart(workspace: Workspace, nodeVersion: string): Promise<void> {
  await chromiumPath()
  const guide = readGuide(await readFile(GUIDE, 'utf8'))
  const parent = join(workspace.folder, 'quickstart')
  const cwd = await createProject(workspace, guide, parent)
  const file = await workspace.program('node', nodeVersion)
  const simulator = await startSimulator({ latency: 1000 })
  // The one difference from a reader's project: requests to the API go to the simulator.
  const redirect = join(parent, 'redirect.mjs')
  await writeFile(redirect, redirectFetch('https://api.apikley.ru', simulator.url))
  try {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}/`
    const env = { NODE_OPTIONS: `--import=${redirect}` }
    const server = await serve(await nextCommand(file, cwd, port, env), url)
    try {
      await choosePicture(url)
    } catch (error) {
      throw new Error(`${String(error)}\nOutput of the server:\n${server.output()}`, {
        cause: error,
      })
    } finally {
      await server.stop()
    }
    if (simulator.journal.charged !== 1) {
      throw new Error(`${simulator.journal.charged} tasks were charged`)
    }
  } finally {
    await simulator.stop()
  }
}

async function createProject(workspace: Workspace, guide: Guide, parent: string): Promise<string> {
  const { create, packages, files } = guide
  await mkdir(parent, { recursive: true })
  const args = ['--yes', ...create, '--skip-install', '--disable-git']
  await run('npx', args, { cwd: parent })
  const cwd = join(parent, create[1] ?? '')
  await workspace.useRegistry(cwd)
  await npmInstall(
    cwd,
    packages.map((name) => workspace.versioned(name)),
  )
  for (const { path, code } of files) {
    await mkdir(dirname(join(cwd, path)), { recursive: true })
    await writeFile(join(cwd, path), code)
  }
  return cwd
}

/** The commands `npx` and `npm install`, and each code block that follows the name of a file. */
function readGuide(text: string): Guide {
  const [quickstart = ''] = text.split('## For production')
  const argumentsOf = (command: string): string[] => {
    const line = quickstart.split('\n').find((each) => each.trim().startsWith(command)) ?? ''
    return line.trim().slice(command.length).trim().split(' ')
  }
  const files = [...quickstart.matchAll(/^`([^`\n]+)`[^\n]*\n\n```\w+\n(.*?)^```/gms)].map(
    ([, path = '', code = '']) => ({ path, code }),
  )
  const lines = files.reduce((sum, { code }) => sum + code.trimEnd().split('\n').length, 0)
  if (files.length === 0 || files.length > MAX_FILES || lines > MAX_LINES) {
    throw new Error(`The guide has ${lines} lines in ${files.length} files.`)
  }
  return { create: argumentsOf('npx'), packages: argumentsOf('npm install'), files }
}

/** A module that sends every `fetch` for one server to another. */
function redirectFetch(from: string, to: string): string {
  return `const { fetch } = globalThis
globalThis.fetch = (input, init) =>
  fetch(typeof input === 'string' ? input.replace('${from}', '${to}') : input, init)
`
}

async function choosePicture(url: string): Promise<void> {
  const context = await launchChromium()
  try {
    const page = await context.newPage()
    await page.goto(url)
    const sample = join(repository, 'examples/assets/sample.jpg')
    await page.locator('input[type=file]').setInputFiles(sample)
    const picture = page.getByRole('img', { name: 'The reframed picture' })
    await picture.waitFor({ timeout: 30_000 })
    await page.waitForFunction(
      () => (document.querySelector('img')?.naturalWidth ?? 0) > 0,
      undefined,
      { timeout: 10_000 },
    )
  } finally {
    await context.close()
  }
}
