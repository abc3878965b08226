import { execFile, type ExecFileException } from 'node:child_process'
import { promisify } from 'node:util'

export type RunOptions = {
  cwd?: string
  env?: Record<string, string> | undefined
  timeoutMs?: number
}

/** A program that failed. `output` is what it wrote. */
export class RunError extends Error {
  override name = 'RunError'
  readonly output: string
  readonly isTimeout: boolean

  constructor(command: string, cause: ExecFileException) {
    const output = `${cause.stdout ?? ''}${cause.stderr ?? ''}`
    super(`${command} failed:\n${output || cause.message}`, { cause })
    this.output = output
    this.isTimeout = cause.killed === true
  }
}

/** The environment of this process without the settings of pnpm and Vitest. The registry stays. */
export function environment(env: Record<string, string> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => /^npm_config_registry$/i.test(name) || !/^(p?npm_|vitest|node_env$)/i.test(name),
  )
  return { ...Object.fromEntries(inherited), NO_COLOR: '1', ...env }
}

/**
 * Runs a program and returns its standard output.
 *
 * @throws {RunError} when it fails or does not end in time
 */
export async function run(
  file: string,
  args: string[],
  { cwd, env, timeoutMs = 300_000 }: RunOptions = {},
): Promise<string> {
  const options = { cwd, env: environment(env), timeout: timeoutMs, maxBuffer: 2 ** 26 }
  const { stdout } = await promisify(execFile)(file, args, options).catch(
    (error: ExecFileException) => {
      throw new RunError(`${file} ${args.join(' ')}`, error)
    },
  )
  return stdout
}
