import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { run, RunError } from '../run.ts'

export const repository: string = resolve(import.meta.dirname, '../..')
export const pnpm: string = join(repository, 'node_modules/.bin/pnpm')

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

/** Packs a built package. `filename` is the path of the tarball. */
export async function pack(
  { folder }: Published,
  target: string,
): Promise<{ filename: string; files: { path: string }[] }> {
  const args = ['pack', '--json', '--pack-destination', target]
  return JSON.parse(await run(pnpm, args, { cwd: folder }))
}

/** The file that lists the packed packages of a folder. */
export const PLAN = 'plan.json'

export type Packed = { name: string; version: string; file: string }

/** Asks the registry. @throws {RunError} when it does not answer */
export async function isPublished(name: string, version: string): Promise<boolean> {
  const view = run('npm', ['view', `${name}@${version}`, 'version'], { cwd: repository })
  return view.then(
    (found) => found.trim() === version,
    (error: unknown) =>
      error instanceof RunError && /\bE404\b/.test(error.output) ? false : Promise.reject(error),
  )
}
