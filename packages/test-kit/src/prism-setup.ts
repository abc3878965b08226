// A vitest `globalSetup`: Prism serves the compiled document. Tests get its URL by
// `inject('prism')`.
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPrism } from './prism.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL at which Prism serves the compiled document. */
    prism: string
  }
}

/** The scratch copies of `pnpm spec:sync` put other documents in its place. */
const document =
  process.env.APIKLEY_DOCUMENT ?? join(import.meta.dirname, '../../../specs/openapi.yaml')

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const prism = await startPrism(document)
  project.provide('prism', prism.url)
  return prism.stop
}
