import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isSeq, parseDocument } from 'yaml'
import { assertSpec } from '../compile/json.ts'
import { lockPath, lockText, readLock } from '../compile/lock.ts'
import { RETIRED_PATH } from '../compile/retired.ts'
import { readCatalog } from './place.ts'

export type Retirement = {
  model: string
  /** The id that replaces it. */
  renamedTo: string | undefined
  /** Removes the model in place of marking it. */
  isRemoved: boolean
  /** The day, as YYYY-MM-DD. */
  day: string
}

/**
 * The files that mark a model as retired, or that remove it. A retired model keeps its types, as
 * deprecated ones, until the next major version. Its source leaves specs/sources.yaml.
 */
export async function retire(
  root: string,
  { model, renamedTo, isRemoved, day }: Retirement,
): Promise<Map<string, string | undefined>> {
  const { files, overlays } = await readCatalog(root)
  const file = files.get(model)
  assertSpec(file !== undefined, `Unknown model: ${model}`)
  assertSpec(
    renamedTo === undefined || files.has(renamedTo),
    `Unknown model: ${renamedTo}. Add it first.`,
  )
  const spec = /^specs\/upstream\/(.*)\.yaml$/.exec(file)?.[1] ?? ''
  const changes = new Map<string, string | undefined>()
  const sources = parseDocument(await readFile(join(root, 'specs/sources.yaml'), 'utf8'))
  const listed = sources.get('sources')
  if (isSeq(listed)) {
    listed.items = listed.items.filter(
      (_, index) => sources.getIn(['sources', index, 'spec']) !== spec,
    )
    changes.set('specs/sources.yaml', sources.toString({ lineWidth: 0, indentSeq: true }))
  }

  const retired = parseDocument(await readFile(join(root, RETIRED_PATH), 'utf8'))
  const entries = retired.get('models')
  assertSpec(isSeq(entries), `${RETIRED_PATH} has no list of models`)
  entries.items = entries.items.filter(
    (_, index) => retired.getIn(['models', index, 'model']) !== model,
  )
  entries.flow = false
  const renamed = renamedTo === undefined ? {} : { renamedTo }
  const removed = isRemoved ? { removed: true } : {}
  retired.addIn(['models'], retired.createNode({ model, since: day, ...renamed, ...removed }))
  changes.set(RETIRED_PATH, retired.toString({ lineWidth: 0 }))
  if (!isRemoved) {
    return changes
  }

  changes.set(file, undefined)
  for (const overlay of overlays.filter(({ target }) => target === join(root, file))) {
    changes.set(`specs/overlays/${overlay.name}`, undefined)
  }
  const { [spec]: _, ...rest } = await readLock(root)
  changes.set(lockPath, await lockText(root, rest))
  return changes
}
