import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

export const repository: string = resolve(import.meta.dirname, '../..')
export const pnpm: string = join(repository, 'node_modules/.bin/pnpm')
const run = promisify(execFile)

/** The fields of a package.json that these scripts read. */
export interface Manifest {
  name: string
  version: string
  private?: boolean
  description?: string
  license?: string
  repository?: { type: string; url: string; directory?: string }
  type?: string
  sideEffects?: boolean | string[]
  files?: string[]
  bin?: Record<string, string>
  exports?: Record<string, unknown>
  engines?: Record<string, string>
  publishConfig?: { access?: string; provenance?: boolean }
  scripts?: Record<string, string>
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

/** A package that is published. */
export type Published = { folder: string; name: string; manifest: Manifest }

/** A published package with its tarball, unpacked in an application. */
export type Packed = Published & { tarball: string; unpacked: string }

/** An application in which all packages are installed from their tarballs. */
export type Application = { folder: string; packages: Packed[] }

export async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
}

/** Every folder in `packages` that is not private, sorted by name. */
export async function publishedPackages(root: string = repository): Promise<Published[]> {
  const names = (await readdir(join(root, 'packages'))).toSorted()
  const packages = await Promise.all(
    names.map(async (name) => {
      const folder = join(root, 'packages', name)
      const manifest = await readManifest(folder)
      return { folder, name: manifest.name, manifest }
    }),
  )
  return packages.filter(({ manifest }) => manifest.private !== true)
}

/** Packs a built package and returns the path of its tarball. */
export async function pack({ folder }: Published, target: string): Promise<string> {
  const args = ['pack', '--json', '--pack-destination', target]
  const { stdout } = await run(pnpm, args, { cwd: folder })
  const { filename }: { filename: string } = JSON.parse(stdout)
  return filename
}

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
      const tarball = await pack(each, folder)
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
