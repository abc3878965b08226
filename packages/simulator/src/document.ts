import { createRequire } from 'node:module'

/** The parts of the compiled OpenAPI document that the simulator uses. */
export interface ApiDocument {
  /** The whole document. */
  readonly value: JsonObject
  readonly operations: readonly Operation[]
  /** The message of the document's example for a code. */
  readonly messages: ReadonlyMap<number, string>
  /** Model ids, each with the JSON pointer of the schema of its createTask body. */
  readonly models: ReadonlyMap<string, string>
  /** The kind of result of each model, such as `video`. */
  readonly outputs: ReadonlyMap<string, string>
}

export interface Operation {
  readonly id: string
  readonly method: string
  /**
   * All paths that serve it: with the path of its server (`/file-upload`), and without it, as mocks
   * of the document do.
   */
  readonly paths: readonly string[]
  /** The JSON pointer of the schema of its body. Empty when it has none. */
  readonly body: string
  readonly bodyType: string
  readonly isBodyRequired: boolean
  readonly parameters: readonly Parameter[]
  /** The first example of the answer 200. */
  readonly example: unknown
}

export interface Parameter {
  readonly name: string
  readonly in: string
  readonly isRequired: boolean
  /** The JSON pointer of its schema. */
  readonly schema: string
}

export type JsonObject = { readonly [name: string]: unknown }

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const require = createRequire(import.meta.url)

/** Reads the document of `@apikley/types`. */
export function readDocument(): ApiDocument {
  const value: unknown = require('@apikley/types/openapi.json')
  if (!isObject(value)) {
    throw new Error('@apikley/types/openapi.json is not an OpenAPI document')
  }
  const mapping = at(value, '#/components/schemas/CreateTaskRequest/discriminator/mapping')
  const examples = at(value, '#/components/examples')
  return {
    value,
    operations: Object.entries(at(value, '#/paths')).flatMap(([path, item]) =>
      isObject(item) ? operationsOf(value, path, item) : [],
    ),
    messages: new Map(
      Object.values(examples).flatMap((example): [number, string][] => {
        const answer = isObject(example) && isObject(example.value) ? example.value : {}
        return typeof answer.code === 'number' && typeof answer.msg === 'string'
          ? [[answer.code, answer.msg]]
          : []
      }),
    ),
    models: new Map(Object.entries(mapping).map(([model, place]) => [model, String(place)])),
    outputs: new Map(
      Object.entries(mapping).map(([model, place]) => [
        model,
        String(at(value, String(place))['x-apikley-output'] ?? 'image'),
      ]),
    ),
  }
}

/** What a field of a model's input documents about its files. */
export interface MediaField {
  readonly name: string
  readonly types: readonly string[] | undefined
  readonly maxBytes: number
}

export function mediaFieldsOf(document: ApiDocument, model: string): MediaField[] {
  const input = resolve(document.value, `${document.models.get(model)}/properties/input`)
  const fields = find(document.value, `${input}/properties`) ?? {}
  return Object.entries(fields).flatMap(([name, field]): MediaField[] => {
    const media = isObject(field) ? field['x-apikley-media'] : undefined
    if (!isObject(media)) {
      return []
    }
    const types = Array.isArray(media.types) ? media.types.map(String) : undefined
    return [{ name, types, maxBytes: Number(media.maxBytes ?? Infinity) }]
  })
}

const METHODS = new Set(['get', 'put', 'post', 'delete', 'patch'])

function operationsOf(document: JsonObject, path: string, item: JsonObject): Operation[] {
  const [server] = Array.isArray(item.servers) ? item.servers : []
  const base = isObject(server) ? new URL(String(server.url)).pathname.replace(/\/$/, '') : ''
  const methods = Object.keys(item).filter((method) => METHODS.has(method))
  return methods.map((method) => {
    const place = `#/paths/${escapePointer(path)}/${method}`
    const success = resolve(document, `${place}/responses/200`)
    const examples = find(document, `${success}/content/application~1json/examples`)
    const [example] = Object.values(examples ?? {})
    const [bodyType = ''] = Object.keys(find(document, `${place}/requestBody/content`) ?? {})
    return {
      id: String(at(document, place).operationId),
      method: method.toUpperCase(),
      paths: [...new Set([path, base + path])],
      body: bodyType && `${place}/requestBody/content/${escapePointer(bodyType)}/schema`,
      bodyType,
      isBodyRequired: find(document, `${place}/requestBody/required`) === true,
      parameters: [`#/paths/${escapePointer(path)}`, place].flatMap((owner) =>
        parametersAt(document, `${owner}/parameters`),
      ),
      example: isObject(example) ? example.value : undefined,
    }
  })
}

function parametersAt(document: JsonObject, list: string): Parameter[] {
  const entries = find(document, list)
  return (Array.isArray(entries) ? entries : []).map((_, index) => {
    const place = resolve(document, `${list}/${index}`)
    const { name, in: where, required } = at(document, place)
    return {
      name: String(name),
      in: String(where),
      isRequired: required === true,
      schema: `${place}/schema`,
    }
  })
}

/** Whether a URL has the path of an operation, and the values of the parameters in it. */
export function matchPath(template: string, path: string): Map<string, string> | undefined {
  const expected = template.split('/')
  const parts = path.split('/')
  const values = new Map<string, string>()
  const isMatch = expected.every((part, index) => {
    const value = parts[index]
    const name = /^\{(.+)\}$/.exec(part)?.[1]
    if (name !== undefined && value) {
      values.set(name, decodePart(value))
      return true
    }
    return part === value
  })
  return isMatch && expected.length === parts.length ? values : undefined
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Follows `$ref`s from a JSON pointer to another one. */
function resolve(document: JsonObject, place: string): string {
  const value = find(document, place)
  return isObject(value) && typeof value.$ref === 'string' ? resolve(document, value.$ref) : place
}

function at(document: JsonObject, place: string): JsonObject {
  const value = find(document, place)
  if (!isObject(value)) {
    throw new Error(`The OpenAPI document has no ${place}`)
  }
  return value
}

function find(document: JsonObject, place: string): unknown {
  let value: unknown = document
  for (const part of place.split('/').slice(1)) {
    value =
      isObject(value) || Array.isArray(value)
        ? Reflect.get(value, unescapePointer(part))
        : undefined
  }
  return value
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** One part of a JSON pointer (RFC 6901) as a property name. */
export function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}
