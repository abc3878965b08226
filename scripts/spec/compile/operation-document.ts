import {
  assertSpec,
  entriesOf,
  fieldsOf,
  isObject,
  listOf,
  methods,
  objectAt,
  resolve,
  valueAt,
} from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { inline } from './schemas.ts'

/**
 * One published document of an operation other than createTask, without references and without
 * the parts that every document repeats.
 */
export type OperationDocument = {
  kind: 'operation'
  path: string
  method: string
  /** Name and prose, parameters and request body. */
  operation: JsonObject
  /** The server below the main one, for instance that of uploads. */
  server: string | undefined
  response: {
    description: string
    /** The fields of the envelope beside `code`, `msg` and `data`. */
    fields: JsonObject
    data: JsonObject | undefined
  }
}

export const mainServer = 'https://api.apikley.ru'

export function readOperationDocument(
  document: JsonObject,
  path: string,
  source: string,
): OperationDocument {
  const item = objectAt(document, ['paths', path], source)
  const [method, ...others] = methods.filter((name) => name in item)
  assertSpec(
    method !== undefined && others.length === 0,
    `${source}: a published document has one operation, ${path} has ${others.length > 0 ? others.length + 1 : 'none'}`,
    ['paths', path],
  )
  const raw = objectAt(item, [method], source)
  const servers = [raw.servers, item.servers, document.servers].map(ownServer)
  return {
    kind: 'operation',
    path,
    method,
    operation: readOperation(document, item, raw, source),
    server: servers.find((url) => url !== undefined),
    response: readResponse(document, path, raw, source),
  }
}

function readOperation(
  document: JsonObject,
  item: JsonObject,
  raw: JsonObject,
  source: string,
): JsonObject {
  const { summary, description, operationId } = raw
  const parameters = parametersIn(document, [item, raw])
  const body = resolve(document, raw.requestBody)
  const operation = {
    summary,
    description,
    operationId,
    parameters: parameters.length > 0 ? parameters : undefined,
    requestBody: body && { ...body, required: true },
  }
  const inlined = inline(document, JSON.parse(JSON.stringify(operation)), source)
  return isObject(inlined) ? inlined : {}
}

/** Parameters, except the headers that OpenAPI says to ignore as parameters. */
export function parametersIn(document: JsonObject, holders: JsonObject[]): Json[] {
  const listed = holders.flatMap(({ parameters }) => listOf(parameters))
  return listed.filter((entry) => {
    const parameter = resolve(document, entry)
    return (
      parameter?.in !== 'header' ||
      !/^(accept|content-type|authorization)$/i.test(String(parameter.name))
    )
  })
}

function readResponse(
  document: JsonObject,
  path: string,
  raw: JsonObject,
  source: string,
): OperationDocument['response'] {
  const response = resolve(document, objectAt(raw, ['responses'], source)['200'])
  const content = valueAt(response?.content, 'application/json') ?? null
  const media = inline(document, content, source)
  const { code, msg: _, data, ...fields } = fieldsOf(document, valueAt(media, 'schema'))
  assertSpec(
    response && code !== undefined,
    `${source}: the response 200 of ${path} is not an envelope with code, msg and data`,
    ['paths', path],
  )
  return {
    description: typeof response.description === 'string' ? response.description : 'Success.',
    fields,
    data: isObject(data) ? data : undefined,
  }
}

/** The URL of the first server, if it is below the main one. */
function ownServer(servers: Json | undefined): string | undefined {
  const url = valueAt(listOf(servers)[0], 'url')
  return typeof url === 'string' && url.startsWith(`${mainServer}/`)
    ? url.replace(/\/+$/, '')
    : undefined
}

export const parametersOf = ({ operation }: OperationDocument): JsonObject[] =>
  listOf(operation.parameters).filter(isObject)

/** The media types of the request body. */
export function mediaOf({ operation }: OperationDocument): JsonObject[] {
  return entriesOf(valueAt(operation.requestBody, 'content'))
    .map(([, media]) => media)
    .filter(isObject)
}

export function operationSchemas(document: OperationDocument): JsonObject[] {
  const { data, fields } = document.response
  return [
    ...[...mediaOf(document), ...parametersOf(document)].map(({ schema }) => schema),
    data,
    ...Object.values(fields),
  ].filter(isObject)
}
