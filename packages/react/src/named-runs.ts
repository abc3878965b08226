import type { Apikley } from '@apikley/client'
import { createRun, type Run } from './run.ts'

/** The runs that have a name, for all components that show them, as long as their client lives. */
const runs = new WeakMap<Apikley, Map<string, Run>>()

/** Looked for while a component is rendered, which may happen on a server and leaves nothing there. */
export function findRun(client: Apikley, persistKey: string): Run | undefined {
  return runs.get(client)?.get(persistKey)
}

export function namedRun(client: Apikley, persistKey: string): Run {
  const known = findRun(client, persistKey)
  if (known) return known
  const ofClient = runs.get(client) ?? new Map<string, Run>()
  const run = createRun(persistKey, () => ofClient.delete(persistKey))
  runs.set(client, ofClient.set(persistKey, run))
  return run
}
