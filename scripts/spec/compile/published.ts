import { isDeepStrictEqual } from 'node:util'
import { upgrade } from '@scalar/openapi-upgrader'
import { exec } from 'jsonpath-rfc9535'
import { stringify } from 'yaml'
import { assertSpec, isObject, objectAt, operationsIn, schemasIn, SpecError } from './json.ts'
import { subjectOf, toJsonPath, valueAt } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { createTaskPath, readModelDocument, type ModelDocument } from './model-document.ts'
import { operationSchemas, readOperationDocument } from './operation-document.ts'
import type { OperationDocument } from './operation-document.ts'
import { faultIn } from './schemas.ts'

/** A published document describes a model, or an operation other than createTask. */
export type Published = ModelDocument | OperationDocument

/** Reads a published document as OpenAPI 3.1. `source` names it in messages. */
export function readPublished(raw: JsonObject, source: string): Published {
  const version = raw.openapi
  assertSpec(
    typeof version === 'string' && /^3\.[01]\./.test(version),
    `${source}: openapi ${String(version)} is not 3.0 or 3.1`,
    ['openapi'],
  )
  // The upgrader changes its argument, and leaves values that are not JSON.
  const document: Json = JSON.parse(JSON.stringify(upgrade(structuredClone(raw), '3.1')))
  assertSpec(isObject(document), `${source}: cannot be read as OpenAPI 3.1`)
  const paths = Object.keys(objectAt(document, ['paths'], source))
  const operations = operationsIn(document)
  const [located] = operations
  const found = paths.length > 1 ? paths : operations.map(subjectOf)
  assertSpec(
    located && found.length === 1,
    `${source}: a published document has one operation, this one has ${found.join(', ') || 'none'}`,
    ['paths'],
  )
  const published =
    subjectOf(located) === `POST ${createTaskPath}`
      ? readModelDocument(document, located, source)
      : readOperationDocument(document, located, source)
  for (const schema of schemasOf(published).flatMap(schemasIn)) {
    checkSchema(schema, raw, source)
  }
  return published
}

/** Refuses a schema that the validators refuse, at its place in the document as published. */
function checkSchema(schema: JsonObject, raw: JsonObject, source: string): void {
  const { keyword = '', message } = faultIn(schema) ?? {}
  let path: string[] = []
  if (message !== undefined) {
    exec(raw, '$..*', (value: Json, keys) => {
      const isPlace = isDeepStrictEqual(valueAt(value, keyword), schema[keyword])
      path = isPlace && path.length === 0 ? [...keys.map(String), keyword] : path
    })
    const fix = path.length > 0 ? [{ target: toJsonPath(raw, path), remove: true } as const] : []
    throw new SpecError(`${source}: ${message}; fix or remove it with an overlay`, path, fix)
  }
}

/** All schemas of a document, except those inside others. */
export function schemasOf(document: Published): JsonObject[] {
  return document.kind === 'model' ? [document.request] : operationSchemas(document)
}

/** Refuses an unknown operation, so that a page which changes its subject adds nothing. */
export function checkKnownOperation(document: Published, isKnown: boolean): void {
  if (document.kind === 'operation' && !isKnown) {
    throw new SpecError(
      `${document.subject} is neither createTask nor described in specs/supplements; this file there adds it:\n\n${stubOf(document)}`,
      ['paths'],
    )
  }
}

/** A supplement for an operation, until a sync reads its published document. */
function stubOf({ path, method, operation }: OperationDocument): string {
  const words = path.split('/').filter((part) => part !== '' && !/^(api|v\d+)$/.test(part))
  const plain = [method, ...words].join('-').replaceAll(/\W+/g, '-').replace(/-$/, '')
  const { operationId, summary } = operation
  const ownId = typeof operationId === 'string' && /^[a-z][\w-]*$/i.test(operationId)
  const stub = {
    openapi: '3.1.1',
    info: { title: summary ?? plain, version: '1.0.0' },
    paths: {
      [path]: {
        [method]: {
          operationId: ownId ? operationId : plain,
          responses: {
            '200': {
              description: 'Success.',
              content: {
                'application/json': { schema: { $ref: '#/components/schemas/ApiResponse' } },
              },
            },
          },
        },
      },
    },
  }
  return stringify(stub, { singleQuote: true }).trimEnd().replaceAll(/^/gm, '    ')
}
