import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repository } from '../release/packages.ts'
import { run } from '../run.ts'
import type { Command } from './process.ts'
import { installProgram, npmInstall, type Program } from './programs.ts'

type Versions = Record<string, string>

/** A cell of the matrix. `run` throws when the combination does not work. */
export type Cell = { name: string; run: (workspace: Workspace) => Promise<void> }

/** Projects and programs in a temporary folder. Each one is installed once. */
export class Workspace {
  readonly folder: string
  /** The URL of the mock. */
  readonly target: string
  readonly #npmrc: string
  readonly #version: string
  readonly #installed = new Map<string, Promise<string>>()

  /** @param version the version of the packages in the registry that `npmrc` names */
  constructor(folder: string, target: string, npmrc: string, version: string) {
    this.folder = folder
    this.target = target
    this.#npmrc = npmrc
    this.#version = version
  }

  /** The environment of an example: an API key and the URL of the mock. */
  get environment(): Record<string, string> {
    return { APIKLEY_API_KEY: 'any-long-key-will-do', APIKLEY_BASE_URL: this.target }
  }

  /** Copies a folder of `examples`. Its manifest asks for the packages by version. */
  async copy(example: string, variant: string = example, versions: Versions = {}): Promise<string> {
    const project = join(this.folder, 'projects', variant)
    await cp(join(repository, 'examples', example), project, {
      recursive: true,
      filter: (source) => !/\/(node_modules|dist)$/.test(source),
    })
    await this.useRegistry(project)
    for (const file of ['package.json', 'deno.json']) {
      const text = await readFile(join(project, file), 'utf8').catch(() => undefined)
      if (text !== undefined) {
        await writeFile(join(project, file), this.#pinned(text, versions))
      }
    }
    return project
  }

  /** Copies an example and installs it with npm. */
  installed(example: string, variant: string = example, versions: Versions = {}): Promise<string> {
    return this.#once(variant, async () => {
      const cwd = await this.copy(example, variant, versions)
      // The packages run on every Node. A framework of a server may need a newer one.
      await npmInstall(cwd, example.startsWith('servers/') ? [] : ['--engine-strict'])
      return cwd
    })
  }

  useRegistry(project: string): Promise<void> {
    return writeFile(join(project, '.npmrc'), this.#npmrc)
  }

  /** The argument of `npm install` for a package. */
  versioned(name: string): string {
    return name.startsWith('@apikley/') ? `${name}@${this.#version}` : name
  }

  /** @throws {Unavailable} when npm has no such program for this platform */
  program(name: Program, version: string): Promise<string> {
    return this.#once(`${name}-${version}`, () =>
      installProgram(join(this.folder, 'programs', `${name}-${version}`), name, version),
    )
  }

  /** Installs an example with npm. The command runs its program with Node. */
  async node(version: string, example: string, program: string): Promise<Command> {
    const file = await this.program('node', version)
    return { file, args: [program], cwd: await this.installed(example), env: this.environment }
  }

  /** Installs an example with Bun. The command runs its program. */
  async bun(version: string, example: string, program: string): Promise<Command> {
    const file = await this.program('bun', version)
    const cwd = await this.copy(example)
    const cache = join(this.folder, 'bun-cache', example)
    const env = { ...this.environment, BUN_INSTALL_CACHE_DIR: cache }
    await run(file, ['install', '--ignore-scripts'], { cwd, env })
    return { file, args: [program], cwd, env }
  }

  /** Checks the types of an example with Deno. The command runs its program. */
  async deno(version: string, example: string, program: string): Promise<Command> {
    const file = await this.program('deno', version)
    const cwd = await this.copy(example)
    const env = {
      DENO_TLS_CA_STORE: 'mozilla,system',
      ...this.environment,
      DENO_DIR: join(this.folder, 'deno-cache', example),
      DENO_NO_UPDATE_CHECK: '1',
    }
    // The packages were published a moment ago.
    const age = '--minimum-dependency-age=0'
    await run(file, ['check', age, program], { cwd, env })
    return { file, args: ['run', age, '--allow-env', '--allow-net', program], cwd, env }
  }

  /** Builds a Worker. The command serves it. */
  async workerd(version: string, example: string, port: number): Promise<Command> {
    const file = await this.program('workerd', version)
    const cwd = await this.installed(example)
    await run('npm', ['run', 'build'], { cwd })
    const args = ['serve', 'config.capnp', '--socket-addr', `http=127.0.0.1:${port}`]
    return { file, args, cwd, env: this.environment }
  }

  #once(key: string, install: () => Promise<string>): Promise<string> {
    const installed = this.#installed.get(key) ?? install()
    this.#installed.set(key, installed)
    return installed
  }

  /** Replaces `latest`, which users install, by the version in the registry. */
  #pinned(manifest: string, versions: Versions): string {
    let text = manifest
      .replaceAll(/("@apikley\/[\w-]+": )"latest"/g, `$1"${this.#version}"`)
      .replaceAll(/(npm:@apikley\/[\w-]+)@latest/g, `$1@${this.#version}`)
    for (const [name, version] of Object.entries(versions)) {
      text = text.replaceAll(new RegExp(`("${name}": )"[^"]+"`, 'g'), `$1"${version}"`)
    }
    return text
  }
}

/**
 * Builds a Next.js project without a key and with an empty `CALLBACK_URL`. The command serves it.
 */
export async function nextCommand(
  file: string,
  cwd: string,
  port: number,
  more: Record<string, string> = {},
): Promise<Command> {
  const next = join(cwd, 'node_modules/next/dist/bin/next')
  const env = { NEXT_TELEMETRY_DISABLED: '1', CALLBACK_URL: '', ...more }
  await run(file, [next, 'build'], { cwd, env })
  return { file, args: [next, 'start', '-H', '127.0.0.1', '-p', `${port}`], cwd, env }
}
