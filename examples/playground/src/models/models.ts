import type { ModelDescriptor } from '@apikley/types'
import { isDescriptor } from './descriptor.ts'

export { models } from '@apikley/types/models'

/**
 * The module of each model, found at build time. A model that the generator adds is on the page
 * after the next build, without an edit here.
 */
const modules = import.meta.glob<Record<string, unknown>>(
  '/node_modules/@apikley/types/dist/models/**/*.js',
)

const loaded = new Map<string, Promise<ModelDescriptor>>()

/** The descriptor of a model. Only the descriptors that the page shows are loaded. */
export function loadModel(id: string): Promise<ModelDescriptor> {
  const known = loaded.get(id)
  const model = known ?? importModel(id)
  loaded.set(id, model)
  return model
}

async function importModel(id: string): Promise<ModelDescriptor> {
  const module = await modules[`/node_modules/@apikley/types/dist/models/${id}.js`]?.()
  const model = Object.values(module ?? {}).find(isDescriptor)
  if (model === undefined) {
    throw new Error(`The module of ${id} is missing. Build @apikley/types, then restart.`)
  }
  return model
}
