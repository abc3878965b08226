import { isDeepStrictEqual } from 'node:util'
import {
  entriesOf,
  forDocument,
  isObject,
  listOf,
  objectAt,
  resolve,
  valueAt,
  type Json,
  type JsonObject,
} from './json.ts'
import { shapeOf } from './shape.ts'
import { componentName } from './model-document.ts'
import type { OperationDocument } from './operation-document.ts'
import { checkKnownOperation } from './published.ts'

/**
 * Replaces operations of the supplements by published ones. The data of a response keeps its
 * component name, because overlays and other schemas refer to it.
 */
export function replaceOperations(result: JsonObject, documents: OperationDocument[]): void {
  // No replaced operation may keep a component in use.
  const replaced = documents.map((document) => {
    const item = valueAt(result.paths, document.path)
    const old = valueAt(item, document.method)
    checkKnownOperation(document, isObject(old))
    if (isObject(item)) {
      delete item[document.method]
    }
    return { document, old }
  })
  for (const { document, old } of replaced) {
    forDocument(document.subject, () => insertOperation(result, document, old))
  }
}

function insertOperation(
  result: JsonObject,
  { path, method, operation, server, response }: OperationDocument,
  old: Json | undefined,
): void {
  // The supplement has named the operation, and programs use the name.
  const operationId = String(valueAt(old, 'operationId') ?? operation.operationId)
  const { data, ...properties } = response.fields
  if (isObject(data)) {
    const ownName = `${componentName(operationId)}Data`
    const name = addData(result, dataNameOf(result, old) ?? ownName, ownName, data)
    properties.data = { $ref: `#/components/schemas/${name}` }
  }
  const envelope = { type: 'object', ...(isObject(data) ? { required: ['data'] } : {}), properties }
  const schema = { allOf: [{ $ref: '#/components/schemas/ApiResponse' }, envelope] }
  const { example: value } = response
  const examples = value === undefined ? {} : { examples: { success: { value } } }
  const item = objectAt(result, ['paths', path], 'the supplements')
  if (server !== undefined) {
    item.servers = [{ url: server }]
  }
  item[method] = {
    ...operation,
    operationId,
    'x-evidence': 'documented',
    responses: {
      '200': {
        description: response.description,
        content: { 'application/json': { schema, ...examples } },
      },
    },
  }
}

/** The component name of the data in an operation's response. */
function dataNameOf(result: JsonObject, operation: Json | undefined): string | undefined {
  const response = resolve(result, valueAt(operation, 'responses', '200'))
  const members = listOf(valueAt(response?.content, 'application/json', 'schema', 'allOf'))
  const refs = members.map((member) => valueAt(member, 'properties', 'data', '$ref'))
  const ref = refs.find((name) => typeof name === 'string')
  return ref?.split('/').at(-1)
}

/** Adds a schema, under its own name if another operation still uses the old name differently. */
function addData(result: JsonObject, name: string, ownName: string, data: JsonObject): string {
  const schemas = objectAt(result, ['components', 'schemas'], 'the supplements')
  const used = reachable(result, result.paths).has(`#/components/schemas/${name}`)
  const same = isDeepStrictEqual(shapeOf(schemas[name] ?? null), shapeOf(data))
  const chosen = used && !same ? ownName : name
  schemas[chosen] = data
  return chosen
}

/** All references in a value, and in the targets of these references. */
export function reachable(
  result: JsonObject,
  from: Json | undefined,
  found = new Set<string>(),
): Set<string> {
  const ref = valueAt(from, '$ref')
  if (typeof ref === 'string' && !found.has(ref)) {
    found.add(ref)
    reachable(result, resolve(result, from), found)
  }
  for (const [, inner] of entriesOf(from)) {
    reachable(result, inner, found)
  }
  return found
}
