import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SpecError } from '../compile/json.ts'
import { readModelDocument } from '../compile/model-document.ts'
import { readDocument } from '../compile/read.ts'

/** The vendored documents by model id, as paths below the root. One that cannot be read yet has no model id. */
export async function knownDocuments(root: string): Promise<Map<string, string>> {
  const folder = join(root, 'specs/upstream')
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.yaml'))
  const known = new Map<string, string>()
  for (const file of files.toSorted()) {
    try {
      known.set(readModelDocument(await readDocument(join(folder, file), file), file).model, `specs/upstream/${file}`)
    } catch (error) {
      if (!(error instanceof SpecError)) throw error
    }
  }
  return known
}
