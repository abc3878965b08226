import { isDeepStrictEqual } from 'node:util'
import { entriesOf, isObject, listOf, stringsIn, valueAt } from '../compile/json.ts'
import type { Json, JsonObject } from '../compile/json.ts'
import { joinAllOf } from '../compile/schemas.ts'
import { PROSE_KEYWORDS, shapeOf } from '../compile/shape.ts'
import { BUMPS, highest, type Reason, reason, type Rule } from './version-rules.ts'

/**
 * What a schema describes. Descriptors state the keywords of the fields (`fact`) inside the `input`
 * of a `model`.
 */
export type Role = 'model' | 'input' | 'fact' | 'request' | 'response'

/**
 * Compares two schemas without references, beyond their types. Members of an `allOf` count as one
 * schema. A union is compared member by member: each member of the union that has to fit is paired
 * with the most similar member of the other one.
 */
export function compareSchemas(
  place: string,
  role: Role,
  before: Json | undefined,
  after: Json | undefined,
): Reason[] {
  const [old, now] = [alternatives(before), alternatives(after)]
  const [fitting, targets] = role === 'response' ? [now, old] : [old, now]
  return fitting.flatMap((schema) => {
    const pairs = targets
      .filter((target) => shareType(schema, target))
      .map((target) => {
        const [from, to] = role === 'response' ? [target, schema] : [schema, target]
        return { missing: missingIn(target, schema), reasons: compareOne(place, role, from, to) }
      })
    const [first, ...others] = pairs
    const best = others.reduce((a, b) => (isBetter(b, a) ? b : a), first ?? NO_PAIR)
    return best.reasons
  })
}

type Pair = { missing: number; reasons: Reason[] }
const NO_PAIR: Pair = { missing: 0, reasons: [] }

const weight = ({ reasons }: Pair): number =>
  BUMPS.indexOf(highest(reasons.map(({ bump }) => bump)))

const isBetter = (a: Pair, b: Pair): boolean =>
  a.missing === b.missing ? weight(a) < weight(b) : a.missing < b.missing

/** The members of a union, each with the keywords beside the union. */
function alternatives(schema: Json | undefined): JsonObject[] {
  if (!isObject(schema)) {
    return []
  }
  const { oneOf, anyOf, const: value, ...own } = joinAllOf(schema)
  const members = listOf(oneOf ?? anyOf).filter(isObject)
  if (members.length > 0) {
    return members.flatMap((member) => alternatives({ allOf: [own, member] }))
  }
  return [value === undefined ? own : { ...own, enum: [value] }]
}

const entries = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})

const typesOf = ({ type }: JsonObject): string[] =>
  (typeof type === 'string' ? [type] : stringsIn(type)).map((name) =>
    name === 'integer' ? 'number' : name,
  )

function shareType(a: JsonObject, b: JsonObject): boolean {
  const [left, right] = [typesOf(a), typesOf(b)]
  return left.length === 0 || right.length === 0 || left.some((type) => right.includes(type))
}

const valuesOf = (schema: JsonObject): Json[] =>
  schema.const === undefined ? listOf(schema.enum) : [schema.const]

/** The values that `other` does not list. */
const valuesBeyond = (list: Json[], other: Json[]): Json[] =>
  list.filter((value) => !other.some((each) => isDeepStrictEqual(each, value)))

/** How many fields and values of `schema` another one lacks. */
function missingIn(other: JsonObject, schema: JsonObject): number {
  const fields = entriesOf(schema.properties).map(([name, field]): [Json, Json | undefined] => [
    field,
    valueAt(other.properties, name),
  ])
  const values = [...fields, [schema, other] as const].flatMap(([own, target]) => {
    const allowed = valuesOf(entries(target))
    return allowed.length > 0 ? valuesBeyond(valuesOf(entries(own)), allowed) : []
  })
  return fields.filter(([, target]) => target === undefined).length + values.length
}

const FLAGS = new Set(['deprecated', 'readOnly', 'writeOnly', 'uniqueItems'])

