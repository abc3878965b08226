import { Validator, type OutputUnit } from '@cfworker/json-schema'
import type { StandardSchemaV1 } from '@standard-schema/spec'

/** JSON Schema (2020-12) of a value, as far as the documents of this API use it. */
export interface FieldSchema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly items?: FieldSchema
  readonly properties?: Readonly<Record<string, FieldSchema>>
  readonly required?: readonly string[]
  readonly deprecated?: boolean
  /** The documents may use any keyword, for instance `oneOf` or `format`. */
  readonly [keyword: string]: unknown
}

/** A `validate` of Standard Schema, with one message for each field that is wrong. */
export function createValidator<Input>(
  schema: FieldSchema,
): (value: unknown) => StandardSchemaV1.Result<Input> {
  let validator: Validator | undefined
  return (value) => {
    // The validator adds properties to the schemas that it receives, so it gets a copy.
    validator ??= new Validator(JSON.parse(JSON.stringify(schema)), '2020-12', false)
    const json = toJson(value)
    const { errors } = validator.validate(json)
    const isInput = (candidate: unknown): candidate is Input =>
      candidate === value && errors.length === 0
    return isInput(value) ? { value } : { issues: toIssues(errors, json, schema) }
  }
}

/** A value as JSON holds it, without `undefined`. It is null if JSON cannot hold it. */
function toJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null')
  } catch {
    return null
  }
}

/** Keywords that only report that something inside them is wrong. */
const CONTAINERS = new Set(['properties', 'items', 'additionalProperties'])

function toIssues(errors: OutputUnit[], value: unknown, schema: FieldSchema) {
  const issues = new Map<string, StandardSchemaV1.Issue>()
  for (const { keyword, error, instanceLocation } of errors) {
    const missing = keyword === 'required' ? /"(.*)"/.exec(error)?.[1] : undefined
    const path = [...pathOf(instanceLocation), ...(missing === undefined ? [] : [missing])]
    const name = path.join('.') || 'the input'
    const found = { value: at(value, path), schema: schemaAt(schema, path) }
    // An enum says more than the type of its values.
    if (!CONTAINERS.has(keyword) && (keyword === 'enum' || !issues.has(name))) {
      const rule = missing === undefined ? ruleOf(keyword, found.schema) : 'is required'
      const got = missing === undefined ? `, got ${preview(found.value)}` : ''
      issues.set(name, { message: `${name} ${rule ?? `is not valid (${error})`}${got}`, path })
    }
  }
  return [...issues.values()]
}

function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((here, key) => Object(here)[key], value)
}

function schemaAt(schema: FieldSchema, path: readonly string[]): FieldSchema {
  return path.reduce<FieldSchema>((here, key) => here.properties?.[key] ?? here.items ?? {}, schema)
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

/** The rule of a limit, and its unit. */
const LIMITS: Readonly<Record<string, readonly [rule: string, unit?: string]>> = {
  minimum: ['must be at least'],
  maximum: ['must be at most'],
  minLength: ['must have at least', 'character'],
  maxLength: ['must have at most', 'character'],
  minItems: ['must have at least', 'item'],
  maxItems: ['must have at most', 'item'],
}

function ruleOf(keyword: string, schema: FieldSchema): string | undefined {
  if (keyword === 'type') {
    const types = [schema.type ?? []].flat().map((type) => TYPES[type] ?? type)
    return `must be ${types.join(' or ')}`
  }
  if (keyword === 'enum') {
    const values = schema.enum ?? []
    const isText = values.every((value) => typeof value === 'string')
    return `must be one of ${values.map(preview).join(', ')}${isText ? ' (text)' : ''}`
  }
  const [rule, unit] = LIMITS[keyword] ?? []
  const limit = schema[keyword]
  return rule && `${rule} ${String(limit)}${unit ? ` ${unit}${limit === 1 ? '' : 's'}` : ''}`
}

const MAX_PREVIEW = 60

/** A value in a message. Of a long one only its length. */
function preview(value: unknown): string {
  const text = JSON.stringify(value)
  if (text.length <= MAX_PREVIEW) {
    return text
  }
  if (Array.isArray(value)) {
    return `${value.length} items`
  }
  return typeof value === 'string' ? `${value.length} characters` : 'an object'
}
