import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repository } from '../scratch.ts'

/** The parts of a package.json that are read here. */
export interface Manifest {
  name: string
  version: string
  private?: boolean
  description?: string
  keywords?: string[]
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

/** Every package below `packages` that is not private, by name. A new folder is found by itself. */
export async function publishedPackages(root: string = repository): Promise<Published[]> {
  const folders = (await readdir(join(root, 'packages'), { withFileTypes: true })).filter((entry) =>
    entry.isDirectory(),
  )
  const packages = await Promise.all(
    folders.map(async ({ name }) => {
      const folder = join(root, 'packages', name)
      const manifest = await readManifest(folder)
      return { folder, name: manifest.name, manifest }
    }),
  )
  return packages
    .filter(({ manifest }) => manifest.private !== true)
    .toSorted((a, b) => a.name.localeCompare(b.name))
}
