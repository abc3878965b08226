import { isDeepStrictEqual } from 'node:util'
import { isObject, objectAt, resolve, SpecError, type Json, type JsonObject } from './json.ts'
import { createTaskPath, type ModelDocument } from './model-document.ts'
import { addOperations } from './operations.ts'
import type { Published } from './published.ts'
import { sample } from './sample.ts'

export type Supplement = { name: string; body: JsonObject }

/**
 * Joins the supplements, puts published operations in their place, then the models into createTask:
 * each request body becomes a named schema, the operation's body a `oneOf` of them with `model` as
 * the discriminator. The order in which documents come does not matter.
 */
export function merge(supplements: Supplement[], documents: Published[]): JsonObject {
  const models = documents
    .filter((document) => document.kind === 'model')
    .toSorted((a, b) => (a.model < b.model ? -1 : 1))
  checkNames(models)

  const result: JsonObject = {
    openapi: '3.1.1',
    info: {},
    servers: [],
    security: [],
    paths: {},
    components: {},
  }
  for (const supplement of supplements.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    join(result, supplement)
  }
  const frame = supplements.find(
    ({ body }) => isObject(body.paths) && createTaskPath in body.paths,
  )?.body
  if (!frame) {
    throw new SpecError(`No supplement holds the frame of ${createTaskPath}`)
  }
  for (const part of ['info', 'servers', 'security']) {
    result[part] = structuredClone(frame[part] ?? null)
  }

  addOperations(
    result,
    documents.filter((document) => document.kind === 'operation'),
  )
  addModels(result, models)
  allowErrorsInside200(result)
  return result
}

function checkNames(models: ModelDocument[]): void {
  for (const [index, { model, name }] of models.entries()) {
    for (const other of models.slice(index + 1)) {
      if (other.model === model) {
        throw new SpecError(`Two documents describe the model ${model}`)
      }
      if (other.name === name) {
        throw new SpecError(
          `The models ${model} and ${other.model} would share the component name ${name}`,
        )
      }
    }
  }
}

function join(result: JsonObject, { name, body }: Supplement): void {
  add(objectAt(result, ['paths'], name), body.paths, `${name}: path`)
  if (!isObject(body.components)) {
    return
  }
  for (const [kind, entries] of Object.entries(body.components)) {
    const components = objectAt(result, ['components'], name)
    components[kind] ??= {}
    add(objectAt(components, [kind], name), entries, `${name}: components.${kind}`)
  }
}

function add(target: JsonObject, entries: Json | undefined, what: string): void {
  if (!isObject(entries)) {
    return
  }
  for (const [key, value] of Object.entries(entries)) {
    if (Object.hasOwn(target, key) && !isDeepStrictEqual(target[key], value)) {
      throw new SpecError(`${what} ${key} is defined twice, differently`)
    }
    target[key] = structuredClone(value)
  }
}

/** The component for the body of createTask, one of all models. */
const bodySchema = 'CreateTaskRequest'

function addModels(result: JsonObject, models: ModelDocument[]): void {
  if (models.length === 0) {
    throw new SpecError('There is no model document below specs/upstream')
  }
  const schemas = objectAt(result, ['components', 'schemas'], 'the frame')
  const examples: JsonObject = {}
  const mapping: JsonObject = {}
  const oneOf: Json[] = []
  for (const { model, name, request, example, summary } of models) {
    const taken = [`${name}Input`, `${name}Request`].find(
      (component) => component === bodySchema || component in schemas,
    )
    if (taken) {
      throw new SpecError(
        `The model ${model} would need the component name ${taken}, which is taken`,
      )
    }
    const properties = { ...objectAt(request, ['properties'], model) }
    add(schemas, { [`${name}Input`]: objectAt(request, ['properties', 'input'], model) }, model)
    properties.input = { $ref: `#/components/schemas/${name}Input` }
    add(schemas, { [`${name}Request`]: { description: summary, ...request, properties } }, model)
    mapping[model] = `#/components/schemas/${name}Request`
    oneOf.push({ $ref: `#/components/schemas/${name}Request` })
    if (example !== undefined) {
      examples[model] = { value: example }
    }
  }
  schemas[bodySchema] = { oneOf, discriminator: { propertyName: 'model', mapping } }
  objectAt(result, ['paths', createTaskPath, 'post'], 'the frame').requestBody = {
    required: true,
    content: {
      'application/json': { schema: { $ref: `#/components/schemas/${bodySchema}` }, examples },
    },
  }

  const code = objectAt(schemas, ['ErrorResponse', 'properties', 'code'], 'the frame')
  const known = Array.isArray(code['x-extensible-enum']) ? code['x-extensible-enum'] : []
  const codes = new Set([
    ...known.filter((value) => typeof value === 'number'),
    ...models.flatMap((model) => model.codes),
  ])
  code['x-extensible-enum'] = [...codes].filter((value) => value !== 200).toSorted((a, b) => a - b)

  const contacts = models.flatMap(({ contact }) => (contact ? [contact] : []))
  const [contact] = contacts
  if (contact && contacts.every((other) => isDeepStrictEqual(other, contact))) {
    objectAt(result, ['info'], 'the frame').contact = contact
  }
}

/** Every JSON answer 200 may also be the envelope of an error: HTTP 200 is not success. */
function allowErrorsInside200(result: JsonObject): void {
  const done = new Set<JsonObject>()
  for (const path of Object.values(objectAt(result, ['paths'], 'the document'))) {
    for (const operation of isObject(path) ? Object.values(path) : []) {
      const responses = isObject(operation) ? operation.responses : undefined
      const content = isObject(responses) ? resolve(result, responses['200'])?.content : undefined
      const media = isObject(content) ? content['application/json'] : undefined
      if (!isObject(media) || media.schema === undefined || done.has(media)) {
        continue
      }
      const success = media.schema
      media.schema = { anyOf: [success, { $ref: '#/components/schemas/ErrorResponse' }] }
      // The examples of errors come beside it: a single `example` may not stand there, and a mock
      // without one of a success would give an error.
      media.examples ??= { success: { value: media.example ?? sample(result, success) } }
      delete media.example
      done.add(media)
    }
  }
}
