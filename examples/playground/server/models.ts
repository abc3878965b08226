import { glob } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ModelDescriptor } from '@apikley/types'
import { isDescriptor } from '../src/models/descriptor.ts'

/** Every model that the installed `@apikley/types` has: those that the page has a form for. */
export async function readModels(): Promise<readonly ModelDescriptor[]> {
  const folder = join(
    dirname(fileURLToPath(import.meta.resolve('@apikley/types/package.json'))),
    'dist/models',
  )
  const models: ModelDescriptor[] = []
  for await (const path of glob('**/*.js', { cwd: folder })) {
    const module: Record<string, unknown> = await import(pathToFileURL(join(folder, path)).href)
    models.push(...Object.values(module).filter(isDescriptor))
  }
  return models
}
