import {
  fieldsOf,
  isObject,
  objectAt,
  resolve,
  SpecError,
  type Json,
  type JsonObject,
} from '../compile/json.ts'

export type Parameter = {
  name: string
  in: 'query' | 'path'
  required: boolean
  schema: JsonObject
  example: Json | undefined
}

export type JsonType = 'string' | 'number' | 'boolean' | 'any'

/** Which of the client's two addresses an operation goes to. */
export type Server = 'api' | 'upload'

/** What the generators need to know of one operation of the compiled document. */
export type Operation = {
  /** As in the document, for instance `get-task-details`. */
  id: string
  /** The function's name, for instance `getTaskDetails`. */
  name: string
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  path: string
  server: Server
  summary: string
  description: string
  resend: 'never' | 'safe'
  parameters: Parameter[]
  body:
    | {
        mediaType: string
        schema: JsonObject
        required: boolean
        examples: Example[]
        byModel: JsonObject | undefined
      }
    | undefined
  /**
   * What the envelope's `data` has to be for the answer to be complete: required fields, or a type.
   */
  expects: Record<string, JsonType> | JsonType | 'nothing'
  /** The fields that the envelope of a success always has. */
  always: string[]
  responses: JsonObject
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const

export function operationsOf(document: JsonObject): Operation[] {
  const operations: Operation[] = []
  for (const [path, item] of Object.entries(objectAt(document, ['paths'], 'the document'))) {
    for (const method of methods) {
      const operation = isObject(item) ? item[method] : undefined
      if (isObject(item) && isObject(operation)) {
        operations.push(readOperation(document, path, item, method, operation))
      }
    }
  }
  // Beside each function stands what the client knows of its operation, under a name of its own.
  const names = operations.flatMap(({ name }) => [name, `${name}Operation`])
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice) {
    throw new SpecError(`Two operations would share the name ${twice}`)
  }
  return operations.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Words of the language, which nothing can be called. */
export const reservedWords: ReadonlySet<string> = new Set(
  (
    'await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in ' +
    'instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield ' +
    'arguments eval undefined'
  ).split(' '),
)

/** The names that the generated module uses itself. */
const usedHere = new Set(
  'client options parameters body request send sendForNothing toFormData createOptionFactories mutationOptions queryOptions'.split(
    ' ',
  ),
)

function readOperation(
  document: JsonObject,
  path: string,
  item: JsonObject,
  method: Operation['method'],
  operation: JsonObject,
): Operation {
  const { operationId: id } = operation
  const at = `${method.toUpperCase()} ${path}`
  if (typeof id !== 'string' || !/^[a-z][\w-]*$/i.test(id)) {
    throw new SpecError(`${at} needs an operationId of letters, digits, _ and -`)
  }
  if (reservedWords.has(camelCase(id)) || usedHere.has(camelCase(id))) {
    throw new SpecError(
      `${at}: no function can be called ${camelCase(id)}; give it another operationId`,
    )
  }
  const resend = operation['x-apikley-resend'] ?? (method === 'get' ? 'safe' : 'never')
  if (resend !== 'never' && resend !== 'safe') {
    throw new SpecError(`${at}: x-apikley-resend is never or safe`)
  }
  return {
    id,
    name: camelCase(id),
    method,
    path,
    server: serverOf(document, [operation.servers, item.servers], at),
    summary: text(operation.summary) || id,
    description: text(operation.description),
    resend,
    parameters: parametersOf(document, item, operation, at),
    body: bodyOf(document, operation, at),
    expects: expectsOf(document, operation, at),
    always: requiredOf(document, successOf(document, operation, at)),
    responses: objectAt(operation, ['responses'], at),
  }
}

function serverOf(document: JsonObject, closer: (Json | undefined)[], at: string): Server {
  const url = (servers: Json | undefined): string | undefined => {
    const first = Array.isArray(servers) ? servers[0] : undefined
    return isObject(first) && typeof first.url === 'string' ? first.url : undefined
  }
  const main = url(document.servers)
  const own = closer.map(url).find((address) => address !== undefined) ?? main
  if (own === main) {
    return 'api'
  }
  if (own === `${main}/file-upload`) {
    return 'upload'
  }
  throw new SpecError(
    `${at}: the client knows no server ${String(own)}, only ${String(main)} and its /file-upload`,
  )
}

function parametersOf(
  document: JsonObject,
  item: JsonObject,
  operation: JsonObject,
  at: string,
): Parameter[] {
  const listed = [item.parameters, operation.parameters].flatMap((list) =>
    Array.isArray(list) ? list : [],
  )
  return listed.map((entry) => {
    const parameter = resolve(document, entry)
    const name = parameter?.name
    const place = parameter?.in
    if (typeof name !== 'string' || (place !== 'query' && place !== 'path')) {
      throw new SpecError(
        `${at}: only query and path parameters are generated, not ${JSON.stringify(parameter?.in ?? entry)}`,
      )
    }
    const schema = resolve(document, parameter?.schema) ?? {}
    return {
      name,
      in: place,
      required: parameter?.required === true,
      schema,
      example: parameter?.example ?? firstExample(document, parameter?.examples),
    }
  })
}

function bodyOf(document: JsonObject, operation: JsonObject, at: string): Operation['body'] {
  const body = resolve(document, operation.requestBody)
  if (!body) {
    return undefined
  }
  const [mediaType, media] = Object.entries(objectAt(body, ['content'], at))[0] ?? []
  const schema = isObject(media) ? resolve(document, media.schema) : undefined
  if (!mediaType || !isObject(media) || !schema) {
    throw new SpecError(`${at}: the request body has no schema`)
  }
  const discriminator = schema.discriminator
  const byModel =
    isObject(discriminator) &&
    discriminator.propertyName === 'model' &&
    isObject(discriminator.mapping)
      ? discriminator.mapping
      : undefined
  return {
    mediaType,
    schema,
    required: body.required === true,
    examples: examplesOf(document, media),
    byModel,
  }
}

/** The schema of a success; what else an answer 200 may be is the envelope of an error. */
function successOf(document: JsonObject, operation: JsonObject, at: string): JsonObject {
  const answer = resolve(document, objectAt(operation, ['responses'], at)['200'])
  if (!answer) {
    throw new SpecError(`${at}: there is no answer 200`)
  }
  const schema = resolve(document, objectAt(answer, ['content', 'application/json'], at).schema)
  const success = Array.isArray(schema?.anyOf) ? resolve(document, schema.anyOf[0]) : schema
  return success ?? {}
}

function expectsOf(document: JsonObject, operation: JsonObject, at: string): Operation['expects'] {
  const fields = fieldsOf(document, successOf(document, operation, at))
  if (!('code' in fields)) {
    throw new SpecError(`${at}: the answer 200 is not an envelope with code, msg and data`)
  }
  const data = resolve(document, fields.data)
  if (!data || data.type === 'null') {
    return 'nothing'
  }
  if (data.type !== 'object' && !isObject(data.properties) && !Array.isArray(data.allOf)) {
    return jsonType(document, data)
  }
  const properties = fieldsOf(document, data)
  return Object.fromEntries(
    requiredOf(document, data).map((name) => [name, jsonType(document, properties[name])]),
  )
}

function jsonType(document: JsonObject, schema: Json | undefined): JsonType {
  const type = resolve(document, schema)?.type
  if (type === 'integer') {
    return 'number'
  }
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'any'
}

export function requiredOf(document: JsonObject, schema: Json | undefined): string[] {
  const resolved = resolve(document, schema)
  if (!resolved) {
    return []
  }
  const own = Array.isArray(resolved.required)
    ? resolved.required.filter((name) => typeof name === 'string')
    : []
  return [
    ...own,
    ...(Array.isArray(resolved.allOf)
      ? resolved.allOf.flatMap((member) => requiredOf(document, member))
      : []),
  ]
}

export type Example = { name: string; value: Json; kind: JsonObject[string] | undefined }

/**
 * Named examples of a media type, in the document's order, with the kind of error they stand for.
 */
export function examplesOf(document: JsonObject, media: Json | undefined): Example[] {
  if (!isObject(media)) {
    return []
  }
  if (media.example !== undefined) {
    return [{ name: 'example', value: media.example, kind: undefined }]
  }
  return Object.entries(isObject(media.examples) ? media.examples : {}).flatMap(([name, entry]) => {
    const example = resolve(document, entry)
    return example?.value === undefined
      ? []
      : [{ name, value: example.value, kind: example['x-apikley-kind'] }]
  })
}

function firstExample(document: JsonObject, examples: Json | undefined): Json | undefined {
  return examplesOf(document, { examples: examples ?? null })[0]?.value
}

export type Model = { id: string; name: string; request: JsonObject; input: JsonObject }

export function modelsOf(document: JsonObject): Model[] {
  const mapping = objectAt(
    document,
    ['components', 'schemas', 'CreateTaskRequest', 'discriminator', 'mapping'],
    'the document',
  )
  return Object.entries(mapping).map(([id, ref]) => {
    const request = resolve(document, { $ref: ref })
    const input = resolve(document, request && objectAt(request, ['properties'], id).input)
    if (!request || !input || typeof ref !== 'string') {
      throw new SpecError(`The model ${id} has no input`)
    }
    return { id, name: ref.replace(/^.*\/(.*)Request$/, '$1'), request, input }
  })
}

/** `get-task-details` -> `getTaskDetails`, `painter-2.5` -> `painter2_5`. */
export function camelCase(words: string): string {
  return words
    .replaceAll(/(?<=\d)[^a-zA-Z0-9]+(?=\d)/g, '_')
    .split(/[^a-zA-Z0-9_]+/)
    .map(
      (word, index) =>
        (index === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1),
    )
    .join('')
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value.trim() : ''
}
