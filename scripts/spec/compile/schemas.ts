import { runInNewContext } from 'node:vm'
import { Validator, type Schema } from '@cfworker/json-schema'
import { assertSpec, entriesOf, isObject, keysOf, listOf, resolve } from './json.ts'
import { schemasIn, SpecError, stringsIn } from './json.ts'
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

/** A schema with the members of its `allOf` inside. */
export function joinAllOf(schema: JsonObject): JsonObject {
  const { allOf, ...own } = schema
  const members = listOf(allOf).filter(isObject).map(joinAllOf)
  const required = [own, ...members].flatMap((member) => stringsIn(member.required))
  const result: JsonObject = { ...own }
  for (const [keyword, value] of members.flatMap(entriesOf)) {
    result[keyword] = joinKeyword(keyword, result[keyword] ?? value, value)
  }
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

/** Of two limits the stricter counts, and of two lists of values their common part. */
function joinKeyword(keyword: string, first: Json, second: Json): Json {
  if (typeof first === 'number' && typeof second === 'number') {
    const isLower = /^(max|exclusiveMax)/.test(keyword) && second < first
    const isHigher = /^(min|exclusiveMin)/.test(keyword) && second > first
    return isLower || isHigher ? second : first
  }
  return keyword === 'enum' && Array.isArray(first)
    ? first.filter((value) => listOf(second).includes(value))
    : first
}

const COUNT: Schema = { type: 'integer', minimum: 0 }
const COUNTS = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties']

/** What keywords allow, apart from patterns. */
const keywords = new Validator({
  properties: {
    ...Object.fromEntries(COUNTS.map((keyword) => [keyword, COUNT])),
    enum: { type: 'array', minItems: 1 },
    multipleOf: { type: 'number', exclusiveMinimum: 0 },
    ...Object.fromEntries(
      ['allOf', 'anyOf', 'oneOf'].map((keyword) => [keyword, { type: 'array', minItems: 1 }]),
    ),
  },
})

/** A keyword that no program which checks an input can use: it would throw. */
export function faultIn(schema: JsonObject): { keyword: string; message: string } | undefined {
  const [error] = keywords.validate(schema).errors.filter(({ keyword }) => keyword !== 'properties')
  const keyword = keysOf(error?.instanceLocation ?? '')[0]
  if (keyword !== undefined) {
    return { keyword, message: `${keyword} ${JSON.stringify(schema[keyword])} is not valid` }
  }
  const { pattern } = schema
  try {
    RegExp(typeof pattern === 'string' ? pattern : '', 'u')
    return undefined
  } catch {
    const text = JSON.stringify(pattern)
    const message = `the pattern ${text} is not a regular expression of ECMAScript`
    return { keyword: 'pattern', message }
  }
}

const PATTERN_TIMEOUT_MS = 1_000

/** Whether an example is valid for its schema. A pattern from outside may never end. */
export function isValidExample(schema: JsonObject, value: Json): boolean {
  // The validator marks the schemas that it gets, so it gets a copy.
  const text = JSON.stringify(schema)
  const check = (): boolean => new Validator(JSON.parse(text), '2020-12').validate(value).valid
  if (!text.includes('"pattern"')) {
    return check()
  }
  try {
    return runInNewContext('check()', { check }, { timeout: PATTERN_TIMEOUT_MS })
  } catch (error) {
    const isEndless = error instanceof Error && error.message.includes('timed out')
    throw isEndless ? new SpecError('the check of a pattern does not end') : error
  }
}

/** Removes keywords such as `x-apidog-…` from a schema and the schemas inside it. */
export function removeExtensions(root: Json | undefined): void {
  for (const schema of schemasIn(root)) {
    for (const key of Object.keys(schema).filter((name) => name.startsWith('x-'))) {
      delete schema[key]
    }
  }
}
