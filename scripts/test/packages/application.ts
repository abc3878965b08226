import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pack, publishedPackages, repository } from '../../release/packages.ts'
import type { Manifest, Published } from '../../release/packages.ts'
import { run, RunError } from '../../run.ts'

/** A published package with its tarball, unpacked in an application. */
type Packed = Published & { tarball: string; unpacked: string }

/** An application in which all packages are installed from their tarballs. */
export type Application = { folder: string; packages: Packed[] }

/**
 * Packs every package and unpacks it into the `node_modules` of a new application. The other
 * dependencies are links into this repository.
 */
export async function createApplication(): Promise<Application & { remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'apikley-packed-'))
  const modules = join(folder, 'node_modules')
  const published = await publishedPackages()
  const packages = await Promise.all(
    published.map(async (each): Promise<Packed> => {
      const unpacked = join(modules, each.name)
      await mkdir(unpacked, { recursive: true })
      const { filename: tarball } = await pack(each, folder)
      await run('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1'])
      return { ...each, tarball, unpacked }
    }),
  )
  const links = new Map(
    published.flatMap(({ folder, manifest }) =>
      externalDependencies(manifest).map((name) => [name, join(folder, 'node_modules', name)]),
    ),
  )
  for (const [name, target] of links) {
    await mkdir(dirname(join(modules, name)), { recursive: true })
    await symlink(target, join(modules, name))
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  return { folder, packages, remove: () => rm(folder, { recursive: true }) }
}

/** The dependencies, the peers and the peers' types that are not packages of this repository. */
function externalDependencies(manifest: Manifest): string[] {
  const { dependencies = {}, peerDependencies = {}, devDependencies = {} } = manifest
  const peers = Object.keys(peerDependencies)
  const types = peers.map((name) => `@types/${name}`).filter((name) => name in devDependencies)
  return [...Object.keys(dependencies), ...peers, ...types].filter(
    (name) => !name.startsWith('@apikley/'),
  )
}

/** Compiles programs in a project of the application, and returns the output of the compiler. */
export async function compile(
  application: string,
  programs: Record<string, string>,
  options: object = {},
  ...args: string[]
): Promise<string> {
  const project = await mkdtemp(join(application, 'project-'))
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(project, name), text)
  }
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: 'ES2022',
    lib: ['ES2022', 'DOM', 'DOM.Iterable'],
    module: 'nodenext',
    types: [],
    ...options,
  }
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  const tsc = join(repository, 'node_modules/typescript/bin/tsc')
  return run(process.execPath, [tsc, '--pretty', 'false', '-p', project, ...args]).catch(
    (error: unknown) => (error instanceof RunError ? error.output : Promise.reject(error)),
  )
}

/** The paths of all files in a folder, sorted, without `node_modules`. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter(
      (entry) => entry.isFile() && !entry.parentPath.slice(folder.length).includes('node_modules'),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}
