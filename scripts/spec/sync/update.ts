import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../compile/shape.ts'
import { type JsonObject } from '../compile/json.ts'
import { checkLock, lockPath, parseLock } from '../compile/lock.ts'
import { diff, toDiff, toVerdict, type Diff } from '../diff/diff.ts'
import type { Reason } from '../diff/version-rules.ts'
import { formatFinding } from '../generate/findings.ts'
import { changesIn, generate } from '../generate/generate.ts'
import { changesetText } from './changeset.ts'
import { readSources, type Outcome, type Synced, type SyncOptions } from './sync.ts'
import { commit, type Files } from './transaction.ts'
import { validateWith } from './validate.ts'

export type UpdateOptions = SyncOptions & {
  /** The compiled document of the last release. */
  base: JsonObject
  /** The reasons that are not in the document. */
  code?: Reason[]
  /** Leaves out the sync. */
  isOffline: boolean
  /** Changes of the specs to write with it. */
  edits?: Files | undefined
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
  const { outcomes, files: documents, lock, generated: known } = await readDocuments(options)
  await checkLock(root, lock, documents)
  const { document, files, warnings } = known ?? (await generate(root))
  for (const warning of warnings) {
    log(`warning: ${formatFinding(warning)}`)
  }
  const generated = new Map([...files].filter(([path]) => !documents.has(path)))
  const changes = await changesIn(root, generated)

  const { reasons } = await diff(base, document)
  const code = options.code?.filter(({ isHandWritten }) => !isHandWritten) ?? []
  const found = toDiff([...reasons, ...code])
  log(toVerdict(found))
  // The name depends on the base: there is one changeset for all changes since the last release.
  const path = `.changeset/spec-${sha256(JSON.stringify(base)).slice(0, 12)}.md`
  const before = await readFile(join(root, path), 'utf8').catch(() => undefined)
  const text = await changesetText(root, found, before)
  const written = commit(
    root,
    new Map([
      ...documents,
      ...changes.map((change) => [change.path, generated.get(change.path)] as const),
      [path, text],
    ]),
  )
  log(`generated: ${changes.length} of ${generated.size} files changed`)
  return {
    outcomes,
    files: written,
    diff: found,
    changeset: text === undefined ? undefined : path,
  }
}

type Documents = Pick<Synced, 'outcomes' | 'lock' | 'generated'> & { files: Files }

/** The changes of the specs: new versions from the sources, or the edits of a command. */
async function readDocuments(options: UpdateOptions): Promise<Documents> {
  const { root, isOffline, edits = new Map<string, string>() } = options
  if (!isOffline) {
    return readSources(options)
  }
  const lock = edits.get(lockPath) ?? (await readFile(join(root, lockPath), 'utf8'))
  const generated = edits.size > 0 ? await validateWith(root, edits, generate) : undefined
  return { outcomes: [], files: edits, lock: parseLock(lock), generated }
}
