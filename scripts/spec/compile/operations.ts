import { isDeepStrictEqual } from 'node:util'
import { isObject, objectAt, resolve, SpecError, type Json, type JsonObject } from './json.ts'
import { componentName } from './model-document.ts'
import type { OperationDocument } from './operation-document.ts'
import { checkExpected, operationSubject } from './published.ts'
import { shapeOf } from './shape.ts'

/**
 * Puts published operations in the place of those that the supplements hold until then, with
 * everything that only these needed. What an operation gives keeps the component name that it had,
 * so that overlays and other schemas find it.
 */
export function addOperations(result: JsonObject, documents: OperationDocument[]): void {
  const paths = objectAt(result, ['paths'], 'the document')
  const sorted = documents.toSorted((a, b) => (operationSubject(a) < operationSubject(b) ? -1 : 1))
  const twice = sorted.find(
    (document, index) =>
      index > 0 && operationSubject(document) === operationSubject(sorted[index - 1] ?? document),
  )
  if (twice) {
    throw new SpecError(`Two documents describe the operation ${operationSubject(twice)}`)
  }

  const places = sorted.map((document) => takeOut(result, paths, document))
  removeUnused(result, paths, places)
  for (const place of places) {
    putIn(result, paths, place)
  }
}

type Place = { document: OperationDocument; before: JsonObject; id: string; dataName: string }

function takeOut(result: JsonObject, paths: JsonObject, document: OperationDocument): Place {
  const { path, method, operation } = document
  const item = isObject(paths[path]) ? paths[path] : {}
  const before = isObject(item[method]) ? item[method] : undefined
  checkExpected(document, () => before !== undefined)
  delete item[method]
  const id =
    typeof operation.operationId === 'string' ? operation.operationId : String(before?.operationId)
  return {
    document,
    before: before ?? {},
    id,
    dataName: dataNameOf(result, before) ?? `${componentName(id)}Data`,
  }
}

/** The component of the data that an answer gives: the one that its envelope refers to. */
function dataNameOf(result: JsonObject, operation: Json | undefined): string | undefined {
  const answer =
    isObject(operation) && isObject(operation.responses)
      ? resolve(result, operation.responses['200'])
      : undefined
  const content = isObject(answer?.content) ? answer.content['application/json'] : undefined
  const schema = isObject(content) && isObject(content.schema) ? content.schema : {}
  const [data] = (Array.isArray(schema.allOf) ? schema.allOf : []).flatMap((member) =>
    isObject(member) && isObject(member.properties) && isObject(member.properties.data)
      ? [member.properties.data.$ref]
      : [],
  )
  return typeof data === 'string' ? data.split('/').at(-1) : undefined
}

/** Removes the components that were there for the operations before alone. */
function removeUnused(result: JsonObject, paths: JsonObject, places: Place[]): void {
  const lost = reachable(
    result,
    places.map(({ before }) => before),
  )
  const others = componentsOf(result).filter(({ ref }) => !lost.has(ref))
  const kept = reachable(result, [paths, ...others.map(({ value }) => value)])
  for (const { ref, home, name } of componentsOf(result)) {
    if (lost.has(ref) && !kept.has(ref)) {
      delete home[name]
    }
  }
}

function putIn(result: JsonObject, paths: JsonObject, { document, id, dataName }: Place): void {
  const { path, method, operation, server, answer } = document
  const schemas = objectAt(result, ['components', 'schemas'], 'the document')
  const properties: JsonObject = { ...answer.fields }
  if (answer.data) {
    const ref = `#/components/schemas/${dataName}`
    // Another operation that still refers to the name goes on meaning what it meant.
    const taken =
      reachable(result, [paths]).has(ref) &&
      !isDeepStrictEqual(shapeOf(schemas[dataName] ?? null), shapeOf(answer.data))
    const name = taken ? `${componentName(id)}Data` : dataName
    schemas[name] = answer.data
    properties.data = { $ref: `#/components/schemas/${name}` }
  }
  const item = isObject(paths[path]) ? paths[path] : {}
  paths[path] = {
    ...item,
    ...(server === undefined ? {} : { servers: [{ url: server }] }),
    [method]: {
      ...operation,
      operationId: id,
      'x-evidence': 'documented',
      responses: {
        '200': {
          description: answer.description,
          content: {
            'application/json': {
              schema: {
                allOf: [
                  { $ref: '#/components/schemas/ApiResponse' },
                  { type: 'object', ...(answer.data ? { required: ['data'] } : {}), properties },
                ],
              },
              ...(Object.keys(answer.examples).length > 0 ? { examples: answer.examples } : {}),
            },
          },
        },
      },
    },
  }
}

function componentsOf(
  result: JsonObject,
): { ref: string; home: JsonObject; name: string; value: Json }[] {
  return Object.entries(objectAt(result, ['components'], 'the document')).flatMap(([kind, home]) =>
    isObject(home)
      ? Object.entries(home).map(([name, value]) => ({
          ref: `#/components/${kind}/${name}`,
          home,
          name,
          value,
        }))
      : [],
  )
}

/** The references that lead out of some values, and on from there. */
function reachable(result: JsonObject, from: Json[]): Set<string> {
  const found = new Set<string>()
  const visit = (value: Json): void => {
    if (typeof value !== 'object' || value === null) {
      return
    }
    if (isObject(value) && typeof value.$ref === 'string' && !found.has(value.$ref)) {
      found.add(value.$ref)
      const target = resolve(result, { $ref: value.$ref })
      if (target) {
        visit(target)
      }
    }
    for (const inner of Object.values(value)) {
      visit(inner)
    }
  }
  from.forEach(visit)
  return found
}
