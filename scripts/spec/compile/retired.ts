import { join } from 'node:path'
import { assertSpec, isObject, listOf, objectAt, valueAt, type JsonObject } from './json.ts'
import type { ModelDocument } from './model-document.ts'
import { readDocument } from './read-document.ts'

export const RETIRED_PATH = 'specs/retired.yaml'

/** A line of specs/retired.yaml: `model`, `since`, and perhaps `renamedTo` and `removed`. */
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

/** Marks the types of retired models as deprecated. */
export function markRetired(models: ModelDocument[], retired: JsonObject[]): void {
  for (const { model, since, renamedTo, removed } of retired) {
    const document = models.find(({ subject }) => subject === model)
    assertSpec(
      document || removed === true,
      `retired.yaml names the model ${String(model)}, which no document describes`,
    )
    if (document) {
      const next = renamedTo === undefined ? '' : ` Use ${String(renamedTo)}.`
      const note = `Retired since ${String(since)}.${next}`
      const input = objectAt(document.request, ['properties', 'input'], String(model))
      const description = valueAt(input, 'description') ?? ''
      Object.assign(input, {
        deprecated: true,
        description: `${note} ${String(description)}`.trim(),
      })
      document.request.deprecated = true
      document.summary = `${document.summary}. ${note}`
    }
  }
}
