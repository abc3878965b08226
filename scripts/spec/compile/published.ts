import { upgrade } from '@scalar/openapi-upgrader'
import { assertSpec, isObject, objectAt, SpecError, type Json, type JsonObject } from './json.ts'
import { createTaskPath, readModelDocument, type ModelDocument } from './model-document.ts'
import { operationSchemas, readOperationDocument } from './operation-document.ts'
import type { OperationDocument } from './operation-document.ts'
import { checkPatterns } from './schemas.ts'

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
  const document = upgradeDocument(raw, source)
  const paths = Object.keys(objectAt(document, ['paths'], source))
  const [path] = paths
  assertSpec(
    path !== undefined && paths.length <= 1,
    `${source}: a published document has one path, this one has ${paths.join(', ') || 'none'}`,
    ['paths'],
  )
  const published =
    path === createTaskPath
      ? readModelDocument(document, source)
      : readOperationDocument(document, path, source)
  for (const schema of schemasOf(published)) {
    checkPatterns(schema, source)
  }
  return published
}

/** All schemas of a document, except those inside others. */
export function schemasOf(document: Published): JsonObject[] {
  return document.kind === 'model' ? [document.request] : operationSchemas(document)
}

function upgradeDocument(raw: JsonObject, source: string): JsonObject {
  // The upgrader changes its argument.
  const document: unknown = upgrade(structuredClone(raw), '3.1')
  const plain: Json = JSON.parse(JSON.stringify(document))
  assertSpec(isObject(plain), `${source}: cannot be read as OpenAPI 3.1`)
  return plain
}

/** Each subject has one document: a model id, or `GET /api/v1/jobs/recordInfo`. */
export function subjectOf(document: Published): string {
  return document.kind === 'model' ? document.model : operationSubject(document)
}

export function operationSubject({ method, path }: { method: string; path: string }): string {
  return `${method.toUpperCase()} ${path}`
}

/** Refuses an unknown operation, so that a page which changes its subject adds nothing. */
export function checkKnownOperation(document: Published, isKnown: boolean): void {
  if (document.kind === 'operation' && !isKnown) {
    throw new SpecError(
      `${subjectOf(document)} is neither createTask nor described in specs/supplements; describe it there first`,
      ['paths'],
    )
  }
}
