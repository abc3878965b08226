import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { publishedPackages } from '../../release/packages.ts'
import { sha256 } from '../compile/shape.ts'
import { type JsonObject } from '../compile/json.ts'
import { checkLock, readLock } from '../compile/lock.ts'
import { diff, toVerdict, type Diff } from '../diff/diff.ts'
import { formatFinding } from '../generate/findings.ts'
import { changesIn, generate } from '../generate/generate.ts'
import { readSources, type Outcome, type SyncOptions } from './sync.ts'
import { commit, type Files } from './transaction.ts'

export type UpdateOptions = SyncOptions & {
  /** The compiled document of the last commit. */
  base: JsonObject
  /** Leaves out the sync. */
  isOffline: boolean
}

export type Update = {
  outcomes: Outcome[]
  /** Files that were written or removed, below the root. */
  files: string[]
  diff: Diff
  /** The changeset, below the root, if there is a change to release. */
  changeset: string | undefined
}

/**
 * Runs sync, compile, generate and diff, and writes a changeset. All files are written at the end,
 * or none. A second run changes nothing.
 */
export async function update(options: UpdateOptions): Promise<Update> {
  const { root, base, log } = options
  const {
    outcomes,
    files: documents,
    ...synced
  } = options.isOffline
    ? {
        outcomes: [],
        files: new Map<string, string>(),
        lock: await readLock(root),
        generated: undefined,
      }
    : await readSources(options)
  await checkLock(root, synced.lock, documents)
  const { document, files: code, warnings } = synced.generated ?? (await generate(root))
  for (const warning of warnings) {
    log(`warning: ${formatFinding(warning)}`)
  }
  const generated = new Map([...code, ...documents])
  const changes = await changesIn(root, generated)

  const found = await diff(base, document)
  log(toVerdict(found))
  // The name depends on the base, so another run for the same base replaces the changeset.
  const path = `.changeset/spec-${sha256(JSON.stringify(base)).slice(0, 12)}.md`
  const text = found.bump === 'none' ? undefined : await changesetText(root, found)
  const before = await readFile(join(root, path), 'utf8').catch(() => undefined)
  const files: Files = new Map([
    ...changes.map((change) => [change.path, generated.get(change.path)] as const),
    [path, text],
  ])
  commit(root, files)
  log(`generated: ${changes.length} of ${generated.size} files changed`)
  return {
    outcomes,
    files: [...changes.map((change) => change.path), ...(text === before ? [] : [path])],
    diff: found,
    changeset: text === undefined ? undefined : path,
  }
}

async function changesetText(root: string, found: Diff): Promise<string> {
  const packages = await publishedPackages(root)
  const bumps = packages.map(({ name }) => `'${name}': ${found.bump}`)
  return `---\n${bumps.join('\n')}\n---\n\nFollow the published documents.\n\n${toVerdict(found)}\n`
}
