import type { Apikley } from '@apikley/client'
import type { ModelId } from '@apikley/types'
import { createRun, type Run } from './run.ts'

/** The runs that have a name, for all components that show them, as long as their client lives. */
const runs = new WeakMap<Apikley, Map<string, Run<ModelId>>>()

/** The run of a name. */
export function namedRun<M extends ModelId>(client: Apikley, name: string): Run<M> {
  const ofClient = runs.get(client) ?? new Map<string, Run<ModelId>>()
  const run = ofClient.get(name) ?? createRun<ModelId>(name)
  runs.set(client, ofClient.set(name, run))
  return run
}
