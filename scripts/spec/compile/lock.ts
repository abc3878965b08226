import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assertSpec } from './json.ts'
import { sha256 } from './shape.ts'

/** What specs/upstream/lock.json records of a document. */
export type Locked = {
  /** Undefined for a document that came from a file. */
  url: string | undefined
  operation: string | undefined
  sha256: string
  /** The day, as YYYY-MM-DD. */
  retrieved: string
  etag: string | undefined
  lastModified: string | undefined
}

/** By the document's path below specs/upstream, without `.yaml`. */
export type Lock = Record<string, Locked>

export const lockPath = 'specs/upstream/lock.json'

export async function readLock(root: string): Promise<Lock> {
  return parseLock(await readFile(join(root, lockPath), 'utf8'))
}

export function parseLock(text: string): Lock {
  const lock: { documents: Lock } = JSON.parse(text)
  return lock.documents
}

/**
 * Compares lock.json with specs/upstream in both directions.
 *
 * @param documents files that a run is about to write, by their path below the root
 * @throws {SpecError} with the documents that only one of them has
 */
export async function checkLock(
  root: string,
  lock: Lock,
  documents: ReadonlyMap<string, string | undefined> = new Map(),
): Promise<void> {
  const names = await readdir(join(root, 'specs/upstream'), { recursive: true })
  const paths = [...names.map((name) => `specs/upstream/${name}`), ...documents.keys()]
  const files = new Set(
    paths
      .filter((path) => /^specs\/upstream\/.*\.yaml$/.test(path))
      .filter((path) => !documents.has(path) || documents.get(path) !== undefined),
  )
  const faults: string[] = []
  for (const [spec, { sha256: hash }] of Object.entries(lock)) {
    const path = `specs/upstream/${spec}.yaml`
    if (!files.delete(path)) {
      faults.push(`${path} is in lock.json and does not exist: restore it, or \`pnpm spec:retire\``)
    } else if (sha256(documents.get(path) ?? (await readFile(join(root, path)))) !== hash) {
      faults.push(
        `${path} is not what was published: restore it, or \`pnpm spec:update\` its source`,
      )
    }
  }
  for (const path of files) {
    faults.push(`${path} is not in lock.json: \`pnpm spec:update ${path}\` adds it`)
  }
  assertSpec(faults.length === 0, `lock.json and specs/upstream differ:\n  ${faults.join('\n  ')}`)
}

/** The text of lock.json: the documents, the overlays, and the versions of the tools. */
export async function lockText(root: string, documents: Lock): Promise<string> {
  const lock = {
    documents: Object.fromEntries(
      Object.entries(documents).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ),
    overlays: await overlayHashes(join(root, 'specs/overlays')),
    tools: await toolVersions(),
  }
  return `${JSON.stringify(lock, undefined, 2)}\n`
}

async function overlayHashes(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).toSorted()
  const hashes = await Promise.all(
    names.map(async (name) => [name, sha256(await readFile(join(folder, name)))] as const),
  )
  return Object.fromEntries(hashes)
}

const TOOLS = [
  '@redocly/openapi-core',
  '@scalar/openapi-upgrader',
  'openapi-typescript',
  'typescript',
  'yaml',
]

async function toolVersions(): Promise<Record<string, string>> {
  const manifest: { dependencies: Record<string, string> } = JSON.parse(
    await readFile(join(import.meta.dirname, '../../package.json'), 'utf8'),
  )
  return Object.fromEntries(TOOLS.map((tool) => [tool, manifest.dependencies[tool] ?? '']))
}
