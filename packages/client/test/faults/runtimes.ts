import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import type { Report, Task } from './run-cells.ts'

export interface Outcome {
  readonly reports: readonly Report[]
  readonly unhandled: readonly string[]
}

/** Runs tasks in a program. */
export type Runtime = (tasks: readonly Task[]) => Promise<Outcome>

/** How long a program may take to run all cells and to end by itself. */
const PROGRAM_TIMEOUT_MS = 60_000

/**
 * A runtime that starts a file: Node, Bun or Deno. The program is JavaScript for it, because not
 * every version of Node runs TypeScript.
 *
 * @param command for instance `['deno', 'run', '-A']`
 * @param client the built client
 */
export function program([file = '', ...args]: readonly string[], client: string): Runtime {
  return (tasks) =>
    inFolder(async (folder) => {
      await build({
        entryPoints: [join(import.meta.dirname, 'program.ts')],
        outfile: join(folder, 'program.mjs'),
        bundle: true,
        format: 'esm',
      })
      const given = [
        ...args,
        join(folder, 'program.mjs'),
        pathToFileURL(client).href,
        JSON.stringify(tasks),
      ]
      const { stdout } = await promisify(execFile)(file, given, {
        timeout: PROGRAM_TIMEOUT_MS,
        maxBuffer: 2 ** 24,
      })
      return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    })
}

/** workerd has no programs, so one request runs the cells. */
export function workerd(binary: string, client: string): Runtime {
  return (tasks) =>
    inFolder(async (folder) => {
      const worker = `
import { createApikley } from ${JSON.stringify(client)}
import { runCells } from ${JSON.stringify(join(import.meta.dirname, 'run-cells.ts'))}
const unhandled = []
addEventListener('unhandledrejection', ({ reason }) => unhandled.push(String(reason)))
export default {
  async fetch(request) {
    const reports = await runCells(createApikley, await request.json())
    await new Promise((resolve) => setTimeout(resolve, 50))
    return Response.json({ reports, unhandled })
  },
}`
      await build({
        stdin: { contents: worker, resolveDir: import.meta.dirname },
        outfile: join(folder, 'worker.mjs'),
        bundle: true,
        format: 'esm',
        conditions: ['workerd', 'worker'],
        // The package as it is published, whatever the configuration around it.
        tsconfigRaw: {},
      })
      await writeFile(join(folder, 'config.capnp'), config)
      const server = spawn(
        binary,
        ['serve', 'config.capnp', '--socket-addr=http=127.0.0.1:0', '--control-fd=3'],
        {
          cwd: folder,
          stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
        },
      )
      try {
        const port = await portOf(server)
        const answer = await fetch(`http://127.0.0.1:${port}/`, {
          method: 'POST',
          body: JSON.stringify(tasks),
          signal: AbortSignal.timeout(PROGRAM_TIMEOUT_MS),
        })
        return JSON.parse(await answer.text())
      } finally {
        server.kill()
      }
    })
}

const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [(name = "worker.mjs", esModule = embed "worker.mjs")], compatibilityDate = "2026-01-01")),
    (name = "internet", network = (allow = ["public", "private", "local"]))
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
`

/** The port that workerd reports on its control channel. */
async function portOf(server: ReturnType<typeof spawn>): Promise<number> {
  const channel = server.stdio[3]
  if (!channel || !('read' in channel)) {
    throw new Error('workerd has no control channel')
  }
  for await (const line of createInterface({ input: channel })) {
    const { event, port }: { event?: string; port?: number } = JSON.parse(line)
    if (event === 'listen' && port !== undefined) {
      return port
    }
  }
  throw new Error('workerd did not start')
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
