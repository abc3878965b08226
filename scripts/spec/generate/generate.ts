import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compile, toYaml } from '../compile/compile.ts'
import { forDocument, type JsonObject } from '../compile/json.ts'
import { lockPath, lockText, readLock } from '../compile/lock.ts'
import { commit } from '../sync/transaction.ts'
import { generateContractTable } from './contract-table.ts'
import { modelsOf, operationsOf } from './document.ts'
import { findingsIn, type Finding } from './findings.ts'
import { lint } from './lint.ts'
import { generateMedia } from './media.ts'
import { generateDescriptor, generateModelList, generateRegistry } from './models.ts'
import { generateOperations, generateOperationTable } from './operations.ts'
import { generateOptions } from './options.ts'
import { generateKnownValues, generateTypes } from './types.ts'

/** These folders hold only generated files, so other files in them are removed. */
const GENERATED_FOLDERS = 'packages/{types/src,client/src,client/test,react/src}/generated'

export type Generated = {
  document: JsonObject
  /** The content of every generated file, by its path below the root. */
  files: Map<string, string>
  /** Repaired examples, and what the linter warns of. */
  warnings: Finding[]
}

/**
 * Compiles the specs below a root, lints the document and generates everything. Nothing is written.
 *
 * @throws {SpecError} when the documents are not valid, alone or together
 */
export async function generate(root: string): Promise<Generated> {
  const { document, files, warnings } = await validate(root, generateCode)
  const lock = await lockText(root, await readLock(root))
  const all = new Map([['specs/openapi.yaml', toYaml(document)], [lockPath, lock], ...files])
  return { document, files: all, warnings }
}

/** As `generate`, with no more than the steps that may refuse a document. They take less time. */
export async function validate(root: string, toCode = refuseUnwritable): Promise<Generated> {
  const compiled = await compile(join(root, 'specs'))
  const files = await toCode(compiled.document)
  const warnings = await findingsIn(root, compiled, await lint(compiled.document))
  return { document: compiled.document, files, warnings }
}

/** Runs the generators that may refuse a document. */
async function refuseUnwritable(document: JsonObject): Promise<Map<string, string>> {
  const models = modelsOf(document)
  for (const model of models) {
    forDocument(model.id, () => generateDescriptor(model))
  }
  generateContractTable(document, operationsOf(document), models)
  return new Map()
}

/** All code that is made from a compiled document. */
export async function generateCode(document: JsonObject): Promise<Map<string, string>> {
  const operations = operationsOf(document)
  const models = modelsOf(document)
  return new Map([
    ['packages/types/src/generated/openapi.ts', await generateTypes(document)],
    ['packages/types/src/generated/known-values.ts', generateKnownValues(document)],
    ['packages/types/src/generated/registry.ts', generateRegistry(models)],
    ['packages/types/src/generated/models.ts', generateModelList(models)],
    ...models.map((model): [string, string] => [
      `packages/types/src/generated/models/${model.id}.ts`,
      forDocument(model.id, () => generateDescriptor(model)),
    ]),
    ['packages/client/src/generated/operations.ts', generateOperations(operations)],
    ['packages/client/src/generated/operation-table.ts', generateOperationTable(operations)],
    ['packages/client/src/generated/media.ts', generateMedia(models)],
    ['packages/react/src/generated/options.ts', generateOptions(operations)],
    [
      'packages/client/test/generated/contract.ts',
      generateContractTable(document, operations, models),
    ],
  ])
}

export type Change = { path: string; status: 'new' | 'changed' | 'removed' }

/** The differences between the files on disk and the generated ones. */
export async function changesIn(root: string, files: Map<string, string>): Promise<Change[]> {
  const changes: Change[] = []
  for (const [path, content] of files) {
    const current = await readFile(join(root, path), 'utf8').catch(() => undefined)
    if (current !== content) {
      changes.push({ path, status: current === undefined ? 'new' : 'changed' })
    }
  }
  for await (const path of glob(`${GENERATED_FOLDERS}/**/*.ts`, { cwd: root })) {
    if (!files.has(path)) {
      changes.push({ path, status: 'removed' })
    }
  }
  return changes
}

/** Makes the files on disk equal to the generated ones, all or none, and returns what changed. */
export async function write(root: string, files: Map<string, string>): Promise<Change[]> {
  const changes = await changesIn(root, files)
  commit(root, new Map(changes.map(({ path }) => [path, files.get(path)])))
  return changes
}
