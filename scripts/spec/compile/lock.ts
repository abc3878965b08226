import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Hashes } from './hashes.ts'

/** What specs/upstream/lock.json says of a document. */
export type Locked = Hashes & {
  /** Where it was retrieved; a file that was handed over has none. */
  url: string | undefined
  operation: string | undefined
  /** The day, as YYYY-MM-DD. */
  retrieved: string
  etag: string | undefined
  lastModified: string | undefined
}

/** By the document's path below specs/upstream, without the ending. */
export type Lock = Record<string, Locked>

export const lockPath = 'specs/upstream/lock.json'

export async function readLock(root: string): Promise<Lock> {
  const lock: { documents: Lock } = JSON.parse(await readFile(join(root, lockPath), 'utf8'))
  return lock.documents
}

/**
 * The lock as it is to be written: beside the documents, what else the compiled document comes
 * from.
 */
export async function lockText(root: string, documents: Lock): Promise<string> {
  const sorted = Object.fromEntries(
    Object.entries(documents).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
  const lock = {
    documents: sorted,
    overlays: await overlayHashes(root),
    tools: await toolVersions(),
  }
  return `${JSON.stringify(lock, undefined, 2)}\n`
}

export const sha256 = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')

async function overlayHashes(root: string): Promise<Record<string, string>> {
  const folder = join(root, 'specs/overlays')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).toSorted()
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, sha256(await readFile(join(folder, name)))] as const),
    ),
  )
}

/** What turns the documents into code, with exact versions. */
async function toolVersions(): Promise<Record<string, string>> {
  const manifest: { dependencies: Record<string, string> } = JSON.parse(
    await readFile(join(import.meta.dirname, '../../package.json'), 'utf8'),
  )
  const tools = [
    '@redocly/cli',
    '@scalar/openapi-upgrader',
    'openapi-typescript',
    'typescript',
    'yaml',
  ]
  return Object.fromEntries(tools.map((tool) => [tool, manifest.dependencies[tool] ?? '']))
}
