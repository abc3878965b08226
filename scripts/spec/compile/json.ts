/** JSON as it stands in a document. Everything from outside has this type until it is checked. */
export type Json = string | number | boolean | null | Json[] | JsonObject
export type JsonObject = { [key: string]: Json }

/** An action of an overlay that fixes a document. */
export type OverlayAction = { target: string; update: Json } | { target: string; remove: true }

/** A fault of a document. The message is for the maintainer who fixes it. */
export class SpecError extends Error {
  override name = 'SpecError'
  /** The keys that lead to the fault, if it is in one place. */
  readonly path: string[]
  readonly fix: OverlayAction[]

  constructor(message: string, path: string[] = [], fix: OverlayAction[] = []) {
    super(message)
    this.path = path
    this.fix = fix
  }
}

/** A fault of one document among many. */
export class DocumentError extends SpecError {
  override name = 'DocumentError'
  /** The model id or operation of the document. */
  readonly subject: string

  constructor(message: string, subject: string) {
    super(message)
    this.subject = subject
  }
}

/** Runs a step for one document of many, so that its error names the document. */
export function forDocument<Result>(subject: string, step: () => Result): Result {
  try {
    return step()
  } catch (error) {
    throw error instanceof SpecError ? new DocumentError(error.message, subject) : error
  }
}

/** Throws a SpecError if the condition does not hold. */
export function assertSpec(
  condition: unknown,
  message: string,
  path?: string[],
  fix?: OverlayAction[],
): asserts condition {
  if (!condition) {
    throw new SpecError(message, path, fix)
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object at `keys` below `root`. */
export function objectAt(root: JsonObject, keys: string[], document: string): JsonObject {
  let here: Json | undefined = root
  for (const [depth, key] of keys.entries()) {
    here = isObject(here) ? here[key] : undefined
    assertSpec(
      isObject(here),
      `${document}: ${keys.slice(0, depth + 1).join(' > ')} should be an object`,
      keys.slice(0, depth),
    )
  }
  return here
}

/** The value at `keys` below a value, if there is one. Items of lists have numbers as keys. */
export function valueAt(value: Json | undefined, ...keys: string[]): Json | undefined {
  return keys.reduce((here, key) => {
    if (Array.isArray(here)) {
      return here[Number(key)]
    }
    return isObject(here) && Object.hasOwn(here, key) ? here[key] : undefined
  }, value)
}

/** The keys of a JSON pointer such as `#/components/schemas/Error`. */
export const keysOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))

/** `$.paths['/api/v1/jobs/createTask'].post` */
export function toJsonPath(document: JsonObject, path: string[]): string {
  const steps = path.map((key, index) => {
    if (Array.isArray(valueAt(document, ...path.slice(0, index)))) {
      return `[${key}]`
    }
    return /^[a-z_]\w*$/i.test(key) ? `.${key}` : `['${key.replaceAll(/['\\]/g, '\\$&')}']`
  })
  return `$${steps.join('')}`
}

/** The members of an object or list. */
export const entriesOf = (value: Json | undefined): [string, Json][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : []

export const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : [])

export const stringsIn = (value: Json | undefined): string[] =>
  listOf(value).filter((item) => typeof item === 'string')

const MAX_REFERENCE_STEPS = 20

/** The object that a local `$ref` names. A value without `$ref` is returned as it is. */
export function resolve(
  root: JsonObject,
  value: Json | undefined,
  steps = 0,
): JsonObject | undefined {
  const ref = valueAt(value, '$ref')
  if (typeof ref !== 'string') {
    return isObject(value) ? value : undefined
  }
  assertSpec(steps <= MAX_REFERENCE_STEPS, `References lead in a circle: ${ref}`)
  assertSpec(ref.startsWith('#/'), `A reference leaves its document: ${ref}`)
  const target = valueAt(root, ...keysOf(ref))
  assertSpec(isObject(target), `A reference has no target: ${ref}`)
  return resolve(root, target, steps + 1)
}

/** The properties of a schema and of its `allOf` members. */
export function fieldsOf(document: JsonObject, schema: Json | undefined): JsonObject {
  const resolved = resolve(document, schema)
  const members = listOf(resolved?.allOf).map((member) => fieldsOf(document, member))
  return Object.assign({}, ...members, resolved?.properties)
}

/** The required fields of a schema and of its `allOf` members. */
export function requiredOf(document: JsonObject, schema: Json | undefined): string[] {
  const resolved = resolve(document, schema)
  const members = listOf(resolved?.allOf)
  return [
    ...stringsIn(resolved?.required),
    ...members.flatMap((member) => requiredOf(document, member)),
  ]
}

/**
 * A schema and all schemas inside it, the outermost first. Only keywords that hold schemas are
 * followed, so a property called `items` is not mistaken for one.
 */
export function schemasIn(schema: Json | undefined): JsonObject[] {
  if (!isObject(schema)) {
    return []
  }
  const inner = Object.entries(schema).flatMap(([keyword, value]) => {
    if (MAP_KEYWORDS.has(keyword)) {
      return entriesOf(value).map(([, member]) => member)
    }
    return SCHEMA_KEYWORDS.has(keyword) ? [value] : []
  })
  return [schema, ...inner.flatMap(schemasIn)]
}

const MAP_KEYWORDS = new Set(['properties', 'allOf', 'anyOf', 'oneOf', 'prefixItems'])
const SCHEMA_KEYWORDS = new Set(['items', 'additionalProperties', 'not'])

export const methods = ['get', 'post', 'put', 'patch', 'delete'] as const

export type LocatedOperation = {
  path: string
  item: JsonObject
  method: (typeof methods)[number]
  operation: JsonObject
}

/** `GET /api/v1/jobs/recordInfo` */
export const subjectOf = ({ method, path }: { method: string; path: string }): string =>
  `${method.toUpperCase()} ${path}`

/** All operations of a document, in its order. */
export function operationsIn(document: JsonObject): LocatedOperation[] {
  return entriesOf(document.paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = valueAt(item, method)
      return isObject(item) && isObject(operation) ? [{ path, item, method, operation }] : []
    }),
  )
}
