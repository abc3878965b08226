import type { TestProject } from 'vitest/node'
import { createApplication, type Application } from './application.ts'

declare module 'vitest' {
  interface ProvidedContext {
    application: Application
  }
}

/** Packs the packages once for all tests. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { folder, packages, remove } = await createApplication()
  project.provide('application', { folder, packages })
  return remove
}
