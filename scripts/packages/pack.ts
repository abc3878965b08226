import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { repository } from '../scratch.ts'
import { publishedPackages, type Published } from './manifest.ts'

const run = promisify(execFile)

/** A package as it is published: its tarball, and where that is unpacked. */
export type Packed = Published & { tarball: string; unpacked: string }

/** An application in which the packed packages are installed, with what they depend on. */
export type Application = { folder: string; packages: Packed[]; remove: () => Promise<void> }

export async function pack(published: Published, target: string): Promise<string> {
  const pnpm = join(repository, 'node_modules/.bin/pnpm')
  const { stdout } = await run(pnpm, ['pack', '--json', '--pack-destination', target], {
    cwd: published.folder,
  })
  const { filename }: { filename: string } = JSON.parse(stdout)
  return filename
}

/**
 * Packs every package that is built here, and unpacks it where an application has it. Other
 * dependencies are those of this repository.
 */
export async function createApplication(): Promise<Application> {
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
  const ours = new Set(published.map(({ name }) => name))
  for (const { folder: source, manifest } of published) {
    for (const name of needed(manifest)) {
      if (!ours.has(name)) {
        await mkdir(dirname(join(modules, name)), { recursive: true })
        // Two packages may need the same one.
        await symlink(join(source, 'node_modules', name), join(modules, name)).catch(
          (error: NodeJS.ErrnoException) => {
            if (error.code !== 'EEXIST') {
              throw error
            }
          },
        )
      }
    }
  }
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'application', private: true, type: 'module' }),
  )
  return { folder, packages, remove: () => rm(folder, { recursive: true }) }
}

/**
 * What an application has beside a package: its dependencies, its peers, and the types of its
 * peers.
 */
function needed({
  dependencies = {},
  peerDependencies = {},
  devDependencies = {},
}: Published['manifest']): string[] {
  const peers = Object.keys(peerDependencies)
  const types = peers.map((name) => `@types/${name}`).filter((name) => name in devDependencies)
  return [...Object.keys(dependencies), ...peers, ...types]
}

/** The paths of all files below a folder, without what is installed into it. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter(
      (entry) => entry.isFile() && !entry.parentPath.slice(folder.length).includes('node_modules'),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}