function compareOne(place: string, role: Role, before: JsonObject, after: JsonObject): Reason[] {
  const keywords = new Set([...Object.keys(before), ...Object.keys(after)])
  const own = [...keywords].flatMap((keyword): Reason[] => {
    const [old, now] = [effectOf(before, keyword), effectOf(after, keyword)]
    const rule = isDeepStrictEqual(old, now) ? undefined : rate(role, keyword, old, now)
    return rule ? [reason(rule, `${place} ${keyword}: ${toText(old, now)}`)] : []
  })
  const fields = Object.keys(entries(before.properties)).flatMap((name) =>
    compareSchemas(
      `${place}${place.endsWith(':') ? ' ' : '.'}${name}`,
      roleOf(role, name),
      valueAt(before.properties, name),
      valueAt(after.properties, name),
    ),
  )
  const parts = ['items', 'additionalProperties'].flatMap((keyword) =>
    compareSchemas(`${place}.${keyword}`, role, before[keyword], after[keyword]),
  )
  const items = listOf(before.prefixItems).flatMap((item, index) =>
    compareSchemas(`${place}.${index}`, role, item, listOf(after.prefixItems)[index]),
  )
  return [...own, ...fields, ...parts, ...items]
}

/** What a keyword allows, without prose. Undefined means everything. */
function effectOf(schema: JsonObject, keyword: string): Json | undefined {
  const value = schema[keyword]
  if (FLAGS.has(keyword)) {
    return value ?? false
  }
  if (value === undefined || !CONSTRAINT.test(keyword)) {
    return value
  }
  const shape = shapeOf(value, /^(patternP|dependent)/.test(keyword))
  const allowsAll = shape === true || (isObject(shape) && Object.keys(shape).length === 0)
  if (keyword === 'then' || keyword === 'else') {
    return allowsAll || schema.if === undefined ? undefined : [shapeOf(schema.if), shape]
  }
  return allowsAll && keyword !== 'not' && keyword !== 'contains' ? undefined : shape
}

function roleOf(parent: Role, name: string): Role {
  if (parent === 'model') {
    return name === 'input' ? 'input' : 'request'
  }
  return parent === 'input' ? 'fact' : parent
}

/** Keywords that the compiler or the recursion rates. `then` and `else` contain their `if`. */
const STRUCTURE = new Set([
  ...['properties', 'additionalProperties', 'required', 'items', 'prefixItems'],
  ...['discriminator', 'if', 'nullable', 'contentMediaType'],
])

function rate(
  role: Role,
  keyword: string,
  old: Json | undefined,
  now: Json | undefined,
): Rule | undefined {
  switch (keyword) {
    case 'deprecated':
      return 'deprecated'
    case 'readOnly':
      return role === 'response' ? undefined : FIELD_RULES[`request ${now === true}`]
    case 'writeOnly':
      return role === 'response' ? FIELD_RULES[`response ${now === true}`] : undefined
    case 'type':
      return rateNumbers(role, old, now)
    case 'x-apikley-media':
      return rateMedia(old, now)
    case 'x-extensible-enum':
      return 'known-values'
    default:
  }
  // Unknown values of responses are never refused.
  if (CLOSING.test(keyword) && (old === false || now === false)) {
    return role === 'response' ? undefined : rateLimit(now === false, old === false)
  }
  if (STRUCTURE.has(keyword) || PROSE_KEYWORDS.has(keyword) || keyword.startsWith('x-')) {
    return undefined
  }
  if (role === 'fact' && now === undefined) {
    return 'descriptor-fact-removed'
  }
  if (keyword === 'enum') {
    return rateValues(role, listOf(old), listOf(now))
  }
  if (role === 'response') {
    const isLost = keyword !== 'format' && isNarrower(keyword, now, old)
    return isLost ? 'response-limit-removed' : undefined
  }
  return keyword === 'default'
    ? 'default-changed'
    : rateLimit(isNarrower(keyword, old, now), isNarrower(keyword, now, old))
}

const FIELD_RULES: Record<string, Rule> = {
  'request true': 'request-field-removed',
  'request false': 'request-field-added',
  'response true': 'response-field-removed',
  'response false': 'response-field-added',
}

