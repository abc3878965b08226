/**
 * JSON as a document holds it. Everything the pipeline reads from outside is of this type until it
 * has been checked.
 */
export type Json = string | number | boolean | null | Json[] | JsonObject
export type JsonObject = { [key: string]: Json }

/** What is wrong with a document, said to the maintainer who has to mend it. */
export class SpecError extends Error {
  override name = 'SpecError'
  /** Where in the document, if it is in one place. */
  readonly path: string[]
  /** What an overlay would have to do. */
  readonly mend: { target: string; update: Json } | undefined

  constructor(message: string, path: string[] = [], mend?: { target: string; update: Json }) {
    super(message)
    this.path = path
    this.mend = mend
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object at `keys` below `root`, or an error that names the place. */
export function objectAt(root: JsonObject, keys: string[], document: string): JsonObject {
  let here: Json | undefined = root
  for (const [depth, key] of keys.entries()) {
    here = isObject(here) ? here[key] : undefined
    if (!isObject(here)) {
      throw new SpecError(
        `${document}: ${keys.slice(0, depth + 1).join(' > ')} should be an object`,
        keys.slice(0, depth),
      )
    }
  }
  return here
}

/** The object that a local `$ref` names, or the value itself when it is none. */
export function resolve(
  root: JsonObject,
  value: Json | undefined,
  steps = 0,
): JsonObject | undefined {
  if (!isObject(value)) {
    return undefined
  }
  const ref = value.$ref
  if (typeof ref !== 'string') {
    return value
  }
  if (steps > 20) {
    throw new SpecError(`References lead in a circle: ${ref}`)
  }
  if (!ref.startsWith('#/')) {
    throw new SpecError(`A reference leaves its document: ${ref}`)
  }
  let here: Json | undefined = root
  for (const part of ref.slice(2).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    here = isObject(here) && Object.hasOwn(here, key) ? here[key] : undefined
  }
  if (!isObject(here)) {
    throw new SpecError(`A reference leads nowhere: ${ref}`)
  }
  return resolve(root, here, steps + 1)
}

/** The properties of a schema, those of its `allOf` members included. */
export function fieldsOf(document: JsonObject, schema: Json | undefined): JsonObject {
  const resolved = resolve(document, schema)
  if (!resolved) {
    return {}
  }
  const members = Array.isArray(resolved.allOf)
    ? resolved.allOf.map((member) => fieldsOf(document, member))
    : []
  return Object.assign({}, ...members, isObject(resolved.properties) ? resolved.properties : {})
}

/**
 * A schema and all schemas in it, the outermost first. What only looks like one, a property called
 * `type`, is none.
 */
export function* schemasIn(schema: Json | undefined): Generator<JsonObject> {
  if (!isObject(schema)) {
    return
  }
  yield schema
  for (const [key, inner] of Object.entries(schema)) {
    if (key === 'properties' && isObject(inner)) {
      for (const property of Object.values(inner)) {
        yield* schemasIn(property)
      }
    } else if (Array.isArray(inner) && ['allOf', 'anyOf', 'oneOf', 'prefixItems'].includes(key)) {
      for (const member of inner) {
        yield* schemasIn(member)
      }
    } else if (['items', 'additionalProperties', 'not'].includes(key)) {
      yield* schemasIn(inner)
    }
  }
}
