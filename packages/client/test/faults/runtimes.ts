import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
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
  /** Runs cells in a process of its own. */
  readonly run: (tasks: readonly Task[]) => Promise<Outcome>
  readonly serve: Serve
}

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [(name = "program.mjs", esModule = embed "program.mjs")], compatibilityDate = "2026-01-01")),
    (name = "internet", network = (allow = ["public", "private", "local"]))
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
`

/** Some dependencies are CommonJS and require modules of Node. */
const REQUIRE = `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)`

/** How long a program may take to run all cells. */
const PROGRAM_TIMEOUT_MS = 60_000

/** Serves proxies in this process. */
export const serveHere: Serve = (proxies) => listenWith(createProxies(proxies))

/** @param command for instance `['deno', 'run', '-A']` or `['workerd']` */
export function runtimeOf(command: readonly string[]): Runtime {
  return {
    async run(tasks) {
      const { url, stop } = await start(command)
      try {
        return JSON.parse(await (await post(`${url}/run`, tasks)).text())
      } finally {
        await stop()
      }
    },
    async serve(proxies) {
      const server = await start(command)
      await post(`${server.url}/serve`, proxies)
      return server
    },
  }
}

function post(url: string, body: unknown): Promise<Response> {
  const signal = AbortSignal.timeout(PROGRAM_TIMEOUT_MS)
  return fetch(url, { method: 'POST', body: JSON.stringify(body), signal })
}

/** Starts a worker. Not every version of Node runs TypeScript, so it is bundled as JavaScript. */
async function start([file = '', ...args]: readonly string[]): Promise<Listening> {
  const isWorkerd = basename(file) === 'workerd'
  const folder = await mkdtemp(join(tmpdir(), 'apikley-faults-'))
  const options: BuildOptions = isWorkerd
    ? { conditions: ['workerd', 'worker'] }
    : { platform: 'node', banner: { js: REQUIRE } }
  const flags = ['--socket-addr=http=127.0.0.1:0', '--control-fd=1']
  const given = isWorkerd ? ['serve', 'config.capnp', ...flags] : [...args, 'program.mjs']
  try {
    // The packages are bundled as they are published, whatever the configuration around them.
    await build({
      entryPoints: [join(import.meta.dirname, isWorkerd ? 'worker.ts' : 'program.ts')],
      outfile: join(folder, 'program.mjs'),
      bundle: true,
      format: 'esm',
      tsconfigRaw: {},
      ...options,
    })
    await writeFile(join(folder, 'config.capnp'), CONFIG)
    const server = spawn(file, given, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const line of createInterface({ input: server.stdout })) {
      const { event, port }: { event?: string; port?: number } = JSON.parse(line)
      if (event === 'listen') {
        return { url: `http://127.0.0.1:${port}`, stop: async () => void server.kill() }
      }
    }
    throw new Error('The server did not start')
  } finally {
    await rm(folder, { recursive: true })
  }
}
