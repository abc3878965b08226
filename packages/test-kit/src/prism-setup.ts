// A vitest `globalSetup`: Prism serves the compiled document. Tests get its URL by
// `inject('prism')`.
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPrism, type Prism } from './prism.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL at which Prism serves the compiled document. */
    prism: string
  }
}

/** The scratch copies of `pnpm spec:sync` put other documents in its place. */
const document =
  process.env.APIKLEY_DOCUMENT ?? join(import.meta.dirname, '../../../specs/openapi.yaml')

/** One Prism serves all projects. Each of them loads this module for itself. */
interface Shared {
  users: number
  readonly prism: Promise<Prism>
}

const KEY = Symbol.for('apikley.shared-prism')

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const existing: Shared | undefined = Reflect.get(globalThis, KEY)
  const shared = existing ?? { users: 0, prism: startPrism(document) }
  shared.users++
  Reflect.set(globalThis, KEY, shared)
  const prism = await shared.prism
  project.provide('prism', prism.url)
  return async () => {
    shared.users--
    if (shared.users === 0) {
      Reflect.deleteProperty(globalThis, KEY)
      await prism.stop()
    }
  }
}
