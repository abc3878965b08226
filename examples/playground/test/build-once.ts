import type { TestProject } from 'vitest/node'
import { buildPage } from '../server/page.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of the page on the simulator, which most tests look at. */
    folder: string
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  process.env.NODE_ENV = 'production'
  const { folder, remove } = await buildPage('simulator')
  provide('folder', folder)
  return remove
}
