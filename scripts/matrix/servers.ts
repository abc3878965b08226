import { setTimeout as sleep } from 'node:timers/promises'
import { createApikley } from '@apikley/client'
import { startSimulator, type SimulatorServer } from '@apikley/simulator'
import { run } from '../run.ts'
import { freePort, serve, type Command, type Server } from './process.ts'
import type { Runtimes } from './runtimes.ts'
import { nextCommand, type Cell, type Workspace } from './workspace.ts'

const TASK_TIMEOUT_MS = 30_000
const CALLBACK_TIMEOUT_MS = 10_000

type Start = (workspace: Workspace, port: number) => Promise<Command>
/** A further check of a server, with the URL of its proxy and the task of a page. */
type Check = (proxyUrl: string, taskId: string) => Promise<void>

/** The proxy and the webhook on every platform, with the projects of `examples/servers`. */
export function serverCells({ node, bun, deno, workerd }: Runtimes): Cell[] {
  const current = node.versions.at(-1) ?? ''
  const cell = (platform: string, start: Start, check?: Check): Cell => ({
    name: `${platform} serves the proxy and the webhook`,
    run: (workspace) => testServer(workspace, start, check),
  })
  const onNode = (version: string, program: string): Start => {
    return (workspace) => workspace.node(version, 'servers/node', program)
  }
  return [
    ...node.versions.map((version) => cell(`Hono on Node ${version}`, onNode(version, 'hono.js'))),
    ...['express', 'fastify', 'h3', 'lambda-local'].map((framework) =>
      cell(`${framework} on Node ${current}`, onNode(current, `${framework}.js`)),
    ),
    cell('the edge runtime', async (workspace) => {
      const command = await workspace.node(current, 'servers/edge', 'server.js')
      await run('npm', ['run', 'build'], { cwd: command.cwd })
      return command
    }),
    cell('Next.js', async (workspace, port) => {
      const file = await workspace.program('node', current)
      return nextCommand(file, await workspace.installed('servers/next'), port)
    }),
    cell(`Bun ${bun}`, (workspace) => workspace.bun(bun, 'servers/bun', 'server.ts')),
    cell(`Deno ${deno}`, (workspace) => workspace.deno(deno, 'servers/deno', 'server.ts')),
    cell(
      `workerd ${workerd}`,
      (workspace, port) => workspace.workerd(workerd, 'servers/worker', port),
      readInBursts,
    ),
  ]
}

/**
 * Creates a task through the proxy, as a page does, and waits for it. The simulator posts the
 * finished task to the webhook.
 */
async function testServer(workspace: Workspace, start: Start, check?: Check): Promise<void> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const command = await start(workspace, port)
  const simulator = await startSimulator({ latency: 2000 })
  const token = 'a-token-that-nobody-can-guess'
  const env = {
    ...command.env,
    APIKLEY_API_KEY: 'any-long-key-will-do',
    APIKLEY_BASE_URL: simulator.url,
    APIKLEY_PROXY_SECRET: 'a-secret-of-at-least-thirty-two-characters',
    APIKLEY_WEBHOOK_TOKEN: token,
    CALLBACK_URL: `${url}/api/apikley/callback?token=${token}`,
    PORT: `${port}`,
  }
  let server: Server | undefined
  try {
    server = await serve({ ...command, env }, `${url}/`)
    const handle = await runTask(`${url}/api/apikley`, simulator, server)
    await check?.(`${url}/api/apikley`, handle)
  } catch (error) {
    throw new Error(`${String(error)}\nOutput of the server:\n${server?.output() ?? ''}`, {
      cause: error,
    })
  } finally {
    await server?.stop()
    await simulator.stop()
  }
}

/** Returns the handle with which the page knows its task. */
async function runTask(
  proxyUrl: string,
  { journal }: SimulatorServer,
  server: Server,
): Promise<string> {
  const page = createApikley({ proxyUrl })
  const image = new Blob(['not really a picture'], { type: 'image/png' })
  const input = { image_url: image, image_size: 'landscape_16_9' } as const
  const { task } = await page.run('ideogram/v3-reframe', input, { timeout: TASK_TIMEOUT_MS })
  const taskId = journal.tasks[0]?.taskId ?? ''
  const end = `${taskId} success`
  const isNotified = (): boolean => journal.callbacks.length > 0 && server.output().includes(end)
  for (const deadline = Date.now() + CALLBACK_TIMEOUT_MS; !isNotified(); await sleep(50)) {
    if (Date.now() > deadline) {
      throw new Error(`onTask was not called: ${JSON.stringify(journal.callbacks)}`)
    }
  }
  if (journal.tasks.length !== 1 || journal.callbacks.some(({ status }) => status !== 200)) {
    throw new Error(`Not one charge and its callbacks: ${JSON.stringify(journal.callbacks)}`)
  }
  if (task.taskId === taskId || task.param || task.urls.length === 0) {
    throw new Error(`The page sees a wrong task: ${JSON.stringify(task)}`)
  }
  return task.taskId
}

/**
 * Sends more reads than the limit allows. In a Worker a finished request takes its timers with it,
 * so no other request may depend on them.
 */
async function readInBursts(proxyUrl: string, taskId: string): Promise<void> {
  const url = `${proxyUrl}/tasks/${encodeURIComponent(taskId)}`
  const read = async (): Promise<number> =>
    (await fetch(url, { signal: AbortSignal.timeout(10_000) })).status
  const burst = (size: number): Promise<number[]> => Promise.all(Array.from({ length: size }, read))
  // The reads of the wait above leave the limit's window.
  await sleep(1100)
  const bursts = await Promise.all([
    burst(5),
    sleep(500).then(() => burst(10)),
    sleep(700).then(() => burst(5)),
  ])
  const statuses = bursts.flat()
  // 429 is the limit of the proxy for one user.
  if (statuses.some((status) => status !== 200 && status !== 429)) {
    throw new Error(`Some of 20 reads failed: ${statuses.join(', ')}`)
  }
}
