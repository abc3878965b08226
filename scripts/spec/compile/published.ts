import { upgrade } from '@scalar/openapi-upgrader'
import { isObject, objectAt, SpecError, type Json, type JsonObject } from './json.ts'
import { createTaskPath, readModelDocument, type ModelDocument } from './model-document.ts'
import {
  operationSchemas,
  readOperationDocument,
  type OperationDocument,
} from './operation-document.ts'
import { checkPatterns } from './patterns.ts'

/** What a published document is of: a model, or an operation other than createTask. */
export type Published = ModelDocument | OperationDocument

/**
 * Reads a published document, as 3.1, or says why it cannot be taken. `source` names it in
 * messages.
 */
export function readPublished(raw: JsonObject, source: string): Published {
  const version = raw.openapi
  if (typeof version !== 'string' || !/^3\.[01]\./.test(version)) {
    throw new SpecError(`${source}: openapi ${String(version)} is not 3.0 or 3.1`, ['openapi'])
  }
  const document = upgraded(raw, source)
  const paths = Object.keys(objectAt(document, ['paths'], source))
  const [path] = paths
  if (path === undefined || paths.length > 1) {
    throw new SpecError(
      `${source}: a published document has one path, this one has ${paths.join(', ') || 'none'}`,
      ['paths'],
    )
  }
  const published =
    path === createTaskPath
      ? readModelDocument(document, source)
      : readOperationDocument(document, path, source)
  for (const schema of schemasOf(published)) {
    checkPatterns(schema, source)
  }
  return published
}

function schemasOf(document: Published): Json[] {
  return document.kind === 'model' ? [document.request] : operationSchemas(document)
}

/**
 * What there is one document for: a model id, or an operation such as `GET
 * /api/v1/jobs/recordInfo`.
 */
export function subjectOf(document: Published): string {
  return document.kind === 'model' ? document.model : operationSubject(document)
}

/** An operation comes in on purpose: a page that suddenly describes another one must not add it. */
export function checkExpected(document: Published, isKnown: (subject: string) => boolean): void {
  const subject = subjectOf(document)
  if (document.kind === 'operation' && !isKnown(subject)) {
    throw new SpecError(
      `${subject} is neither createTask nor described in specs/supplements; describe it there first`,
      ['paths'],
    )
  }
}

export function operationSubject({ method, path }: { method: string; path: string }): string {
  return `${method.toUpperCase()} ${path}`
}

function upgraded(raw: JsonObject, source: string): JsonObject {
  // The upgrader changes its argument, hence the copy.
  const document: unknown = upgrade(structuredClone(raw), '3.1')
  const plain: Json = JSON.parse(JSON.stringify(document))
  if (!isObject(plain)) {
    throw new SpecError(`${source}: cannot be read as OpenAPI 3.1`)
  }
  return plain
}
