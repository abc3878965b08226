import { inline } from './inline.ts'
import {
  fieldsOf,
  isObject,
  objectAt,
  resolve,
  SpecError,
  type Json,
  type JsonObject,
} from './json.ts'

/**
 * One published document of an operation other than createTask: what it says of it, without
 * references and without what is the same everywhere.
 */
export type OperationDocument = {
  kind: 'operation'
  path: string
  method: string
  /** Name and prose, parameters and request body. */
  operation: JsonObject
  /** The server, where it is one of the service's own and not the main one. */
  server: string | undefined
  answer: {
    description: string
    /** What the envelope has beside `code`, `msg` and `data`. */
    fields: JsonObject
    data: JsonObject | undefined
    examples: JsonObject
  }
}

export const methods: readonly string[] = ['get', 'post', 'put', 'patch', 'delete']

export const mainServer = 'https://api.apikley.ru'

export function readOperationDocument(
  document: JsonObject,
  path: string,
  source: string,
): OperationDocument {
  const item = objectAt(document, ['paths', path], source)
  const [method, ...others] = methods.filter((name) => name in item)
  if (method === undefined || others.length > 0) {
    throw new SpecError(
      `${source}: a published document has one operation, ${path} has ${others.length > 0 ? others.length + 1 : 'none'}`,
      ['paths', path],
    )
  }
  const raw = objectAt(item, [method], source)
  return {
    kind: 'operation',
    path,
    method,
    operation: operationOf(document, item, raw, source),
    server: [raw.servers, item.servers, document.servers]
      .map(ownServer)
      .find((url) => url !== undefined),
    answer: answerOf(document, path, raw, source),
  }
}

function operationOf(
  document: JsonObject,
  item: JsonObject,
  raw: JsonObject,
  source: string,
): JsonObject {
  const { operationId, summary, description, requestBody } = raw
  const parameters = parametersIn(document, [item, raw])
  const operation: JsonObject = {
    ...(typeof summary === 'string' ? { summary } : {}),
    ...(typeof description === 'string' ? { description } : {}),
    ...(typeof operationId === 'string' ? { operationId } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(requestBody === undefined
      ? {}
      : { requestBody: { ...resolve(document, requestBody), required: true } }),
  }
  const self = inline(document, operation, source)
  return isObject(self) ? self : {}
}

/**
 * The parameters that count: of some headers OpenAPI says that a description of them as a parameter
 * shall be ignored.
 */
export function parametersIn(document: JsonObject, holders: JsonObject[]): Json[] {
  const listed = holders.flatMap(({ parameters }) => (Array.isArray(parameters) ? parameters : []))
  return listed.filter((entry) => {
    const parameter = resolve(document, entry)
    return (
      parameter?.in !== 'header' ||
      !/^(accept|content-type|authorization)$/i.test(String(parameter.name))
    )
  })
}

function answerOf(
  document: JsonObject,
  path: string,
  raw: JsonObject,
  source: string,
): OperationDocument['answer'] {
  const answer = resolve(document, objectAt(raw, ['responses'], source)['200'])
  const content = isObject(answer?.content) ? answer.content['application/json'] : undefined
  const media = inline(document, content ?? null, source)
  const {
    code,
    msg: _,
    data,
    ...fields
  } = fieldsOf(document, isObject(media) ? media.schema : undefined)
  if (!answer || !isObject(media) || code === undefined) {
    throw new SpecError(
      `${source}: the answer 200 of ${path} is not an envelope with code, msg and data`,
      ['paths', path],
    )
  }
  return {
    description: typeof answer.description === 'string' ? answer.description : 'Success.',
    fields,
    data: isObject(data) ? data : undefined,
    examples: isObject(media.examples) ? media.examples : {},
  }
}

function ownServer(servers: JsonObject[string] | undefined): string | undefined {
  const first = Array.isArray(servers) ? servers[0] : undefined
  const url = isObject(first) && typeof first.url === 'string' ? first.url : ''
  return url.startsWith(`${mainServer}/`) ? url.replace(/\/+$/, '') : undefined
}

export const parametersOf = ({ operation }: OperationDocument): JsonObject[] =>
  (Array.isArray(operation.parameters) ? operation.parameters : []).filter((parameter) =>
    isObject(parameter),
  )

export function mediaOf({ operation }: OperationDocument): JsonObject[] {
  const content = isObject(operation.requestBody) ? operation.requestBody.content : undefined
  return Object.values(isObject(content) ? content : {}).filter((media) => isObject(media))
}

/** Every schema in it. */
export function operationSchemas(document: OperationDocument): Json[] {
  const { answer } = document
  return [
    ...mediaOf(document).flatMap(({ schema }) => (schema === undefined ? [] : [schema])),
    ...parametersOf(document).flatMap(({ schema }) => (schema === undefined ? [] : [schema])),
    ...(answer.data ? [answer.data] : []),
    ...Object.values(answer.fields),
  ]
}
