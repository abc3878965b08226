import { join } from 'node:path'
import { run } from '../run.ts'
import type { Command } from './process.ts'
import type { Workspace } from './workspace.ts'

/** Installs an example with npm. The command runs its program with Node. */
export async function nodeCommand(
  workspace: Workspace,
  version: string,
  example: string,
  program: string,
): Promise<Command> {
  const file = await workspace.program('node', version)
  const cwd = await workspace.installed(example)
  return { file, args: [program], cwd, env: workspace.environment }
}

/** Installs an example with Bun. The command runs its program. */
export async function bunCommand(
  workspace: Workspace,
  version: string,
  example: string,
  program: string,
): Promise<Command> {
  const file = await workspace.program('bun', version)
  const cwd = await workspace.copy(example)
  const cache = join(workspace.folder, 'bun-cache', example)
  const env = { ...workspace.environment, BUN_INSTALL_CACHE_DIR: cache }
  await run(file, ['install', '--ignore-scripts'], { cwd, env })
  return { file, args: [program], cwd, env }
}

/** Checks the types of an example with Deno. The command runs its program. */
export async function denoCommand(
  workspace: Workspace,
  version: string,
  example: string,
  program: string,
): Promise<Command> {
  const file = await workspace.program('deno', version)
  const cwd = await workspace.copy(example)
  const env = {
    DENO_TLS_CA_STORE: 'mozilla,system',
    ...workspace.environment,
    DENO_DIR: join(workspace.folder, 'deno-cache', example),
    DENO_NO_UPDATE_CHECK: '1',
  }
  // The packages were published a moment ago.
  const age = '--minimum-dependency-age=0'
  await run(file, ['check', age, program], { cwd, env })
  return { file, args: ['run', age, '--allow-env', '--allow-net', program], cwd, env }
}

/** Builds a Worker. The command serves it. */
export async function workerdCommand(
  workspace: Workspace,
  version: string,
  example: string,
  port: number,
): Promise<Command> {
  const file = await workspace.program('workerd', version)
  const cwd = await workspace.installed(example)
  await run('npm', ['run', 'build'], { cwd })
  const args = ['serve', 'config.capnp', '--socket-addr', `http=127.0.0.1:${port}`]
  return { file, args, cwd, env: workspace.environment }
}

/** Builds a Next.js project. The command serves it. */
export async function nextCommand(
  file: string,
  cwd: string,
  port: number,
  more: Record<string, string> = {},
): Promise<Command> {
  const next = join(cwd, 'node_modules/next/dist/bin/next')
  const env = { NEXT_TELEMETRY_DISABLED: '1', ...more }
  await run(file, [next, 'build'], { cwd, env })
  return { file, args: [next, 'start', '-H', '127.0.0.1', '-p', `${port}`], cwd, env }
}
