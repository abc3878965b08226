import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPrism } from 'test-kit/prism'
import type { TestProject } from 'vitest/node'
import { quickDocument } from './documents.ts'

/** A vitest `globalSetup`: one Prism for all quick tests, for `inject('prism')`. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'apikley-prism-'))
  const file = join(folder, 'openapi.json')
  await writeFile(file, JSON.stringify(quickDocument()))
  const prism = await startPrism(file)
  project.provide('prism', prism.url)
  return async () => {
    await prism.stop()
    await rm(folder, { recursive: true })
  }
}
