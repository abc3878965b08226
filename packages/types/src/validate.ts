import { Validator, type OutputUnit, type Schema } from '@cfworker/json-schema'
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
  createSchema: () => FieldSchema,
): (value: unknown) => StandardSchemaV1.Result<Input> {
  let validator: Validator | undefined
  return (value) => {
    validator ??= new Validator(toSchema(createSchema()), '2020-12', false)
    const json = toJson(value)
    let errors: OutputUnit[] = []
    const isInput = (candidate: unknown): candidate is Input => {
      const result = validator?.validate(json)
      errors = candidate === value ? (result?.errors ?? []) : []
      return result?.valid === true
    }
    return isInput(value) ? { value } : { issues: toIssues(errors, json, createSchema()) }
  }
}

const toSchema = (schema: FieldSchema): Schema => JSON.parse(JSON.stringify(schema))

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

function ruleOf(keyword: string, schema: FieldSchema): string | undefined {
  switch (keyword) {
    case 'type':
      return `must be ${[schema.type ?? []]
        .flat()
        .map((type) => TYPES[type] ?? type)
        .join(' or ')}`
    case 'enum': {
      const values = schema.enum ?? []
      const isText = values.every((value) => typeof value === 'string')
      return `must be one of ${values.map(preview).join(', ')}${isText ? ' (text)' : ''}`
    }
    case 'minimum':
      return `must be at least ${schema.minimum}`
    case 'maximum':
      return `must be at most ${schema.maximum}`
    case 'minLength':
      return `must have at least ${count(schema.minLength, 'character')}`
    case 'maxLength':
      return `must have at most ${count(schema.maxLength, 'character')}`
    case 'minItems':
      return `must have at least ${count(schema.minItems, 'item')}`
    case 'maxItems':
      return `must have at most ${count(schema.maxItems, 'item')}`
    default:
      return undefined
  }
}

const count = (value: number | undefined, unit: string): string =>
  `${value} ${unit}${value === 1 ? '' : 's'}`

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
