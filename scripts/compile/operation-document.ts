import { inline } from './inline.ts'
import { fieldsOf, isObject, objectAt, resolve, SpecError, type JsonObject } from './json.ts'

/** One published document of an operation other than createTask: what it says of it, without references and without what is the same everywhere. */
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

const methods = ['get', 'post', 'put', 'patch', 'delete']

export const mainServer = 'https://api.apikley.ru'

export function readOperationDocument(document: JsonObject, path: string, source: string): OperationDocument {
  const item = objectAt(document, ['paths', path], source)
  const [method, ...others] = methods.filter((name) => name in item)
  if (method === undefined || others.length > 0)
    throw new SpecError(
      `${source}: a published document has one operation, ${path} has ${others.length > 0 ? others.length + 1 : 'none'}`,
      ['paths', path],
    )
  const raw = objectAt(item, [method], source)
  return {
    kind: 'operation',
    path,
    method,
    operation: operationOf(document, item, raw, source),
    server: [raw.servers, item.servers, document.servers].map(ownServer).find((url) => url !== undefined),
    answer: answerOf(document, path, raw, source),
  }
}

function operationOf(document: JsonObject, item: JsonObject, raw: JsonObject, source: string): JsonObject {
  const { operationId, summary, description, requestBody } = raw
  const parameters = [item.parameters, raw.parameters].flatMap((list) => (Array.isArray(list) ? list : []))
  const operation: JsonObject = {
    ...(typeof summary === 'string' ? { summary } : {}),
    ...(typeof description === 'string' ? { description } : {}),
    ...(typeof operationId === 'string' ? { operationId } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(requestBody === undefined ? {} : { requestBody: { ...resolve(document, requestBody), required: true } }),
  }
  const self = inline(document, operation, source)
  return isObject(self) ? self : {}
}

function answerOf(document: JsonObject, path: string, raw: JsonObject, source: string): OperationDocument['answer'] {
  const answer = resolve(document, objectAt(raw, ['responses'], source)['200'])
  const content = isObject(answer?.content) ? answer.content['application/json'] : undefined
  const media = inline(document, content ?? null, source)
  const { code, msg: _, data, ...fields } = fieldsOf(document, isObject(media) ? media.schema : undefined)
  if (!answer || !isObject(media) || code === undefined)
    throw new SpecError(`${source}: the answer 200 of ${path} is not an envelope with code, msg and data`, ['paths', path])
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
