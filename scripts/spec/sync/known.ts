import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject, SpecError } from '../compile/json.ts'
import { applyOverlays, readOverlays, type Overlay } from '../compile/overlays.ts'
import { operationSubject, readPublished, subjectOf } from '../compile/published.ts'
import { readDocument } from '../compile/read.ts'

/**
 * What is known, by model id or operation, with its file below the root: the published documents,
 * and the supplements for the rest.
 */
export async function knownDocuments(root: string): Promise<Map<string, string>> {
  const known = await supplementedOperations(root)
  const folder = join(root, 'specs/upstream')
  const overlays = await readOverlays(join(root, 'specs/overlays'))
  const files = (await readdir(folder, { recursive: true })).filter((file) =>
    file.endsWith('.yaml'),
  )
  for (const file of files.toSorted()) {
    const subject = await subjectIn(
      join(folder, file),
      overlays.filter(({ target }) => target === join(folder, file)),
    )
    if (subject !== undefined) {
      known.set(subject, `specs/upstream/${file}`)
    }
  }
  return known
}

async function subjectIn(file: string, overlays: Overlay[]): Promise<string | undefined> {
  try {
    const document = await readDocument(file, file)
    try {
      return subjectOf(readPublished(document, file))
    } catch (error) {
      if (overlays.length === 0) {
        throw error
      }
      return subjectOf(readPublished(await applyOverlays(document, overlays), file))
    }
  } catch (error) {
    // One that cannot be read yet is known by nothing.
    if (error instanceof SpecError) {
      return undefined
    }
    throw error
  }
}

async function supplementedOperations(root: string): Promise<Map<string, string>> {
  const known = new Map<string, string>()
  for (const name of await readdir(join(root, 'specs/supplements'))) {
    const { paths } = await readDocument(join(root, 'specs/supplements', name), name)
    for (const [path, item] of Object.entries(isObject(paths) ? paths : {})) {
      for (const method of Object.keys(isObject(item) ? item : {})) {
        known.set(operationSubject({ method, path }), `specs/supplements/${name}`)
      }
    }
  }
  return known
}
