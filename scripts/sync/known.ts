import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject, SpecError, type JsonObject } from '../compile/json.ts'
import { applyOverlays, readOverlays } from '../compile/overlays.ts'
import { operationSubject, readPublished, subjectOf, type Published } from '../compile/published.ts'
import { readDocument } from '../compile/read.ts'

const folder = (root: string): string => join(root, 'specs/upstream')

/** What is known, by model id or operation, with its file below the root: the published documents, and the supplements for the rest. */
export async function knownDocuments(root: string): Promise<Map<string, string>> {
  const known = await supplementedOperations(root)
  const files = (await readdir(folder(root), { recursive: true })).filter((file) => file.endsWith('.yaml'))
  for (const file of files.toSorted()) {
    try {
      const document = await readMended(root, file, await readDocument(join(folder(root), file), file))
      known.set(subjectOf(document), `specs/upstream/${file}`)
    } catch (error) {
      // One that cannot be read yet is known by nothing.
      if (!(error instanceof SpecError)) throw error
    }
  }
  return known
}

async function supplementedOperations(root: string): Promise<Map<string, string>> {
  const known = new Map<string, string>()
  for (const name of await readdir(join(root, 'specs/supplements'))) {
    const { paths } = await readDocument(join(root, 'specs/supplements', name), name)
    for (const [path, item] of Object.entries(isObject(paths) ? paths : {}))
      for (const method of Object.keys(isObject(item) ? item : {}))
        known.set(operationSubject({ method, path }), `specs/supplements/${name}`)
  }
  return known
}

/** A document as it is read where it is kept as `file`: as it is, or else with the overlays that are there for it, which takes a process. */
export async function readMended(root: string, file: string, document: JsonObject): Promise<Published> {
  try {
    return readPublished(document, file)
  } catch (error) {
    const own = (await readOverlays(join(root, 'specs/overlays'))).filter(({ target }) => target === join(folder(root), file))
    if (own.length === 0) throw error
    return readPublished(await applyOverlays(document, own), file)
  }
}
