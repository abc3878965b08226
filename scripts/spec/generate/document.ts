import {
  assertSpec,
  entriesOf,
  fieldsOf,
  forDocument,
  isObject,
  listOf,
  objectAt,
} from '../compile/json.ts'
import { operationsIn, requiredOf, resolve, subjectOf, valueAt } from '../compile/json.ts'
import type { Json, JsonObject, LocatedOperation } from '../compile/json.ts'
import { componentName } from '../compile/model-document.ts'

export type Parameter = {
  name: string
  in: 'query' | 'path'
  required: boolean
  schema: JsonObject
  example: Json | undefined
}

export type JsonType = 'string' | 'number' | 'boolean' | 'any'

/** An operation goes to one of the client's two base URLs. */
export type Server = 'api' | 'upload'

export type RequestBody = {
  mediaType: string
  schema: JsonObject
  required: boolean
  examples: Example[]
  byModel: JsonObject | undefined
}

/** The facts about one operation of the compiled document that the generators use. */
export type Operation = {
  /** As in the document, for instance `get-task-details`. */
  id: string
  /** The function's name, for instance `getTaskDetails`. */
  name: string
  method: LocatedOperation['method']
  path: string
  server: Server
  summary: string
  description: string
  resend: 'never' | 'safe'
  isDeprecated: boolean
  /** Undefined means the security of the document. */
  security: Json | undefined
  parameters: Parameter[]
  body: RequestBody | undefined
  /** The required fields of the envelope's `data`, or its type. */
  expects: Record<string, JsonType> | JsonType | 'nothing'
  /** The schema of a success. */
  success: JsonObject
  responses: JsonObject
}

