import { isDeepStrictEqual } from 'node:util'
import { assertSpec, isObject, listOf, objectAt, resolve, SpecError, valueAt } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { shapeOf } from './hashes.ts'
import { componentName } from './model-document.ts'
import type { OperationDocument } from './operation-document.ts'
import { checkKnownOperation, operationSubject } from './published.ts'

/**
 * Replaces operations of the supplements by published ones. The data of a response keeps its
 * component name, because overlays and other schemas refer to it.
 */
export function replaceOperations(result: JsonObject, documents: OperationDocument[]): void {
  const sorted = documents.toSorted((a, b) => (operationSubject(a) < operationSubject(b) ? -1 : 1))
  for (const [index, document] of sorted.entries()) {
    const previous = sorted[index - 1]
    if (previous && operationSubject(previous) === operationSubject(document)) {
      throw new SpecError(`Two documents describe the operation ${operationSubject(document)}`)
    }
  }
  const replacements = sorted.map((document) => removeOperation(result, document))
  for (const replacement of replacements) {
    insertOperation(result, replacement)
  }
}

type Replacement = { document: OperationDocument; id: string; dataName: string }

function removeOperation(result: JsonObject, document: OperationDocument): Replacement {
  const { path, method, operation } = document
  const item = valueAt(result.paths, path)
  const old = valueAt(item, method)
  checkKnownOperation(document, isObject(old))
  assertSpec(isObject(item) && isObject(old), `${operationSubject(document)} is not an object`)
  delete item[method]
  const id = String(operation.operationId ?? old.operationId)
  return { document, id, dataName: dataNameOf(result, old) ?? `${componentName(id)}Data` }
}

/** The component name of the data in an operation's response. */
function dataNameOf(result: JsonObject, operation: JsonObject): string | undefined {
  const response = resolve(result, valueAt(operation.responses, '200'))
  const members = listOf(valueAt(response?.content, 'application/json', 'schema', 'allOf'))
  const refs = members.map((member) => valueAt(member, 'properties', 'data', '$ref'))
  const ref = refs.find((name) => typeof name === 'string')
  return ref?.split('/').at(-1)
}

function insertOperation(result: JsonObject, { document, id, dataName }: Replacement): void {
  const { path, method, operation, server, response } = document
  const properties: JsonObject = { ...response.fields }
  if (response.data) {
    const name = addData(result, dataName, `${componentName(id)}Data`, response.data)
    properties.data = { $ref: `#/components/schemas/${name}` }
  }
  const item = objectAt(result, ['paths', path], 'the supplements')
  if (server !== undefined) {
    item.servers = [{ url: server }]
  }
  const required = response.data ? { required: ['data'] } : {}
  const media: JsonObject = {
    schema: {
      allOf: [
        { $ref: '#/components/schemas/ApiResponse' },
        { type: 'object', ...required, properties },
      ],
    },
  }
  item[method] = {
    ...operation,
    operationId: id,
    'x-evidence': 'documented',
    responses: {
      '200': { description: response.description, content: { 'application/json': media } },
    },
  }
}

/** Adds a schema, under its own name if another operation still uses the old name differently. */
function addData(result: JsonObject, name: string, ownName: string, data: JsonObject): string {
  const schemas = objectAt(result, ['components', 'schemas'], 'the supplements')
  const used = reachable(result, [result.paths ?? null]).has(`#/components/schemas/${name}`)
  const same = isDeepStrictEqual(shapeOf(schemas[name] ?? null), shapeOf(data))
  const chosen = used && !same ? ownName : name
  schemas[chosen] = data
  return chosen
}

/** All references in some values, and in the targets of these references. */
export function reachable(result: JsonObject, from: Json[]): Set<string> {
  const found = new Set<string>()
  const visit = (value: Json | undefined): void => {
    if (typeof value !== 'object' || value === null) {
      return
    }
    if (isObject(value) && typeof value.$ref === 'string' && !found.has(value.$ref)) {
      found.add(value.$ref)
      visit(resolve(result, { $ref: value.$ref }))
    }
    for (const inner of Object.values(value)) {
      visit(inner)
    }
  }
  from.forEach(visit)
  return found
}
