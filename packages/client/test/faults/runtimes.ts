import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build, type BuildOptions } from 'esbuild'
import { listenWith, type Listening } from 'test-kit/listen'
import { createProxies, type Proxies } from './proxies.ts'
import type { Report, Task } from './run-cells.ts'

export interface Outcome {
  readonly reports: readonly Report[]
  readonly unhandled: readonly string[]
}

export type Serve = (proxies: Proxies) => Promise<Listening>

export interface Runtime {
  /** Runs cells in a program of its own, which has to end by itself. */
  readonly run: (tasks: readonly Task[]) => Promise<Outcome>
  readonly serve: Serve
}

/** How long a program may take to run all cells and to end by itself. */
const PROGRAM_TIMEOUT_MS = 60_000

/** The client as it is published. */
const CLIENT = join(import.meta.dirname, '../../dist/index.js')

/** Serves proxies in this process. */
export const serveHere: Serve = (proxies) => listenWith(createProxies(proxies))

/** @param command for instance `['deno', 'run', '-A']` or `['workerd']` */
export function runtimeOf(command: readonly string[]): Runtime {
  const [file = ''] = command
  return basename(file) === 'workerd' ? workerd(file) : program(command)
}

/** A runtime that starts a file. Not every version of Node runs TypeScript, so it is JavaScript. */
function program([file = '', ...args]: readonly string[]): Runtime {
  const inProgram = <Value>(use: (file: string) => Promise<Value>): Promise<Value> =>
    inFolder(async (folder) => {
      const outfile = join(folder, 'program.mjs')
      const entryPoints = [join(import.meta.dirname, 'program.ts')]
      await bundle({ entryPoints, outfile, platform: 'node', banner: { js: REQUIRE } })
      return use(outfile)
    })
  return {
    run: (tasks) =>
      inProgram(async (path) => {
        const given = [...args, path, 'run', pathToFileURL(CLIENT).href, JSON.stringify(tasks)]
        const options = { timeout: PROGRAM_TIMEOUT_MS, maxBuffer: 2 ** 24 }
        const { stdout } = await promisify(execFile)(file, given, options)
        return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
      }),
    serve: (proxies) =>
      inProgram(async (path) => {
        const given = [...args, path, 'serve', JSON.stringify(proxies)]
        const server = spawn(file, given, { stdio: ['ignore', 'pipe', 'inherit'] })
        return listening(server, server.stdout, (line) => line)
      }),
  }
}

/**
 * workerd has no programs, so one request runs the cells. It reports a rejection at once, also one
 * that is handled later in the same turn, such as that of a promise which an async function
 * returns. As in other runtimes, only a rejection without a handler at the end of the turn counts.
 */
function workerd(file: string): Runtime {
  const start = (proxies: Proxies): Promise<Listening> =>
    inFolder(async (folder) => {
      const contents = `
import { createApikley } from ${JSON.stringify(CLIENT)}
import { createProxies } from './proxies.ts'
import { runCells } from './run-cells.ts'
const unhandled = []
const pending = new Set()
addEventListener('unhandledrejection', ({ promise, reason }) => {
  pending.add(promise)
  setTimeout(() => pending.has(promise) && unhandled.push(String(reason)))
})
addEventListener('rejectionhandled', ({ promise }) => pending.delete(promise))
let proxies
export default {
  async fetch(request) {
    if (new URL(request.url).pathname !== '/') {
      proxies ??= createProxies(${JSON.stringify(proxies)})
      return proxies(request)
    }
    const reports = await runCells(createApikley, await request.json())
    await new Promise((resolve) => setTimeout(resolve, 50))
    return Response.json({ reports, unhandled })
  },
}`
      await bundle({
        stdin: { contents, resolveDir: import.meta.dirname },
        outfile: join(folder, 'worker.mjs'),
        conditions: ['workerd', 'worker'],
      })
      await writeFile(join(folder, 'config.capnp'), CONFIG)
      const args = ['serve', 'config.capnp', '--socket-addr=http=127.0.0.1:0', '--control-fd=1']
      const server = spawn(file, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
      return listening(server, server.stdout, (line) => {
        const { event, port }: { event?: string; port?: number } = JSON.parse(line)
        return event === 'listen' ? `http://127.0.0.1:${port}` : undefined
      })
    })
  return {
    serve: start,
    async run(tasks) {
      const { url, stop } = await start({ way: 'no proxy', targets: [] })
      try {
        const body = JSON.stringify(tasks)
        const signal = AbortSignal.timeout(PROGRAM_TIMEOUT_MS)
        const answer = await fetch(url, { method: 'POST', body, signal })
        return JSON.parse(await answer.text())
      } finally {
        await stop()
      }
    },
  }
}

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [(name = "worker.mjs", esModule = embed "worker.mjs")], compatibilityDate = "2026-01-01")),
    (name = "internet", network = (allow = ["public", "private", "local"]))
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
`

/** Some dependencies are CommonJS and require modules of Node. */
const REQUIRE = `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)`

/** The packages are bundled as they are published, whatever the configuration around them. */
async function bundle(options: BuildOptions): Promise<void> {
  await build({ bundle: true, format: 'esm', tsconfigRaw: {}, ...options })
}

/** Waits until a server prints its URL. */
async function listening(
  server: ChildProcess,
  output: Readable,
  readUrl: (line: string) => string | undefined,
): Promise<Listening> {
  for await (const line of createInterface({ input: output })) {
    const url = readUrl(line)
    if (url !== undefined) {
      return { url, stop: async () => void server.kill() }
    }
  }
  throw new Error('The server did not start')
}

/** A folder inside the package, because Deno resolves dependencies from the program. */
async function inFolder<Value>(use: (folder: string) => Promise<Value>): Promise<Value> {
  const reports = join(import.meta.dirname, '../../reports')
  await mkdir(reports, { recursive: true })
  const folder = await mkdtemp(join(reports, 'faults-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}
