import { assertSpec, fieldsOf, isObject, resolve, SpecError, valueAt } from '../compile/json.ts'
import type { Json, JsonObject } from '../compile/json.ts'
import { sample } from '../compile/sample.ts'
import { examplesOf, requiredOf, type Example } from './document.ts'
import type { Model, Operation, RequestBody } from './document.ts'

/** A valid value for an argument of an operation's function, and the cases of its fields. */
export type RequestCases = {
  value: JsonObject
  fields: Record<string, FieldCases>
  /** The names of fields whose value is a file. */
  files: string[]
}

export type FieldCases = {
  required: boolean
  /** Every value of an enum. */
  values: Json[]
  /** Values at the limits of the schema. */
  accepted: Json[]
  /** Values that violate the schema. */
  refused: Json[]
  fields: Record<string, FieldCases>
  inPath: boolean
}

/** The cases of a request body, or of the request of a model in it. */
export function bodyCases(
  document: JsonObject,
  { mediaType, schema: ownSchema, examples }: RequestBody,
  model?: Model,
): RequestCases {
  const schema = model?.request ?? ownSchema
  const example = model ? examples.find(({ name }) => name === model.id) : examples[0]
  const value = example?.value ?? sample(document, schema)
  assertSpec(isObject(value), `Only objects can be sent as a body, not ${JSON.stringify(value)}`)
  const sent = withoutCallback(document, schema, value)
  return {
    value: sent,
    fields: fieldCases(document, schema, sent, mediaType === 'multipart/form-data'),
    files: Object.entries(fieldsOf(document, schema)).flatMap(([name, field]) =>
      valueAt(field, 'format') === 'binary' ? [name] : [],
    ),
  }
}

export function parameterCases(document: JsonObject, { parameters }: Operation): RequestCases {
  const schema = {
    type: 'object',
    required: parameters.flatMap(({ name, required }) => (required ? [name] : [])),
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
  }
  const value = Object.fromEntries(
    parameters
      .filter(({ required, example }) => required || example !== undefined)
      .map((item) => [item.name, item.example ?? sample(document, item.schema)]),
  )
  const fields = fieldCases(document, schema, value, true)
  for (const { name, in: place } of parameters) {
    const field = fields[name]
    if (field) {
      field.inPath = place === 'path'
    }
  }
  return { value, fields, files: [] }
}

/** Prism would post to the callback URL. Where one is required, nothing listens at the URL. */
function withoutCallback(document: JsonObject, schema: JsonObject, value: JsonObject): JsonObject {
  const { callBackUrl, ...rest } = value
  const isRequired = requiredOf(document, schema).includes('callBackUrl')
  return isRequired && callBackUrl !== undefined ? { ...rest, callBackUrl } : rest
}

/** The fields of an object and of the objects in it, but not of the items of arrays. */
function fieldCases(
  document: JsonObject,
  schema: JsonObject,
  value: JsonObject,
  isText: boolean,
): Record<string, FieldCases> {
  const required = requiredOf(document, schema)
  const cases: Record<string, FieldCases> = {}
  for (const [name, property] of Object.entries(fieldsOf(document, schema))) {
    const field = resolve(document, property) ?? {}
    const current = value[name]
    const values = Array.isArray(field.enum) ? field.enum : []
    const { accepted, refused } = values.length > 0 ? { accepted: [], refused: [] } : limits(field)
    // Everything in a form and in a URL is text, so no value has another type.
    const foreign = isText || current === undefined ? undefined : FOREIGN_VALUES[String(field.type)]
    cases[name] = {
      required: required.includes(name),
      values,
      accepted,
      refused: [
        ...(values.length > 0 ? ['no-such-value'] : []),
        ...(foreign === undefined ? [] : [foreign]),
        ...refused,
      ],
      fields: isObject(current) ? fieldCases(document, field, current, isText) : {},
      inPath: false,
    }
  }
  return cases
}

/** Values at and beyond the limits of a schema. */
function limits(schema: JsonObject): { accepted: Json[]; refused: Json[] } {
  const { minimum, maximum, minLength, maxLength, format, pattern } = schema
  const accepted: Json[] = []
  const refused: Json[] = []
  if (typeof minimum === 'number') {
    accepted.push(minimum)
    refused.push(minimum - 1)
  }
  if (typeof maximum === 'number') {
    accepted.push(maximum)
    refused.push(maximum + 1)
  }
  // A text of one letter seldom fits a format or a pattern.
  const isFree = schema.type === 'string' && format === undefined && pattern === undefined
  if (isFree && typeof maxLength === 'number') {
    accepted.push('x'.repeat(maxLength))
    refused.push('x'.repeat(maxLength + 1))
  }
  if (isFree && typeof minLength === 'number' && minLength > 0) {
    accepted.push('x'.repeat(minLength))
    refused.push('x'.repeat(minLength - 1))
  }
  if (typeof pattern === 'string') {
    const expression = new RegExp(pattern, 'u')
    refused.push(...['/', '!', ''].filter((text) => !expression.test(text)).slice(0, 1))
  }
  return { accepted, refused }
}

/** For each type a value of another one. */
const FOREIGN_VALUES: Record<string, Json> = {
  string: 12_345,
  object: 'not an object',
  number: 'of another type',
  integer: 'of another type',
  boolean: 'of another type',
  array: 'of another type',
}

/** The documented answers of an operation, with the kinds of error that a client gives them. */
export type AnswerCases = {
  successes: Example[]
  /** Error envelopes inside HTTP 200, by the name of their example. */
  errors: { example: string; kind: string }[]
  statuses: { status: number; kind: string; hasBody: boolean }[]
}

export function answersOf(document: JsonObject, operation: Operation): AnswerCases {
  const { id, responses, resend } = operation
  const kindOf = (kind: Json | undefined, place: string): string => {
    const word = isObject(kind) ? kind[resend] : kind
    if (typeof word !== 'string') {
      throw new SpecError(
        `${id}: ${place} does not say what a client calls it; add x-apikley-kind, one of the kinds of ApikleyError, or { never, safe }`,
      )
    }
    return word
  }
  const media = (response: Json | undefined): Json | undefined =>
    valueAt(resolve(document, response)?.content, 'application/json')
  const examples = examplesOf(document, media(responses['200']))
  const statuses: AnswerCases['statuses'] = []
  for (const [key, response] of Object.entries(responses)) {
    const status = Number(key)
    if (status !== 200 && (!Number.isInteger(status) || status < 400)) {
      throw new SpecError(`${id}: answer ${key} is neither 200 nor the status of an error`)
    }
    if (status !== 200) {
      const named = resolve(document, response)?.['x-apikley-kind']
      const kind =
        named === undefined ? kindOfStatus(status, resend) : kindOf(named, `answer ${key}`)
      statuses.push({ status, kind, hasBody: media(response) !== undefined })
    }
  }
  return {
    successes: examples.filter(({ kind }) => kind === undefined),
    errors: examples.flatMap(({ name, kind }) =>
      kind === undefined ? [] : [{ example: name, kind: kindOf(kind, `example ${name}`) }],
    ),
    statuses,
  }
}

function kindOfStatus(status: number, resend: Operation['resend']): string {
  if (status < 500) {
    return 'rejected'
  }
  return resend === 'never' ? 'unconfirmed' : 'server'
}
