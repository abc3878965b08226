import { join } from 'node:path'
import { assertSpec, isObject, listOf, type JsonObject } from './json.ts'
import type { ModelDocument } from './model-document.ts'
import { readDocument } from './read-document.ts'

export const RETIRED_PATH = 'specs/retired.yaml'

/** A line of specs/retired.yaml: `model`, `since`, and perhaps `upstream`, `renamedTo`, `removed`. */
export async function readRetired(specs: string): Promise<JsonObject[]> {
  const { models } = await readDocument(join(specs, 'retired.yaml'), 'retired.yaml')
  return listOf(models).map((entry) => {
    assertSpec(
      isObject(entry) && typeof entry.model === 'string' && typeof entry.since === 'string',
      'A model in retired.yaml should have model and since',
    )
    return entry
  })
}

/**
 * Adds a note to the models that are retired. Those that Apikley itself has retired are deprecated.
 * A model that only kie.ai has retired may still work.
 */
export function markRetired(models: ModelDocument[], retired: JsonObject[]): void {
  for (const { model, since, upstream, renamedTo, removed } of retired) {
    const document = models.find(({ subject }) => subject === model)
    assertSpec(
      document || removed === true,
      `retired.yaml names the model ${String(model)}, which no document describes`,
    )
    if (document && upstream === true) {
      document.request['x-apikley-note'] =
        renamedTo === undefined
          ? 'kie.ai has retired this model, so the service may refuse it.'
          : `kie.ai has renamed this model to \`${String(renamedTo)}\`. If the service refuses this id, use the new one.`
    } else if (document) {
      const successor = renamedTo === undefined ? '' : ` Use \`${String(renamedTo)}\`.`
      document.request['x-apikley-note'] = `Retired since ${String(since)}.${successor}`
      document.isDeprecated = true
    }
  }
}
