import { Validator, type Schema } from '@cfworker/json-schema'
import { assertSpec, entriesOf, isObject, listOf, resolve, schemasIn } from './json.ts'
import { SpecError, stringsIn } from './json.ts'
import type { Json, JsonObject } from './json.ts'

const MAX_SCHEMA_DEPTH = 50
/** References that name others many times over unfold to billions of values. */
const MAX_UNFOLDED_VALUES = 100_000

/** A copy of a part of a document in which every reference is replaced by its target. */
export function inline(document: JsonObject, value: Json, source: string): Json {
  let values = 0

  function copy(value: Json, depth: number): Json {
    assertSpec(
      depth <= MAX_SCHEMA_DEPTH,
      `${source}: a schema nests more than ${MAX_SCHEMA_DEPTH} levels deep, or refers to itself`,
    )
    values++
    assertSpec(
      values <= MAX_UNFOLDED_VALUES,
      `${source}: its references unfold to more than ${MAX_UNFOLDED_VALUES} values`,
    )
    if (Array.isArray(value)) {
      return value.map((item) => copy(item, depth + 1))
    }
    if (!isObject(value)) {
      return value
    }
    const { $ref, ...own } = value
    const base = typeof $ref === 'string' ? resolve(document, { $ref }) : undefined
    const entries = Object.entries({ ...base, ...own })
    return Object.fromEntries(entries.map(([key, item]) => [key, copy(item, depth + 1)]))
  }

  return copy(value, 0)
}

/** A schema with the members of its `allOf` inside. Of two values of a keyword the first counts. */
export function joinAllOf(schema: JsonObject): JsonObject {
  const { allOf, ...own } = schema
  const members = listOf(allOf).filter(isObject).map(joinAllOf)
  const required = [own, ...members].flatMap((member) => stringsIn(member.required))
  const result: JsonObject = Object.assign({}, ...members.toReversed(), own)
  const properties: JsonObject = {}
  for (const [name, field] of [own, ...members].flatMap((each) => entriesOf(each.properties))) {
    const other = properties[name]
    properties[name] = other === undefined ? field : { allOf: [other, field] }
  }
  return {
    ...result,
    ...(required.length > 0 ? { required: [...new Set(required)] } : {}),
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
  }
}

/** Refuses patterns of another language: every program that checks an input would throw. */
export function checkPatterns(root: Json | undefined, source: string): void {
  for (const { pattern } of schemasIn(root)) {
    try {
      RegExp(typeof pattern === 'string' ? pattern : '', 'u')
    } catch {
      throw new SpecError(
        `${source}: the pattern ${JSON.stringify(pattern)} is not a regular expression of ECMAScript; fix or remove it with an overlay`,
      )
    }
  }
}

/** Whether an example is valid for its schema. Patterns from outside are not executed. */
export function isValidExample(schema: JsonObject, value: Json): boolean {
  // The validator marks the schemas that it gets, so it gets a copy.
  const copy: Schema = JSON.parse(
    JSON.stringify(schema, (key, inner: unknown) =>
      key === 'pattern' && typeof inner === 'string' ? undefined : inner,
    ),
  )
  return new Validator(copy, '2020-12').validate(value).valid
}

/** Removes keywords such as `x-apidog-…` from a schema and the schemas inside it. */
export function removeExtensions(root: Json | undefined): void {
  for (const schema of schemasIn(root)) {
    for (const key of Object.keys(schema).filter((name) => name.startsWith('x-'))) {
      delete schema[key]
    }
  }
}
