import { join } from 'node:path'
import { createApikley } from '@apikley/client'
import { startSimulator } from '@apikley/simulator'
import { freePort } from './browser.ts'
import type { Bench, Cell } from './cells.ts'
import { execute, serve } from './process.ts'
import { quickstart } from './quickstart.ts'
import type { Runtimes } from './runtimes.ts'

/** How a server of an example is started. */
type Start = { file: string; args: string[]; cwd: string; env?: Record<string, string> }

/** What else a server has to stand: its proxy, and a task of the page's. */
type Use = (proxyUrl: string, taskId: string) => Promise<void>

/** Both handlers of `@apikley/server`, in every framework and on every platform. */
export function servers({ node, bun, deno, workerd, browser }: Runtimes): Cell[] {
  const current = node.versions.at(-1) ?? ''
  const cell = (
    runtime: string,
    format: string,
    start: (bench: Bench, port: number) => Promise<Start>,
    more?: Use,
  ): Cell => ({
    runtime,
    format: `server, ${format}`,
    run: (bench) => used(bench, start, more),
  })
  return [
    ...node.versions.map((version) =>
      cell(`Node ${version}`, 'Hono', (bench) => inNode(bench, version, 'hono')),
    ),
    cell(`Node ${current}`, 'Express', (bench) => inNode(bench, current, 'express')),
    cell(`Node ${current}`, 'edge runtime', async (bench) => {
      const start = await inNode(bench, current, 'edge')
      await execute('npm', ['run', 'build'], { cwd: start.cwd })
      return start
    }),
    cell(`Node ${current}`, 'Next.js', (bench, port) => inNext(bench, current, port)),
    { runtime: browser, format: 'Next.js quickstart', run: (bench) => quickstart(bench, current) },
    cell(`Bun ${bun}`, 'Bun.serve', (bench) => inBun(bench, bun)),
    cell(`Deno ${deno}`, 'Deno.serve', (bench) => inDeno(bench, deno)),
    cell(
      `workerd ${workerd}`,
      'bundle',
      (bench, port) => inWorkerd(bench, workerd, port),
      readInBursts,
    ),
  ]
}

/**
 * A page's client creates a task through the proxy and waits; the service posts the end to the
 * webhook. Gives the line that other examples print.
 */
