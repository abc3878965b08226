import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A program to start. */
export type Command = { file: string; args: string[]; cwd: string; env?: Record<string, string> }

/** A running server. `output` is the text that it has written so far. */
export type Server = { output: () => string; stop: () => Promise<void> }

const START_TIMEOUT_MS = 30_000
const RUN_TIMEOUT_MS = 300_000

/** The environment without the settings of pnpm and Vitest. The registry stays. */
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => /^npm_config_registry$/i.test(name) || !/^(p?npm_|vitest|node_env$)/i.test(name),
  ),
)

const environment = (env: Record<string, string> = {}): NodeJS.ProcessEnv => ({
  ...inherited,
  NO_COLOR: '1',
  ...env,
})

/**
 * Runs a program and returns its standard output.
 *
 * @throws when it fails or takes longer than 5 min, with its output
 */
export async function execute({ file, args, cwd, env }: Command): Promise<string> {
  try {
    const options = { cwd, env: environment(env), timeout: RUN_TIMEOUT_MS, maxBuffer: 2 ** 26 }
    return (await promisify(execFile)(file, args, options)).stdout
  } catch (error) {
    const output =
      error instanceof Error && 'stdout' in error && 'stderr' in error
        ? `${error.stdout}${error.stderr}`
        : String(error)
    throw new Error(`${file} ${args.join(' ')} failed:\n${output}`, { cause: error })
  }
}

/**
 * Starts a server and waits for its first response from `url`.
 *
 * @throws when it ends earlier, or does not respond within 30 s
 */
export async function serve({ file, args, cwd, env }: Command, url: string): Promise<Server> {
  const child = spawn(file, args, { cwd, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  const stop = async (): Promise<void> => {
    child.kill()
    await exited
  }
  const deadline = Date.now() + START_TIMEOUT_MS
  while (child.exitCode === null && Date.now() < deadline) {
    const response = await fetch(url, { method: 'HEAD' }).catch(() => undefined)
    if (response) {
      return { output: () => output, stop }
    }
    await sleep(100)
  }
  await stop()
  throw new Error(`${file} ${args.join(' ')} did not respond at ${url}:\n${output}`)
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}
