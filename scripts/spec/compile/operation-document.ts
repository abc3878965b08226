import { examplesIn } from './examples.ts'
import { assertSpec, entriesOf, fieldsOf, isObject, listOf } from './json.ts'
import { objectAt, resolve, subjectOf, valueAt } from './json.ts'
import type { Json, JsonObject, LocatedOperation } from './json.ts'
import { inline } from './schemas.ts'

/**
 * One published document of an operation other than createTask, without references and without
 * the parts that every document repeats.
 */
export type OperationDocument = {
  kind: 'operation'
  /** For instance `GET /api/v1/jobs/recordInfo`. */
  subject: string
  path: string
  method: string
  /** Name and prose, parameters and request body. */
  operation: JsonObject
  /** The server below the main one, for instance that of uploads. */
  server: string | undefined
  /** The response 200: its example, and the fields of its envelope beside `code` and `msg`. */
  response: { description: string; fields: JsonObject; example: Json | undefined }
}

const mainServer = 'https://api.apikley.ru'

export function readOperationDocument(
  document: JsonObject,
  located: LocatedOperation,
  source: string,
): OperationDocument {
  const { path, item, method, operation: raw } = located
  refuseStream(document, raw, source)
  const { summary, description, operationId, deprecated } = raw
  const parameters = parametersIn(document, located)
  const body = resolve(document, raw.requestBody)
  const parts = {
    summary,
    description,
    operationId,
    deprecated,
    parameters: parameters.length > 0 ? parameters : undefined,
    requestBody: body && { ...body, required: true },
  }
  const operation = inline(document, JSON.parse(JSON.stringify(parts)), source)
  for (const media of entriesOf(valueAt(operation, 'requestBody', 'content'))) {
    keepFirstExample(media[1], 'examples')
  }
  for (const parameter of listOf(valueAt(operation, 'parameters'))) {
    keepFirstExample(parameter, 'example')
  }

  const response = resolve(document, objectAt(raw, ['responses'], source)['200'])
  const content = inline(document, response?.content ?? null, source)
  const schema = valueAt(content, 'application/json', 'schema')
  const { code, msg: _, ...fields } = fieldsOf(document, schema)
  assertSpec(
    isObject(operation) && response && code !== undefined,
    `${source}: the response 200 of ${path} is not an envelope with code, msg and data`,
    ['paths', path],
  )
  const urls = [raw, item, document].map(({ servers }) =>
    String(valueAt(listOf(servers)[0], 'url')),
  )
  return {
    kind: 'operation',
    subject: subjectOf(located),
    path,
    method,
    operation,
    server: urls.find((url) => url.startsWith(`${mainServer}/`))?.replace(/\/+$/, ''),
    response: {
      description: String(response.description ?? 'Success.'),
      fields,
      example: examplesIn(valueAt(content, 'application/json'))[0],
    },
  }
}

/** Replaces the examples of a media type or parameter by the first one, in the form of 3.1. */
function keepFirstExample(holder: Json | undefined, key: 'example' | 'examples'): void {
  const [value] = examplesIn(holder)
  if (isObject(holder)) {
    delete holder.example
    delete holder.examples
    if (value !== undefined) {
      holder[key] = key === 'example' ? value : { example: { value } }
    }
  }
}

/** Refuses chats and streams: the client reads one JSON envelope for each request. */
export function refuseStream(document: JsonObject, operation: JsonObject, source: string): void {
  const responses = entriesOf(operation.responses).map(([, response]) =>
    resolve(document, response),
  )
  const types = responses.flatMap((response) => entriesOf(response?.content).map(([type]) => type))
  const bodies = entriesOf(valueAt(resolve(document, operation.requestBody), 'content'))
  const fields = bodies.flatMap(([, media]) =>
    Object.keys(fieldsOf(document, valueAt(media, 'schema'))),
  )
  const isStream = types.includes('text/event-stream') || fields.includes('stream')
  assertSpec(
    !isStream && !fields.includes('messages'),
    `${source}: is a ${isStream ? 'streaming' : 'chat'} operation; the client sends one request and reads one JSON envelope with code, msg and data`,
  )
}

/** Parameters, except the headers that OpenAPI says to ignore as parameters. */
export function parametersIn(document: JsonObject, { item, operation }: LocatedOperation): Json[] {
  const listed = [item, operation].flatMap(({ parameters }) => listOf(parameters))
  return listed.filter((entry) => {
    const parameter = resolve(document, entry)
    const isIgnored = /^(accept|content-type|authorization)$/i.test(String(parameter?.name))
    return parameter?.in !== 'header' || !isIgnored
  })
}

/** The parameters of an operation, and the media types of its body. */
export function argumentsOf({ operation }: OperationDocument): JsonObject[] {
  const media = entriesOf(valueAt(operation.requestBody, 'content')).map(([, each]) => each)
  return [...media, ...listOf(operation.parameters)].filter(isObject)
}

export function operationSchemas(document: OperationDocument): JsonObject[] {
  const requested = argumentsOf(document).map(({ schema }) => schema)
  return [...requested, ...Object.values(document.response.fields)].filter(isObject)
}
