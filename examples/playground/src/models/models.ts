import type { ModelDescriptor } from '@apikley/types'
import { isDescriptor } from './descriptor.ts'

/**
 * Every model that the installed `@apikley/types` has, found at build time: the generator writes a
 * module for each below `models/`, so one that is added there is on the page after the next build,
 * without an edit here.
 */
const modules = import.meta.glob<Record<string, unknown>>(
  '/node_modules/@apikley/types/dist/models/**/*.js',
  { eager: true },
)

export const models: readonly ModelDescriptor[] = Object.values(modules)
  .flatMap((module) => Object.values(module))
  .filter(isDescriptor)
  .toSorted((a, b) => a.id.localeCompare(b.id))