/** The operations of a document, sorted by name. */
export function operationsOf(document: JsonObject): Operation[] {
  const operations = operationsIn(document).map((located) =>
    forDocument(subjectOf(located), () => readOperation(document, located)),
  )
  // The generated module has a function and a constant for each operation.
  const names = operations.flatMap(({ name }) => [name, `${name}Operation`])
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  assertSpec(!twice, `Two operations would share the name ${twice}`)
  return operations.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Words that JavaScript and TypeScript do not allow as names. */
export const reservedWords: ReadonlySet<string> = new Set(
  (
    'await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in ' +
    'instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield ' +
    'arguments eval undefined'
  ).split(' '),
)

/** The names that the generated modules of operations and options use themselves. */
const usedNames = new Set(
  'client options parameters body request send sendForNothing toCreateBody toFormData createOptionFactories mutationOptions queryOptions'.split(
    ' ',
  ),
)

function readOperation(document: JsonObject, located: LocatedOperation): Operation {
  const { path, item, method, operation } = located
  const { operationId: id, summary, description } = operation
  const at = subjectOf(located)
  assertSpec(
    typeof id === 'string' && /^[a-z][\w-]*$/i.test(id),
    `${at} needs an operationId of letters, digits, _ and -`,
  )
  const name = camelCase(id)
  assertSpec(
    !reservedWords.has(name) && !usedNames.has(name),
    `${at}: no function can be called ${name}; give it another operationId`,
  )
  const resend = operation['x-apikley-resend'] ?? (method === 'get' ? 'safe' : 'never')
  assertSpec(resend === 'never' || resend === 'safe', `${at}: x-apikley-resend is never or safe`)
  return {
    id,
    name,
    method,
    path,
    server: serverOf(document, [operation.servers, item.servers], at),
    summary: typeof summary === 'string' && summary.trim() ? summary.trim() : id,
    description: typeof description === 'string' ? description.trim() : '',
    resend,
    isDeprecated: operation.deprecated === true,
    security: operation.security,
    parameters: parametersOf(document, located, at),
    body: bodyOf(document, operation, at),
    ...successOf(document, operation, at),
    responses: objectAt(operation, ['responses'], at),
  }
}

function serverOf(document: JsonObject, own: (Json | undefined)[], at: string): Server {
  const urls = [...own, document.servers].map((servers) => valueAt(listOf(servers)[0], 'url'))
  const url = urls.find((candidate) => candidate !== undefined)
  const main = String(urls.at(-1))
  assertSpec(
    url === main || url === `${main}/file-upload`,
    `${at}: the client does not know the server ${String(url)}, only ${main} and its /file-upload`,
  )
  return url === main ? 'api' : 'upload'
}

function parametersOf(
  document: JsonObject,
  { item, operation }: LocatedOperation,
  at: string,
): Parameter[] {
  const listed = [item, operation].flatMap(({ parameters }) => listOf(parameters))
  const parameters = listed.map((entry): Parameter => {
    const parameter = resolve(document, entry) ?? {}
    const { name, in: place, required, schema, deprecated } = parameter
    assertSpec(
      typeof name === 'string' && (place === 'query' || place === 'path'),
      `${at}: only query and path parameters are generated, not ${JSON.stringify(place ?? entry)}`,
    )
    const [example] = examplesOf(document, parameter)
    return {
      name,
      in: place,
      required: required === true,
      schema: { ...resolve(document, schema), ...(deprecated === true ? { deprecated } : {}) },
      example: example?.value,
    }
  })
  const places = new Set(parameters.map((parameter) => parameter.in))
  assertSpec(places.size < 2, `${at}: parameters in both path and query are not generated`)
  return parameters
}

function bodyOf(document: JsonObject, operation: JsonObject, at: string): RequestBody | undefined {
  const body = resolve(document, operation.requestBody)
  if (!body) {
    return undefined
  }
  const [mediaType, media] = Object.entries(objectAt(body, ['content'], at))[0] ?? []
  const schema = isObject(media) ? resolve(document, media.schema) : undefined
  assertSpec(mediaType && isObject(media) && schema, `${at}: the request body has no schema`)
  const mapping = valueAt(schema.discriminator, 'mapping')
  const isByModel = valueAt(schema.discriminator, 'propertyName') === 'model'
  return {
    mediaType,
    schema,
    required: body.required === true,
    examples: examplesOf(document, media),
    byModel: isByModel && isObject(mapping) ? mapping : undefined,
  }
}

/** The schema of a success. The other schema of a response 200 is the envelope of an error. */
function successOf(
  document: JsonObject,
  operation: JsonObject,
  at: string,
): Pick<Operation, 'success' | 'expects'> {
  const response = resolve(document, objectAt(operation, ['responses'], at)['200'])
  assertSpec(response, `${at}: there is no response 200`)
  const schema = resolve(document, objectAt(response, ['content', 'application/json'], at).schema)
  const success = resolve(document, listOf(schema?.anyOf)[0] ?? schema) ?? {}
  const fields = fieldsOf(document, success)
  assertSpec('code' in fields, `${at}: the response 200 is not an envelope with code, msg and data`)
  const data = resolve(document, fields.data)
  if (!data || data.type === 'null') {
    return { success, expects: 'nothing' }
  }
  if (data.type !== 'object' && !isObject(data.properties) && !Array.isArray(data.allOf)) {
    return { success, expects: jsonType(document, data) }
  }
  const properties = fieldsOf(document, data)
  const required = requiredOf(document, data)
  const types = required.map((name) => [name, jsonType(document, properties[name])] as const)
  return { success, expects: Object.fromEntries(types) }
}

function jsonType(document: JsonObject, schema: Json | undefined): JsonType {
  const type = resolve(document, schema)?.type
  if (type === 'integer') {
    return 'number'
  }
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'any'
}

export type Example = { name: string; value: Json; kind: Json | undefined }

/** The examples of a media type or parameter, with the kind of error that each one shows. */
export function examplesOf(document: JsonObject, media: Json | undefined): Example[] {
  const value = valueAt(media, 'example')
  const examples = value === undefined ? valueAt(media, 'examples') : { example: { value } }
  return entriesOf(examples).flatMap(([name, entry]) => {
    const example = resolve(document, entry)
    return example?.value === undefined
      ? []
      : [{ name, value: example.value, kind: example['x-apikley-kind'] }]
  })
}

export type Model = {
  id: string
  name: string
  request: JsonObject
  input: JsonObject
  title: string
  description: string
  output: string
  /** What a user should know, for example that the model may be retired. */
  note: string | undefined
  isDeprecated: boolean
}

export function modelsOf(document: JsonObject): Model[] {
  const mapping = objectAt(
    document,
    ['components', 'schemas', 'CreateTaskRequest', 'discriminator', 'mapping'],
    'the document',
  )
  return Object.entries(mapping).map(([id, ref]) => {
    const request = resolve(document, { $ref: ref })
    const input = resolve(document, request && objectAt(request, ['properties'], id).input)
    assertSpec(request && input && typeof ref === 'string', `The model ${id} has no input`)
    const { title, description, deprecated, 'x-apikley-note': note } = request
    return {
      id,
      name: ref.replace(/^.*\/(.*)Request$/, '$1'),
      request,
      input,
      title: String(title ?? id),
      description: String(description ?? ''),
      output: String(request['x-apikley-output'] ?? 'image'),
      note: typeof note === 'string' ? note : undefined,
      isDeprecated: deprecated === true,
    }
  })
}

/** `get-task-details` becomes `getTaskDetails`, `painter-2.5` becomes `painter2_5`. */
export function camelCase(words: string): string {
  const name = componentName(words)
  return name.charAt(0).toLowerCase() + name.slice(1)
}
