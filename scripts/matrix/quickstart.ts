import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { startSimulator } from '@apikley/simulator'
import { launchChromium } from 'test-kit/chromium'
import { repository } from '../scratch.ts'
import { freePort } from './browser.ts'
import type { Bench } from './cells.ts'
import { execute, serve } from './process.ts'

const guide = 'examples/servers/next/README.md'

/** What may be asked of a reader: lines, with the empty ones, over files. */
const most = { lines: 35, files: 3 }

/**
 * From the commands and the files of the guide, letter by letter, to a picture in a page. Gives the
 * line that other examples print.
 */
export async function quickstart(
  { folder, projects, tools }: Bench,
  node: string,
): Promise<string> {
  const { create, packages, files } = readGuide(await readFile(join(repository, guide), 'utf8'))
  const lines = files.reduce((sum, { code }) => sum + code.trimEnd().split('\n').length, 0)
  if (files.length > most.files || lines > most.lines) {
    throw new Error(`${lines} lines over ${files.length} files is too much`)
  }

  const parent = join(folder, 'quickstart')
  await mkdir(parent, { recursive: true })
  await execute('npx', ['--yes', ...create, '--skip-install', '--disable-git'], { cwd: parent })
  const cwd = join(parent, create[1] ?? '')
  await projects.prepare(cwd)
  await execute(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages.map(projects.versioned)],
    { cwd },
  )
  for (const { path, code } of files) {
    await mkdir(dirname(join(cwd, path)), { recursive: true })
    await writeFile(join(cwd, path), code)
  }

  const [binary, port, simulator] = await Promise.all([
    tools.node(node),
    freePort(),
    startSimulator({ latency: 1000 }),
  ])
  const url = `http://127.0.0.1:${port}/`
  // Only where the service is differs from what the reader has: its name leads to the simulator.
  const elsewhere = join(parent, 'elsewhere.mjs')
  await writeFile(elsewhere, redirect('https://api.apikley.ru', simulator.url))
  const env = { NEXT_TELEMETRY_DISABLED: '1', NODE_OPTIONS: `--import=${elsewhere}` }
  const next = join(cwd, 'node_modules/next/dist/bin/next')
  try {
    await execute(binary, [next, 'build'], { cwd, env })
    const server = await serve(
      binary,
      [next, 'start', '-H', '127.0.0.1', '-p', String(port)],
      { cwd, env },
      url,
    )
    try {
      await choosePicture(url, join(folder, 'chromium-quickstart'))
      const { bought, tasks } = simulator.journal
      if (bought !== 1) {
        throw new Error(`${bought} tasks were bought`)
      }
      return `task_${tasks[0]?.taskId} success https://${lines}-lines`
    } catch (error) {
      throw new Error(
        `${error instanceof Error ? error.message : error}\nThe server said:\n${server.said()}`,
        { cause: error },
      )
    } finally {
      await server.stop()
    }
  } finally {
    await simulator.stop()
  }
}

/** The two commands that make the project, and each code block that follows a file's name. */
function readGuide(text: string): {
  create: string[]
  packages: string[]
  files: { path: string; code: string }[]
} {
  const [quick = ''] = text.split('## For production')
  const words = (start: string): string[] =>
    (quick.split('\n').find((line) => line.trim().startsWith(start)) ?? '')
      .trim()
      .split(' ')
      .slice(start.split(' ').length)
  const files = [...quick.matchAll(/^`([^`\n]+)`[^\n]*\n\n```\w+\n(.*?)^```/gms)].map(
    ([, path = '', code = '']) => ({ path, code }),
  )
  const [create, packages] = [words('npx'), words('npm install')]
  if (create.length === 0 || packages.length === 0 || files.length === 0) {
    throw new Error(`${guide} has no commands or no files`)
  }
  return { create, packages, files }
}

/** A program that has every `fetch` of one server sent to another. */
function redirect(from: string, to: string): string {
  return `const { fetch } = globalThis
globalThis.fetch = (input, init) => fetch(typeof input === 'string' ? input.replace(${JSON.stringify(from)}, ${JSON.stringify(to)}) : input, init)
`
}

async function choosePicture(url: string, profile: string): Promise<void> {
  await mkdir(profile, { recursive: true })
  const context = await launchChromium(profile)
  try {
    const page = await context.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(url)
    await page
      .locator('input[type=file]')
      .setInputFiles(join(repository, 'examples/assets/sample.jpg'))
    const picture = page.getByRole('img', { name: 'The reframed picture' })
    await picture
      .waitFor({ timeout: 30_000 })
      .catch(async (error: Error) =>
        problems.push(error.message, await page.locator('body').innerText()),
      )
    if (problems.length > 0) {
      throw new Error(`The page reported problems:\n${problems.join('\n')}`)
    }
    await page.waitForFunction(
      () => (document.querySelector('img')?.naturalWidth ?? 0) > 0,
      undefined,
      { timeout: 10_000 },
    )
  } finally {
    await context.close()
  }
}
