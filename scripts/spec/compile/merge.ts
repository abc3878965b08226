import { isDeepStrictEqual } from 'node:util'
import {
  assertSpec,
  entriesOf,
  forDocument,
  isObject,
  listOf,
  objectAt,
  operationsIn,
} from './json.ts'
import { resolve, schemasIn, valueAt, type Json, type JsonObject } from './json.ts'
import { createTaskPath, type ModelDocument } from './model-document.ts'
import { reachable, replaceOperations } from './operations.ts'
import type { Published } from './published.ts'
import { sample } from './sample.ts'

export type Supplement = { name: string; body: JsonObject }

/**
 * Joins the supplements, replaces their operations by published ones, and adds the models to
 * createTask. The order of the documents does not matter.
 */
export function merge(supplements: Supplement[], documents: Published[]): JsonObject {
  const sorted = documents.toSorted((a, b) => (a.subject < b.subject ? -1 : 1))
  const twin = sorted.find(({ subject }, index) => subject === sorted[index + 1]?.subject)
  assertSpec(!twin, `Two documents describe the ${twin?.kind} ${twin?.subject}`)
  const frame = supplements.find(({ body }) => valueAt(body.paths, createTaskPath))?.body
  assertSpec(frame, `No supplement describes ${createTaskPath}`)
  const { info = null, servers = null, security = null } = structuredClone(frame)
  const result = { openapi: '3.1.1', info, servers, security, paths: {}, components: {} }
  for (const supplement of supplements.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    join(result, supplement)
  }
  replaceOperations(
    result,
    sorted.filter((document) => document.kind === 'operation'),
  )
  addModels(
    result,
    sorted.filter((document) => document.kind === 'model'),
  )
  allowErrorsInside200(result)
  return result
}

function join(result: JsonObject, { name, body }: Supplement): void {
  add(objectAt(result, ['paths'], name), body.paths, `${name}: path`)
  const components = objectAt(result, ['components'], name)
  for (const [kind, entries] of entriesOf(body.components)) {
    components[kind] ??= {}
    add(objectAt(components, [kind], name), entries, `${name}: components.${kind}`)
  }
}

function add(target: JsonObject, entries: Json | undefined, what: string): void {
  for (const [key, value] of entriesOf(entries)) {
    assertSpec(
      !Object.hasOwn(target, key) || isDeepStrictEqual(target[key], value),
      `${what} ${key} is defined twice, differently`,
    )
    target[key] = structuredClone(value)
  }
}

/** The component of the request body, a `oneOf` with one schema for each model. */
const BODY_SCHEMA = 'CreateTaskRequest'
const reference = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` })

function addModels(result: JsonObject, models: ModelDocument[]): void {
  assertSpec(models.length > 0, 'There is no model document below specs/upstream')
  const schemas = objectAt(result, ['components', 'schemas'], 'the supplements')
  const examples: JsonObject = {}
  for (const each of models) {
    const { subject: model, name, request, example } = each
    const taken = [`${name}Input`, `${name}Request`].find(
      (component) => component === BODY_SCHEMA || component in schemas,
    )
    forDocument(model, () => {
      assertSpec(
        !taken,
        `The model ${model} would need the component name ${taken}, which is taken`,
      )
    })
    const properties = objectAt(request, ['properties'], model)
    schemas[`${name}Input`] = objectAt(properties, ['input'], model)
    schemas[`${name}Request`] = {
      title: each.title,
      ...(each.description ? { description: each.description } : {}),
      ...(each.isDeprecated ? { deprecated: true } : {}),
      ...(each.evidence === undefined ? {} : { 'x-evidence': each.evidence }),
      ...request,
      properties: { ...properties, input: reference(`${name}Input`) },
    }
    examples[model] = { value: example ?? sample(result, request) }
  }
  const requests = models.map(
    ({ subject, name }) => [subject, `#/components/schemas/${name}Request`] as const,
  )
  schemas[BODY_SCHEMA] = {
    oneOf: requests.map(([, $ref]) => ({ $ref })),
    discriminator: { propertyName: 'model', mapping: Object.fromEntries(requests) },
  }
  objectAt(result, ['paths', createTaskPath, 'post'], 'the supplements').requestBody = {
    required: true,
    content: { 'application/json': { schema: reference(BODY_SCHEMA), examples } },
  }
  addCodes(schemas, models)
  // The contact, if all documents name the same one.
  const [contact, ...others] = models.flatMap((model) => model.contact ?? [])
  if (contact && others.every((other) => isDeepStrictEqual(other, contact))) {
    objectAt(result, ['info'], 'the supplements').contact = contact
  }
}

/** The known error codes are those of all documents. */
function addCodes(schemas: JsonObject, models: ModelDocument[]): void {
  const code = objectAt(schemas, ['ErrorResponse', 'properties', 'code'], 'the supplements')
  const known = listOf(code['x-extensible-enum']).filter((value) => typeof value === 'number')
  const codes = new Set([...known, ...models.flatMap((model) => model.codes)])
  code['x-extensible-enum'] = [...codes].filter((value) => value !== 200).toSorted((a, b) => a - b)
}

/** Every JSON response 200 may also be the envelope of an error: HTTP 200 is not success. */
function allowErrorsInside200(result: JsonObject): void {
  const media = operationsIn(result).map(({ operation }) => {
    const response = resolve(result, valueAt(operation.responses, '200'))
    return valueAt(response?.content, 'application/json')
  })
  // Operations may share a response.
  for (const each of new Set(media.filter(isObject))) {
    const success = each.schema
    if (success === undefined) {
      continue
    }
    each.schema = { anyOf: [success, reference('ErrorResponse')] }
    // The overlay adds examples of errors, and a mock without one of a success would send an error.
    each.examples ??= { success: { value: each.example ?? sample(result, success) } }
    delete each.example
  }
}

/** Removes what supplements and overlays left behind: duplicates and unused components. */
export function tidy(document: JsonObject): void {
  const roots = entriesOf(valueAt(document.components, 'schemas')).map(([, root]) => root)
  for (const schema of roots.flatMap(schemasIn)) {
    if (Array.isArray(schema.required)) {
      schema.required = [...new Set(schema.required)]
    }
  }
  shareResponses(document)
  const used = reachable(document, document.paths)
  for (const [kind, group] of entriesOf(document.components)) {
    const unused = Object.keys(group ?? {}).filter(
      (name) => !used.has(`#/components/${kind}/${name}`),
    )
    for (const name of kind === 'securitySchemes' ? [] : unused) {
      delete objectAt(document, ['components', kind], 'the document')[name]
    }
  }
}

/** Operations with the same response refer to one component, which keeps the packages small. */
function shareResponses(document: JsonObject): void {
  const groups = Map.groupBy(operationsIn(document), ({ operation }) =>
    JSON.stringify(valueAt(operation.responses, '200') ?? null),
  )
  for (const [text, operations] of groups) {
    const data = /"data":\{"\$ref":"#\/components\/schemas\/(\w+)"\}/.exec(text)?.[1]
    if (operations.length > 1 && data !== undefined) {
      const shared = objectAt(document, ['components', 'responses'], 'the document')
      shared[`${data}Answer`] = JSON.parse(text)
      for (const { operation } of operations) {
        const responses = objectAt(operation, ['responses'], 'the document')
        responses['200'] = { $ref: `#/components/responses/${data}Answer` }
      }
    }
  }
}
