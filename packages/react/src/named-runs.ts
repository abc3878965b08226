import type { Apikley } from '@apikley/client'
import { createRun, type Run } from './run.ts'

/** The runs that have a name, for all components that show them, as long as their client lives. */
const runs = new WeakMap<Apikley, Map<string, Run>>()

/** The run of a name. */
export function namedRun(client: Apikley, persistKey: string): Run {
  const ofClient = runs.get(client) ?? new Map<string, Run>()
  const run = ofClient.get(persistKey) ?? createRun(persistKey)
  runs.set(client, ofClient.set(persistKey, run))
  return run
}
