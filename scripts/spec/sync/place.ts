import { readdir } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { supplementFiles } from '../compile/compile.ts'
import { assertSpec, operationsIn, SpecError, subjectOf } from '../compile/json.ts'
import { valueAt, type JsonObject } from '../compile/json.ts'
import { modelIdFix } from '../compile/model-document.ts'
import { applyOverlays, readOverlays, type Overlay } from '../compile/overlays.ts'
import { checkKnownOperation, readPublished, type Published } from '../compile/published.ts'
import { readDocument } from '../compile/read-document.ts'
import { checkSpecName, type Source } from './sources.ts'

/** The documents of a repository. */
export type Catalog = {
  root: string
  overlays: Overlay[]
  /** The file of each model id or operation, below the root. */
  files: Map<string, string>
  /** The `operationId` of each published document, by its path below the root. */
  operationIds: Map<string, string>
}

export const pathOf = (spec: string): string => `specs/upstream/${spec}.yaml`

/** Published documents, and supplements for the operations and models without one. */
export async function readCatalog(root: string): Promise<Catalog> {
  const files = new Map<string, string>()
  const [models, operations] = await supplementFiles(join(root, 'specs'))
  for (const path of operations) {
    for (const operation of operationsIn(await readDocument(path, basename(path)))) {
      files.set(subjectOf(operation), relative(root, path))
    }
  }
  for (const path of models) {
    const { subject } = readPublished(await readDocument(path, path), path)
    files.set(subject, relative(root, path))
  }
  const overlays = await readOverlays(join(root, 'specs/overlays'))
  const catalog = { root, overlays, files, operationIds: new Map<string, string>() }
  const names = await readdir(join(root, 'specs/upstream'), { recursive: true })
  for (const name of names.filter((file) => file.endsWith('.yaml')).toSorted()) {
    const spec = name.slice(0, -'.yaml'.length)
    try {
      const document = await readDocument(join(root, pathOf(spec)), name)
      const { published } = readFixed(catalog, spec, document, name)
      files.set(published.subject, pathOf(spec))
      if (published.kind === 'model' && published.operationId !== undefined) {
        catalog.operationIds.set(pathOf(spec), published.operationId)
      }
    } catch (error) {
      // A document that cannot be read has no subject.
      if (!(error instanceof SpecError)) {
        throw error
      }
    }
  }
  return catalog
}

/** A document, and its path below specs/upstream without `.yaml`. */
export type Placed = { published: Published; subject: string; spec: string }

/**
 * Finds the path of a document. It replaces the document of the same model or operation. A new one
 * is stored under the name that its source or its page gives, or under the id of its model.
 */
export function place(
  catalog: Catalog,
  document: JsonObject,
  source: Pick<Source, 'spec' | 'name'>,
  pageName: string | undefined,
): Placed {
  const expected = checkSpecName(expectedSpec(source, pageName))
  const { published, isFixed } = readFixed(catalog, expected, document, source.name)
  const { subject } = published
  const file = catalog.files.get(subject)
  checkKnownOperation(published, file !== undefined)
  checkIdentity(catalog, published, expected, file)
  const existing = /^specs\/upstream\/(.*)\.yaml$/.exec(file ?? '')?.[1]
  if (existing !== undefined) {
    assertSpec(
      source.spec === undefined || source.spec === existing,
      `is about ${subject}, as ${pathOf(existing)} is; if that is right, delete one of the two sources and documents`,
    )
    return { published, subject, spec: existing }
  }

  const [previous] = [...catalog.files].find(([, other]) => other === pathOf(expected)) ?? []
  assertSpec(
    previous === undefined || source.spec === undefined,
    `is about ${subject} now and was about ${previous}; if that is right, delete ${pathOf(expected)} first`,
  )
  const isNamed = source.spec !== undefined || pageName !== undefined || isFixed
  const spec = previous === undefined && isNamed ? expected : ownName(published)
  return { published, subject, spec: checkSpecName(spec) }
}

/**
 * Refuses a document that has the id of another model. Published documents were copied from each
 * other, so their `operationId` and example are asked as well.
 */
function checkIdentity(
  { operationIds }: Catalog,
  published: Published,
  expected: string,
  file: string | undefined,
): void {
  if (published.kind !== 'model') {
    return
  }
  const { subject, operationId, example } = published
  const known = operationIds.get(file ?? '')
  assertSpec(
    known === undefined ||
      operationId === undefined ||
      operationId === known ||
      operationId === toOperationId(subject),
    `claims the model ${subject} with the operationId ${operationId}, and ${file} has ${known}; fix the id of the model with an overlay, or delete that document first`,
    [],
    modelIdFix('the-model-id'),
  )
  const shown = valueAt(example, 'model')
  assertSpec(
    typeof shown !== 'string' ||
      shown === subject ||
      fitsName(expected, subject) ||
      operationId === toOperationId(subject),
    `allows only the model ${subject}, and its example names ${shown}; fix the id of the model with an overlay`,
    [],
    modelIdFix(String(shown)),
  )
}

/** `kling-2.6/text-to-video` becomes `kling-2-6-text-to-video`. */
export const toOperationId = (model: string): string => model.replaceAll(/[^a-zA-Z0-9]+/g, '-')

/** Whether the name of a file or URL ends like the id of a model: `v2/edit.yaml`, `v2/edit`. */
export function fitsName(name: string, subject: string): boolean {
  const end = toOperationId(basename(name).replace(/\.(ya?ml|json|txt|md)$/, '')).toLowerCase()
  return `-${end}`.endsWith(`-${toOperationId(subject.split('/').at(-1) ?? '').toLowerCase()}`)
}

/** The path where overlays expect a document before it is read. */
export function expectedSpec(
  { spec, name }: Pick<Source, 'spec' | 'name'>,
  pageName: string | undefined,
): string {
  return spec ?? pageName ?? `market/${basename(name).replace(/\.\w+$/, '')}`
}

function ownName(published: Published): string {
  return published.kind === 'model'
    ? `market/${published.subject}`
    : `operations${published.path.replaceAll(/[{}]/g, '')}/${published.method}`
}

/** Reads a document, with the overlays for its path if it is not valid without them. */
function readFixed(
  { root, overlays }: Catalog,
  spec: string,
  document: JsonObject,
  name: string,
): { published: Published; isFixed: boolean } {
  const own = overlays.filter(({ target }) => target === join(root, pathOf(spec)))
  try {
    return { published: readPublished(document, name), isFixed: false }
  } catch (error) {
    if (own.length === 0) {
      throw error
    }
  }
  return { published: readPublished(applyOverlays(document, own), name), isFixed: true }
}
