import { entriesOf, isObject, listOf, operationsIn, resolve, schemasIn } from './json.ts'
import { valueAt, type Json, type JsonObject } from './json.ts'
import { repair } from './repair.ts'
import { inline, isValidExample } from './schemas.ts'

/** The examples of a media type or parameter in any version of OpenAPI: one, a map or a list. */
export function examplesIn(media: Json | undefined): Json[] {
  const single = valueAt(media, 'example')
  const several = valueAt(media, 'examples')
  // A list is an error that tools for 3.1 make. Its items are values, seldom objects with `value`.
  const items = entriesOf(several).map(([, item]) =>
    isObject(item) && 'value' in item ? item.value : item,
  )
  return [...(single === undefined ? [] : [single]), ...items].filter((item) => item !== undefined)
}

/** An example that was changed or dropped. */
export type Repair = { path: string[]; what: string }

/** An example in a document, with the schema that has to accept it. */
type Located = { path: string[]; owner: JsonObject; key: string; schema: Json | undefined }

/**
 * Repairs the examples of a compiled document. This is the one definition of a valid example: it
 * has declared fields only, and its schema accepts it.
 */
export function repairExamples(document: JsonObject): Repair[] {
  return examplesOfOperations(document).flatMap(({ path, owner, key, schema }) => {
    const value = owner[key] ?? null
    const repaired = repair(inline(document, schema ?? null, path.join(' > ')), value)
    if (repaired === undefined) {
      delete owner[key]
      return [{ path, what: 'the example was dropped: no value satisfies its schema' }]
    }
    owner[key] = repaired.value
    return repaired.changes.map((what) => ({ path, what }))
  })
}

/** Repairs or removes the examples of a schema, without references, and of the schemas inside it. */
export function repairFieldExamples(root: Json | undefined): void {
  for (const schema of schemasIn(root)) {
    const examples = listOf(schema.examples).flatMap((example) => {
      const value = isObject(example) ? repair(schema, example)?.value : example
      return value !== undefined && isValidExample(schema, value) ? [value] : []
    })
    if (examples.length > 0) {
      schema.examples = examples
    } else {
      delete schema.examples
    }
  }
}

function examplesOfOperations(document: JsonObject): Located[] {
  return operationsIn(document).flatMap(({ path, item, method, operation }) => {
    const at = ['paths', path, method]
    const parameters = [item, operation].flatMap((owner, index) =>
      listOf(owner.parameters).flatMap((entry, position) => {
        const place = [...(index === 0 ? ['paths', path] : at), 'parameters', String(position)]
        return examplesOfMedia(document, resolve(document, entry), place)
      }),
    )
    const bodies = entriesOf(valueAt(resolve(document, operation.requestBody), 'content')).flatMap(
      ([type, media]) => examplesOfMedia(document, media, [...at, 'requestBody', 'content', type]),
    )
    const answers = entriesOf(operation.responses).flatMap(([status, response]) =>
      entriesOf(resolve(document, response)?.content).flatMap(([type, media]) =>
        examplesOfMedia(document, media, [...at, 'responses', status, 'content', type]),
      ),
    )
    return [...parameters, ...bodies, ...answers]
  })
}

function examplesOfMedia(document: JsonObject, media: Json | undefined, path: string[]): Located[] {
  if (!isObject(media)) {
    return []
  }
  const located = media.example === undefined ? [] : [{ path, owner: media, key: 'example' }]
  for (const [name, entry] of entriesOf(media.examples)) {
    const owner = resolve(document, entry)
    if (owner?.value !== undefined) {
      located.push({ path: [...path, 'examples', name], owner, key: 'value' })
    }
  }
  return located.map((each) => ({ ...each, schema: schemaOf(document, media.schema, each) }))
}

/** The schema of an example: that of its model, or that of a success unless it shows an error. */
function schemaOf(
  document: JsonObject,
  schema: Json | undefined,
  { path, owner }: Pick<Located, 'path' | 'owner'>,
): Json | undefined {
  const resolved = resolve(document, schema)
  const ref = valueAt(resolved?.discriminator, 'mapping', path.at(-1) ?? '')
  if (typeof ref === 'string') {
    return { $ref: ref }
  }
  const [success] = listOf(resolved?.anyOf)
  return owner['x-apikley-kind'] === undefined && path.includes('200')
    ? (success ?? schema)
    : schema
}
