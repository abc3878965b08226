import { cp, mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { JsonObject } from '../../spec/compile/json.ts'
import { supplementFiles } from '../../spec/compile/compile.ts'
import { merge } from '../../spec/compile/merge.ts'
import { readPublished } from '../../spec/compile/published.ts'
import { parse, readDocument } from '../../spec/compile/read-document.ts'
import { applyRules } from '../../spec/compile/document-rules.ts'
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

/** A new folder with a copy of specs/ inside. */
export async function copySpecs(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'apikley-specs-'))
  await cp(join(repository, 'specs'), join(root, 'specs'), { recursive: true })
  return root
}
