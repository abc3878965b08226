import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonObject } from '../compile/json.ts'
import { sha256 } from '../compile/lock.ts'
import { parse } from '../compile/read.ts'
import { diff, table, verdict, type Diff } from '../diff/diff.ts'
import { differences, generate, write } from '../generate/generate.ts'
import { sync, type Outcome, type SyncOptions } from './sync.ts'

export type UpdateOptions = SyncOptions & {
  /** The compiled document that the change is measured against: that of the last commit. */
  base: JsonObject
  /** Leaves out the sync, for documents that were brought up to date before. Default: false. */
  offline?: boolean
}

export type Update = {
  outcomes: Outcome[]
  /** Files that were written or removed, below the root. */
  files: string[]
  diff: Diff
  /** The changeset, below the root; none when there is nothing to tell. */
  changeset: string | undefined
}

/**
 * From the sources to a change that can be reviewed: sync, compile, generate, diff, changeset. A
 * second run finds nothing to do.
 */
export async function update(options: UpdateOptions): Promise<Update> {
  const { root, base, tell } = options
  const outcomes = options.offline ? [] : await sync(options)
  const generated = await generate(root)
  const changes = await differences(root, generated)
  await write(root, generated, changes)
  tell(`generated: ${changes.length} of ${generated.size} files changed`)

  const revision = parse(generated.get('specs/openapi.yaml') ?? '', 'specs/openapi.yaml').value
  const found = await diff(base, revision)
  tell(verdict(found))
  const changeset = await writeChangeset(root, base, found)
  const files = changes.map(({ path }) => path)
  return {
    outcomes,
    files: changeset?.isNew ? [...files, changeset.path] : files,
    diff: found,
    changeset: changeset?.path,
  }
}

/**
 * One changeset for all that has changed since `base`; made again, it has the same name, so there
 * is never a second one.
 */
async function writeChangeset(
  root: string,
  base: JsonObject,
  found: Diff,
): Promise<{ path: string; isNew: boolean } | undefined> {
  const path = `.changeset/spec-${sha256(JSON.stringify(base)).slice(0, 12)}.md`
  if (found.bump === 'none') {
    // What it told of has been taken back.
    await rm(join(root, path), { force: true })
    return undefined
  }
  const names = await packageNames(root)
  const text = [
    '---',
    ...names.map((name) => `'${name}': ${found.bump}`),
    '---',
    '',
    'Follow the published documents:',
    '',
    table(found),
    '',
  ].join('\n')
  const before = await readFile(join(root, path), 'utf8').catch(() => undefined)
  if (before !== text) {
    await mkdir(join(root, '.changeset'), { recursive: true })
    await writeFile(join(root, path), text)
  }
  return { path, isNew: before !== text }
}

async function packageNames(root: string): Promise<string[]> {
  const folders = (await readdir(join(root, 'packages'))).toSorted()
  const manifests = await Promise.all(
    folders.map(async (folder): Promise<{ name: string; private?: boolean }> =>
      JSON.parse(await readFile(join(root, 'packages', folder, 'package.json'), 'utf8')),
    ),
  )
  return manifests.filter((manifest) => !manifest.private).map(({ name }) => name)
}
