import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { compile } from '../compile/compile.ts'
import { lockPath, lockText, readLock } from '../compile/lock.ts'
import { generateContractTables } from './contract-tables.ts'
import { modelsOf, operationsOf } from './document.ts'
import { generateDescriptor, generateRegistry } from './models.ts'
import { generateOperations, generateOperationTable } from './operations.ts'
import { generateOptions } from './options.ts'
import { generateKnownValues, generateTypes } from './types.ts'
import type { JsonObject } from '../compile/json.ts'

/**
 * Folders that hold generated files and nothing else; what is not generated any more is removed
 * from them.
 */
export const generatedFolders = [
  'packages/types/src/generated',
  'packages/client/src/generated',
  'packages/client/test/generated',
  'packages/react/src/generated',
]

/**
 * Every generated file by its path below the root: first the compiled document, then what it came
 * from, then all that is made from it.
 */
export async function generate(root: string): Promise<Map<string, string>> {
  const { document, yaml } = await compile(join(root, 'specs'))
  return new Map([
    ['specs/openapi.yaml', yaml],
    [lockPath, await lockText(root, await readLock(root))],
    ...(await generateCode(document)),
  ])
}

/** All code that is made from a compiled document. */
export async function generateCode(document: JsonObject): Promise<Map<string, string>> {
  const operations = operationsOf(document)
  const models = modelsOf(document)
  return new Map([
    ['packages/types/src/generated/openapi.ts', await generateTypes(document)],
    ['packages/types/src/generated/known-values.ts', generateKnownValues(document)],
    ['packages/types/src/generated/registry.ts', generateRegistry(models)],
    ...models.map(
      (model) =>
        [`packages/types/src/generated/models/${model.id}.ts`, generateDescriptor(model)] as const,
    ),
    ['packages/client/src/generated/operations.ts', generateOperations(operations)],
    ['packages/client/src/generated/operation-table.ts', generateOperationTable(operations)],
    ['packages/react/src/generated/options.ts', generateOptions(operations)],
    ...generateContractTables(document, operations, models),
  ])
}

export type Difference = { path: string; is: 'new' | 'changed' | 'gone' }

/** Where the files on disk differ from what the specs produce. */
export async function differences(root: string, files: Map<string, string>): Promise<Difference[]> {
  const found: Difference[] = []
  for (const [path, content] of files) {
    const current = await readFile(join(root, path), 'utf8').catch(() => undefined)
    if (current !== content) {
      found.push({ path, is: current === undefined ? 'new' : 'changed' })
    }
  }
  for (const folder of generatedFolders) {
    const entries = await readdir(join(root, folder), {
      recursive: true,
      withFileTypes: true,
    }).catch(() => [])
    for (const entry of entries.filter((item) => item.isFile())) {
      const path = join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/')
      if (!files.has(path)) {
        found.push({ path, is: 'gone' })
      }
    }
  }
  return found
}

export async function write(
  root: string,
  files: Map<string, string>,
  changes: Difference[],
): Promise<void> {
  for (const { path, is } of changes) {
    const file = join(root, path)
    if (is === 'gone') {
      await rm(file)
    } else {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, files.get(path) ?? '')
    }
  }
}
