import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * Settings that a script of pnpm hands down are not for the npm that is started here, except where
 * the registry is.
 */
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm|pnpm)_/i.test(name) || /^npm_config_registry$/i.test(name),
  ),
)

export type Where = { cwd: string; env?: Record<string, string> }

/**
 * Runs a program and gives what it wrote to its output.
 *
 * @throws when it fails or takes longer than 5 min, with all that it wrote
 */
export async function execute(
  file: string,
  args: string[],
  { cwd, env = {} }: Where,
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(file, args, {
      cwd,
      env: { ...inherited, NO_COLOR: '1', ...env },
      timeout: 300_000,
      maxBuffer: 64 * 2 ** 20,
    })
    return stdout
  } catch (error) {
    const said =
      error instanceof Error && 'stdout' in error && 'stderr' in error
        ? `${error.stdout}${error.stderr}`.trim()
        : ''
    throw new Error(
      `${[file.split('/').at(-1), ...args].join(' ')} failed:\n${said || String(error)}`,
      { cause: error },
    )
  }
}

/**
 * Starts a server and waits until it answers at `url`. `said` is all that it has written by now.
 *
 * @throws when it ends before, or does not answer within 30 s
 */
export async function serve(
  file: string,
  args: string[],
  { cwd, env = {} }: Where,
  url: string,
): Promise<{ said: () => string; stop: () => Promise<void> }> {
  const child = spawn(file, args, {
    cwd,
    env: { ...inherited, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.on('error', (error) => (said += error.message))
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  }
  for (
    const end = Date.now() + 30_000;
    ;
    await new Promise((resolve) => setTimeout(resolve, 100))
  ) {
    if (child.exitCode !== null || said.includes('ENOENT')) {
      throw new Error(`${file.split('/').at(-1)} ended:\n${said}`)
    }
    if (
      await fetch(url, { method: 'HEAD' }).then(
        () => true,
        () => false,
      )
    ) {
      return { said: () => said, stop: () => stop(child) }
    }
    if (Date.now() > end) {
      await stop(child)
      throw new Error(`${file.split('/').at(-1)} did not answer at ${url}:\n${said}`)
    }
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) {
    return
  }
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill()
  await ended
}