/** In types an integer is a number. */
function rateNumbers(role: Role, ...types: (Json | undefined)[]): Rule | undefined {
  const [old = '', now = ''] = types.map(
    (type) => [type].flat().find((name) => name === 'number' || name === 'integer') ?? '',
  )
  if (old === now || !old || !now) {
    return undefined
  }
  const effect = now === 'integer' ? 'narrowed' : 'widened'
  return `${role === 'response' ? 'response' : 'request'}-${effect}`
}

function rateLimit(isStricter: boolean, isWeaker: boolean): Rule | undefined {
  if (isStricter) {
    return 'request-limit-narrowed'
  }
  return isWeaker ? 'request-limit-widened' : undefined
}

/** An empty list allows every value. */
function rateValues(role: Role, old: Json[], now: Json[]): Rule | undefined {
  const isLess = now.length > 0 && (old.length === 0 || valuesBeyond(old, now).length > 0)
  const isMore = old.length > 0 && (now.length === 0 || valuesBeyond(now, old).length > 0)
  if (role === 'response') {
    return isMore ? 'response-widened' : 'response-narrowed'
  }
  if (isLess) {
    return 'request-narrowed'
  }
  return isMore ? 'request-widened' : undefined
}

/** Keywords that no type has. Another value of them allows other values of the field. */
const CONSTRAINT =
  /^(pattern|format|not|contains|propertyNames|patternProperties|dependent\w+|then|else|unevaluated\w+)$/
/** Keywords that refuse all other fields or items if they are false. */
const CLOSING = /^(items|(additional|unevaluated)\w+)$/

/** Whether a limit allows less than before. A changed pattern or format allows other values. */
function isNarrower(keyword: string, old: Json | undefined, now: Json | undefined): boolean {
  if (/^(min|exclusiveMin)/.test(keyword)) {
    // A minimum length of 0 allows everything.
    const least = /^min[A-Z]/.test(keyword) ? 0 : -Infinity
    return now !== undefined && Number(now) > Number(old ?? least)
  }
  if (/^(max|exclusiveMax)/.test(keyword)) {
    return now !== undefined && (old === undefined || Number(now) < Number(old))
  }
  if (keyword === 'multipleOf') {
    return now !== undefined && (old === undefined || Number(old) % Number(now) !== 0)
  }
  if (keyword === 'dependentRequired') {
    return valuesBeyond(dependencies(now), dependencies(old)).length > 0
  }
  return keyword === 'uniqueItems' ? now === true : CONSTRAINT.test(keyword) && now !== undefined
}

/** Pairs of a field and another one that it needs. */
const dependencies = (value: Json | undefined): Json[] =>
  entriesOf(value).flatMap(([name, others]) => stringsIn(others).map((other) => [name, other]))

/** A field that takes a file has to go on taking every type and size as before. */
function rateMedia(old: Json | undefined, now: Json | undefined): Rule | undefined {
  const allowsAll = (from: Json | undefined, to: Json | undefined): boolean =>
    ['types', 'maxBytes'].every((limit) => allowsMore(valueAt(from, limit), valueAt(to, limit)))
  if (!isObject(now) || (isObject(old) && !allowsAll(old, now))) {
    return 'media-narrowed'
  }
  return isObject(old) && allowsAll(now, old) ? undefined : 'media-widened'
}

/** A new limit narrows, and the descriptor loses one that is removed. */
function allowsMore(old: Json | undefined, now: Json | undefined): boolean {
  return Array.isArray(old) && Array.isArray(now)
    ? old.every((type) => now.includes(type))
    : old === now || (typeof old === 'number' && typeof now === 'number' && now > old)
}

/** `old → new`, with long values cut. */
export function toText(old: Json | undefined, now: Json | undefined): string {
  return [old, now].map(shorten).join(' → ')
}

const MAX_TEXT_LENGTH = 60

function shorten(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > MAX_TEXT_LENGTH ? `${line.slice(0, MAX_TEXT_LENGTH - 1)}…` : line
}
