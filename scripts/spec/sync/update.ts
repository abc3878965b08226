import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../compile/shape.ts'
import { type JsonObject } from '../compile/json.ts'
import { diff, toDiff, toVerdict, type Diff } from '../diff/diff.ts'
import type { Reason } from '../diff/reason.ts'
import { generate, replaceFile, write } from '../generate/generate.ts'
import { changesetText } from './changeset.ts'
import { sync, type Outcome, type SyncOptions } from './sync.ts'

export type UpdateOptions = SyncOptions & {
  /** The compiled document of the last release. */
  base: JsonObject
  /** The reasons that are not in the document. */
  code?: Reason[]
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

/** Runs sync, compile, generate and diff, and writes a changeset. A second run changes nothing. */
export async function update(options: UpdateOptions): Promise<Update> {
  const { root, base, log } = options
  const outcomes = options.isOffline ? [] : await sync(options)
  const { document, files } = await generate(root)
  const changes = await write(root, files)
  log(`generated: ${changes.length} of ${files.size} files changed`)

  const { reasons } = await diff(base, document)
  const code = options.code?.filter(({ isHandWritten }) => !isHandWritten) ?? []
  const found = toDiff([...reasons, ...code])
  log(toVerdict(found))
  // The name depends on the base: there is one changeset for all changes since the last release.
  const path = `.changeset/spec-${sha256(JSON.stringify(base)).slice(0, 12)}.md`
  const before = await readFile(join(root, path), 'utf8').catch(() => undefined)
  const text = await changesetText(root, found, before)
  await replaceFile(join(root, path), text)
  return {
    outcomes,
    files: [...changes.map((change) => change.path), ...(text === before ? [] : [path])],
    diff: found,
    changeset: text === undefined ? undefined : path,
  }
}
