import type { TestProject } from 'vitest/node'
import { buildPage } from '../server/page.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of the built page for the simulator. */
    folder: string
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  process.env.NODE_ENV = 'production'
  const { folder, remove } = await buildPage('simulator')
  provide('folder', folder)
  return remove
}
