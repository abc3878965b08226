import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repository } from '../scratch.ts'
import { execute } from './process.ts'

export type Projects = {
  /**
   * A copy of an example, below `examples`, in which the packages are asked for by version.
   * `versions` are those of its other dependencies.
   */
  copy: (example: string, variant?: string, versions?: Record<string, string>) => Promise<string>
  /** The same, installed with npm, once. */
  installed: (
    example: string,
    variant?: string,
    versions?: Record<string, string>,
  ) => Promise<string>
  /** Has a project from elsewhere install from the same registry. */
  prepare: (project: string) => Promise<void>
  /** A package as `npm install` is to be told of it. */
  versioned: (name: string) => string
}

/** @param version of the packages in the registry */
export function createProjects(folder: string, npmrc: string, version: string): Projects {
  const known = new Map<string, Promise<string>>()
  const prepare: Projects['prepare'] = (project) => writeFile(join(project, '.npmrc'), npmrc)
  const copy: Projects['copy'] = async (example, variant = example, versions = {}) => {
    const project = join(folder, variant)
    await mkdir(project, { recursive: true })
    await cp(join(repository, 'examples', example), project, {
      recursive: true,
      filter: (source) => !/\/(node_modules|dist)$/.test(source),
    })
    await prepare(project)
    for (const file of ['package.json', 'deno.json']) {
      const text = await readFile(join(project, file), 'utf8').catch(() => undefined)
      if (text !== undefined) {
        await writeFile(join(project, file), pinned(text, version, versions))
      }
    }
    return project
  }
  const install = async (...args: Parameters<Projects['copy']>): Promise<string> => {
    const project = await copy(...args)
    await execute(
      'npm',
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--engine-strict'],
      { cwd: project },
    )
    return project
  }
  return {
    copy,
    prepare,
    versioned: (name) => (name.startsWith('@apikley/') ? `${name}@${version}` : name),
    installed: (example, variant = example, versions) => {
      const project = known.get(variant) ?? install(example, variant, versions)
      known.set(variant, project)
      return project
    },
  }
}

/** `latest`, which is what a user installs, becomes the version that is tried. */
function pinned(manifest: string, version: string, versions: Record<string, string>): string {
  let text = manifest
    .replaceAll(/("@apikley\/[\w-]+": )"latest"/g, `$1"${version}"`)
    .replaceAll(/(npm:@apikley\/[\w-]+)@latest/g, `$1@${version}`)
  for (const [name, wanted] of Object.entries(versions)) {
    text = text.replaceAll(new RegExp(`("${name}": )"[^"]+"`, 'g'), `$1"${wanted}"`)
  }
  return text
}
