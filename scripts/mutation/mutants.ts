import { isObject, type Json, type JsonObject } from '../spec/compile/json.ts'

/** One change of the compiled document that some user would notice. */
export type Mutant = {
  /** What was done, for instance `enum value dropped`. */
  sort: string
  /** Where, as a JSON pointer. */
  at: string
  document: JsonObject
}

/**
 * All mutants of a document, in its order. Examples are left as they are: they are what the
 * contract tests hold on to.
 */
export function mutantsOf(document: JsonObject): Mutant[] {
  const found: Mutant[] = []
  const mutate = (
    sort: string,
    path: string[],
    change: (parent: JsonObject, key: string) => void,
  ): void => {
    const copy = structuredClone(document)
    const parent = path
      .slice(0, -1)
      .reduce<Json | undefined>(
        (here, key) => (isContainer(here) ? Reflect.get(here, key) : undefined),
        copy,
      )
    const key = path.at(-1)
    if (!isContainer(parent) || key === undefined) {
      throw new Error(`Nothing is at ${pointer(path)}`)
    }
    change(isObject(parent) ? parent : { [key]: Reflect.get(parent, key) }, key)
    found.push({ sort, at: pointer(path), document: copy })
  }

  for (const { path, schema } of schemasOf(document)) {
    const { enum: values, required, properties, type } = schema
    if (Array.isArray(values) && values.length > 1) {
      for (const index of values.keys()) {
        mutate(
          `enum value ${JSON.stringify(values[index])} dropped`,
          [...path, 'enum'],
          (parent, key) => {
            parent[key] = values.filter((_, other) => other !== index)
          },
        )
      }
    }
    if (Array.isArray(values)) {
      mutate('enum value added', [...path, 'enum'], (parent, key) => {
        parent[key] = [...values, typeof values[0] === 'number' ? 999 : 'another']
      })
    }
    const open = schema['x-extensible-enum']
    if (Array.isArray(open)) {
      for (const index of open.keys()) {
        mutate(
          `known value ${JSON.stringify(open[index])} dropped`,
          [...path, 'x-extensible-enum'],
          (parent, key) => {
            parent[key] = open.filter((_, other) => other !== index)
          },
        )
      }
    }
    if (Array.isArray(required)) {
      for (const index of required.keys()) {
        mutate(
          `required ${JSON.stringify(required[index])} removed`,
          [...path, 'required'],
          (parent, key) => {
            parent[key] = required.filter((_, other) => other !== index)
          },
        )
      }
    }
    for (const [name, property] of Object.entries(isObject(properties) ? properties : {})) {
      const listed = Array.isArray(required) && required.includes(name)
      const here = [...path, 'properties', name]
      mutate('property renamed', here, (parent, key) => {
        parent[`${key}_renamed`] = parent[key] ?? null
        delete parent[key]
      })
      mutate('property removed', here, (parent, key) => delete parent[key])
      if (!listed) {
        mutate(`required ${JSON.stringify(name)} added`, path, (parent, key) => {
          const owner = parent[key]
          if (isObject(owner)) {
            owner.required = [...(Array.isArray(required) ? required : []), name]
          }
        })
      }
      if (!isObject(property)) {
        continue
      }
    }
    if (typeof type === 'string' && type !== 'object' && !Array.isArray(values)) {
      mutate(`type ${type} changed`, [...path, 'type'], (parent, key) => {
        parent[key] = type === 'boolean' ? 'string' : 'boolean'
      })
    }
    if (Array.isArray(type)) {
      mutate(`type ${type.join(' or ')} changed`, [...path, 'type'], (parent, key) => {
        parent[key] = 'boolean'
      })
    }
    for (const limit of ['minimum', 'maximum', 'minLength', 'maxLength', 'pattern']) {
      if (limit in schema) {
        mutate(`${limit} removed`, [...path, limit], (parent, key) => delete parent[key])
      }
    }
  }

  for (const [path, item] of Object.entries(isObject(document.paths) ? document.paths : {})) {
    for (const [method, operation] of Object.entries(isObject(item) ? item : {})) {
      if (!isObject(operation)) {
        continue
      }
      const here = ['paths', path, method]
      mutate('operation removed', here, (parent, key) => delete parent[key])
      mutate('operation renamed', [...here, 'operationId'], (parent, key) => {
        parent[key] = `${String(parent[key])}-renamed`
      })
      if (operation.requestBody) {
        mutate(
          'request body made optional',
          [...here, 'requestBody', 'required'],
          (parent, key) => delete parent[key],
        )
      }
      for (const status of Object.keys(isObject(operation.responses) ? operation.responses : {})) {
        mutate(
          'answer removed',
          [...here, 'responses', status],
          (parent, key) => delete parent[key],
        )
      }
      for (const [index, parameter] of (Array.isArray(operation.parameters)
        ? operation.parameters
        : []
      ).entries()) {
        if (!isObject(parameter)) {
          continue
        }
        const at = [...here, 'parameters', String(index)]
        mutate('parameter renamed', [...at, 'name'], (parent, key) => {
          parent[key] = `${String(parent[key])}_renamed`
        })
        mutate('parameter made optional', [...at, 'required'], (parent, key) => delete parent[key])
      }
    }
  }
  mutate('security removed', ['security'], (parent, key) => delete parent[key])
  return found
}

type Located = { path: string[]; schema: JsonObject }

/**
 * Every schema that is written out: in components, in the answers and bodies of operations, and
 * inside one another.
 */
export function schemasOf(document: JsonObject): Located[] {
  const found: Located[] = []
  const visit = (value: Json | undefined, path: string[]): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) {
        visit(item, [...path, String(index)])
      }
    }
    if (!isObject(value)) {
      return
    }
    const isSchema =
      ['type', 'properties', 'enum', 'oneOf', 'allOf', 'anyOf'].some(
        (keyword) => keyword in value,
      ) && !isNameMap(path)
    if (isSchema && (path.includes('schema') || path[1] === 'schemas')) {
      found.push({ path, schema: value })
    }
    for (const [key, item] of Object.entries(value)) {
      if (!['example', 'examples', 'mapping', 'discriminator', 'x-apikley-media'].includes(key)) {
        visit(item, [...path, key])
      }
    }
  }
  visit(document, [])
  return found
}

/** A mapping from names to schemas, in which `type` would be a property of that name. */
const isNameMap = (path: string[]): boolean => path.at(-1) === 'properties'

const isContainer = (value: Json | undefined): value is JsonObject | Json[] =>
  typeof value === 'object' && value !== null

export const pointer = (path: string[]): string =>
  `#/${path.map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`
