import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPrism } from '../../../scripts/prism.ts'

/** The document that the tests hold the client to; the mutation run puts others in its place. */
const document =
  process.env.APIKLEY_DOCUMENT ?? join(import.meta.dirname, '../../../specs/openapi.yaml')

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const prism = await startPrism(document)
  project.provide('prism', prism.url)
  return prism.stop
}
