import { glob, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { compile } from '../compile/compile.ts'
import { type JsonObject } from '../compile/json.ts'
import { lockPath, lockText, readLock } from '../compile/lock.ts'
import { generateContractTable } from './contract-table.ts'
import { modelsOf, operationsOf } from './document.ts'
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
  /** Warnings of the linter. */
  warnings: string
}

/**
 * Compiles the specs below a root, lints the document and generates everything. Nothing is written.
 *
 * @throws {SpecError} when the documents are not valid, alone or together
 */
export async function generate(root: string): Promise<Generated> {
  const { document, yaml } = await compile(join(root, 'specs'))
  // The linter runs in its own process, beside the generators.
  const [warnings, code] = await Promise.all([lint(yaml), generateCode(document)])
  const lock = await lockText(root, await readLock(root))
  const files = new Map([['specs/openapi.yaml', yaml], [lockPath, lock], ...code])
  return { document, files, warnings }
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
      generateDescriptor(model),
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

/** Makes the files on disk equal to the generated ones, and returns what changed. */
export async function write(root: string, files: Map<string, string>): Promise<Change[]> {
  const changes = await changesIn(root, files)
  for (const { path } of changes) {
    await replaceFile(join(root, path), files.get(path))
  }
  return changes
}

/**
 * Writes a file under another name and renames it, so that no program reads half of it. A file with
 * this text is not touched. Without text the file is removed.
 */
export async function replaceFile(file: string, text: string | undefined): Promise<void> {
  if (text === undefined) {
    await rm(file, { force: true })
    return
  }
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) {
    return
  }
  await mkdir(dirname(file), { recursive: true })
  const part = join(dirname(file), `.${basename(file)}.${process.pid}.part`)
  await writeFile(part, text)
  await rename(part, file)
}
