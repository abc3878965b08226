import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SpecError, type JsonObject } from '../compile/json.ts'
import { readModelDocument, type ModelDocument } from '../compile/model-document.ts'
import { applyOverlays, readOverlays } from '../compile/overlays.ts'
import { readDocument } from '../compile/read.ts'

const folder = (root: string): string => join(root, 'specs/upstream')

/** The vendored documents by model id, as paths below the root. One that cannot be read yet has no model id. */
export async function knownDocuments(root: string): Promise<Map<string, string>> {
  const files = (await readdir(folder(root), { recursive: true })).filter((file) => file.endsWith('.yaml'))
  const known = new Map<string, string>()
  for (const file of files.toSorted()) {
    try {
      const document = await readMended(root, file, await readDocument(join(folder(root), file), file))
      known.set(document.model, `specs/upstream/${file}`)
    } catch (error) {
      if (!(error instanceof SpecError)) throw error
    }
  }
  return known
}

/** A document as it is read where it is kept as `file`: as it is, or else with the overlays that are there for it, which takes a process. */
export async function readMended(root: string, file: string, document: JsonObject): Promise<ModelDocument> {
  try {
    return readModelDocument(document, file)
  } catch (error) {
    const own = (await readOverlays(join(root, 'specs/overlays'))).filter(({ target }) => target === join(folder(root), file))
    if (own.length === 0) throw error
    return readModelDocument(await applyOverlays(document, own), file)
  }
}