async function used(
  bench: Bench,
  start: (bench: Bench, port: number) => Promise<Start>,
  more?: Use,
): Promise<string> {
  const port = await freePort()
  const { file, args, cwd, env } = await start(bench, port)
  const simulator = await startSimulator({ latency: 2000 })
  const url = `http://127.0.0.1:${port}`
  const settings = {
    APIKLEY_API_KEY: 'any-key-will-do',
    APIKLEY_BASE_URL: simulator.url,
    APIKLEY_PROXY_SECRET: 'a-secret-of-at-least-thirty-two-characters',
    APIKLEY_WEBHOOK_TOKEN: 'a-token-that-nobody-can-guess',
    CALLBACK_URL: `${url}/api/apikley/callback?token=a-token-that-nobody-can-guess`,
    PORT: String(port),
  }
  try {
    const server = await serve(file, args, { cwd, env: { ...settings, ...env } }, `${url}/`)
    try {
      const page = createApikley({ proxyUrl: `${url}/api/apikley` })
      const image = new Blob(['not really a picture'], { type: 'image/png' })
      const { task } = await page.run(
        'ideogram/v3-reframe',
        { image_url: image, image_size: 'landscape_16_9' },
        { timeout: 30_000 },
      )
      const taskId = simulator.journal.tasks[0]?.taskId ?? ''
      await until(
        () =>
          simulator.journal.callbacks.length > 0 &&
          server.said().includes(`told ${taskId} success`),
        () => [JSON.stringify(simulator.journal.callbacks), server.said()].join('\n'),
      )
      const { bought, callbacks } = simulator.journal
      if (bought !== 1 || callbacks.some(({ status }) => status !== 200)) {
        throw new Error(`bought ${bought}, ${JSON.stringify(callbacks)}`)
      }
      if (task.taskId === taskId || task.param) {
        throw new Error('The page sees what is not meant for it')
      }
      await more?.(`${url}/api/apikley`, task.taskId)
      return `task_${taskId} ${task.state} https://${task.urls.length > 0 ? 'result' : ''}`
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

/**
 * More reads than the limit lets through, in such a rhythm that those who wait do so longer than
 * others that came before them: in a Worker, a request that has ended takes its timers along, and
 * nobody may have waited for those.
 */
async function readInBursts(proxyUrl: string, taskId: string): Promise<void> {
  const url = `${proxyUrl}/api/v1/jobs/recordInfo?taskId=${encodeURIComponent(taskId)}`
  const read = async (): Promise<number> =>
    (await fetch(url, { signal: AbortSignal.timeout(10_000) })).status
  const burst = (size: number): Promise<number[]> => Promise.all(Array.from({ length: size }, read))
  // What was read before no longer counts.
  await pause(1100)
  const bursts = [burst(5)]
  await pause(500)
  bursts.push(burst(10))
  await pause(200)
  bursts.push(burst(5))
  const statuses = (await Promise.all(bursts)).flat()
  // A proxy may have enough of one user.
  if (statuses.some((status) => status !== 200 && status !== 429)) {
    throw new Error(`Of 20 reads some had no answer: ${statuses.join(', ')}`)
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function until(done: () => boolean, explain: () => string): Promise<void> {
  for (const end = Date.now() + 10_000; !done(); await pause(50)) {
    if (Date.now() > end) {
      throw new Error(`onTask was not called: ${explain()}`)
    }
  }
}

async function inNode(
  { tools, projects }: Bench,
  version: string,
  example: string,
): Promise<Start> {
  const [file, cwd] = await Promise.all([
    tools.node(version),
    projects.installed(`servers/${example}`),
  ])
  return { file, args: ['server.js'], cwd }
}

async function inNext({ tools, projects }: Bench, version: string, port: number): Promise<Start> {
  const [file, cwd] = await Promise.all([tools.node(version), projects.installed('servers/next')])
  const next = join(cwd, 'node_modules/next/dist/bin/next')
  const env = { NEXT_TELEMETRY_DISABLED: '1' }
  await execute(file, [next, 'build'], { cwd, env })
  return { file, args: [next, 'start', '-H', '127.0.0.1', '-p', String(port)], cwd, env }
}

async function inBun({ folder, tools, projects }: Bench, version: string): Promise<Start> {
  const [file, cwd] = await Promise.all([tools.bun(version), projects.copy('servers/bun')])
  const env = { BUN_INSTALL_CACHE_DIR: join(folder, 'bun-cache-server') }
  await execute(file, ['install', '--ignore-scripts'], { cwd, env })
  return { file, args: ['server.ts'], cwd, env }
}

async function inDeno({ folder, tools, projects }: Bench, version: string): Promise<Start> {
  const [file, cwd] = await Promise.all([tools.deno(version), projects.copy('servers/deno')])
  const env = {
    DENO_TLS_CA_STORE: 'mozilla,system',
    DENO_DIR: join(folder, 'deno-cache-server'),
    DENO_NO_UPDATE_CHECK: '1',
  }
  // What is tried was published a moment ago.
  const age = '--minimum-dependency-age=0'
  await execute(file, ['check', age, 'server.ts'], { cwd, env })
  return { file, args: ['run', age, '--allow-env', '--allow-net', 'server.ts'], cwd, env }
}

async function inWorkerd(
  { tools, projects }: Bench,
  version: string,
  port: number,
): Promise<Start> {
  const [file, cwd] = await Promise.all([
    tools.workerd(version),
    projects.installed('servers/worker'),
  ])
  await execute('npm', ['run', 'build'], { cwd })
  return { file, args: ['serve', 'config.capnp', '--socket-addr', `http=127.0.0.1:${port}`], cwd }
}
