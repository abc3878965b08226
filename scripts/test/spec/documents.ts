import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { JsonObject } from '../../spec/compile/json.ts'
import { supplementFiles } from '../../spec/compile/compile.ts'
import { lockPath, lockText, readLock } from '../../spec/compile/lock.ts'
import { merge } from '../../spec/compile/merge.ts'
import { readOverlays } from '../../spec/compile/overlays.ts'
import { readPublished } from '../../spec/compile/published.ts'
import { parse, readDocument } from '../../spec/compile/read-document.ts'
import { applyRules } from '../../spec/compile/document-rules.ts'
import { generate } from '../../spec/generate/generate.ts'
import type { SyncOptions } from '../../spec/sync/sync.ts'
import { repository } from '../../release/packages.ts'
import { fixture } from '../fixtures.ts'

/** A document of a second model, with several of the quirks of published documents. */
export const painter = await readFile(fixture('painter.yaml'), 'utf8')
/** A documentation page with the document of a third model. */
export const page = await readFile(fixture('page.txt'), 'utf8')

const [, files] = await supplementFiles(join(repository, 'specs'))
const supplements = await Promise.all(
  files.map(async (file) => ({
    name: basename(file),
    body: await readDocument(file, basename(file)),
  })),
)

/** A text with one or more replacements. A text that is not there is an error. */
export function edited(text: string, ...edits: [before: string, after: string][]): string {
  return edits.reduce((current, [before, after]) => {
    if (!current.includes(before)) {
      throw new Error(`${before} is not there`)
    }
    return current.replace(before, after)
  }, text)
}

/** The merged document of published ones, without overlays. */
export function mergeTexts(...texts: string[]): JsonObject {
  const documents = texts.map((text, index) => {
    const name = `document ${index}`
    const document = readPublished(parse(text, name).value, name)
    applyRules(document)
    return document
  })
  return merge(supplements, documents)
}

export const reframe = 'specs/upstream/market/ideogram/v3-reframe.yaml'

/** A new folder with a copy of specs/ inside. It has one model, however many there are. */
export async function copySpecs(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'apikley-specs-'))
  const models = /specs\/(upstream|supplements\/models)\/.*\.yaml$/
  const filter = (path: string): boolean => path.endsWith(reframe) || !models.test(path)
  await cp(join(repository, 'specs'), join(root, 'specs'), { recursive: true, filter })
  for (const { file, target, actions } of await readOverlays(join(root, 'specs/overlays'))) {
    const isKept = [join(root, 'specs/openapi.yaml'), join(root, reframe)].includes(target)
    if (!isKept || /schemas\.\w+Request"/.test(JSON.stringify(actions))) {
      await rm(file)
    }
  }
  const locked = Object.entries(await readLock(root)).filter(([spec]) => reframe.includes(spec))
  await writeFile(join(root, lockPath), await lockText(root, Object.fromEntries(locked)))
  await writeFile(join(root, 'specs/retired.yaml'), 'models: []')
  return root
}

/** The options of a sync that generates from the new documents. */
export const syncOptions = (root: string, names: string[]): SyncOptions => ({
  root,
  names,
  fetch,
  createTimeout: () => new AbortController().signal,
  now: Date.UTC(2026, 0, 5),
  log: () => {},
  validate: generate,
})
