import { assertSpec, entriesOf, fieldsOf, forDocument, isObject, listOf } from '../compile/json.ts'
import { requiredOf, resolve, valueAt, type Json, type JsonObject } from '../compile/json.ts'
import { sample } from '../compile/sample.ts'
import { examplesOf } from './document.ts'
import type { Model, Operation, RequestBody } from './document.ts'
import { header, literal, quoted } from './source.ts'

/**
 * The table of the contract suite: the requests of each model, and each operation with its requests
 * and documented answers. The suite in `packages/client/test/contract` runs it.
 */
export function generateContractTable(
  document: JsonObject,
  operations: Operation[],
  models: Model[],
): string {
  const create = operations.find(({ body }) => body?.byModel)?.body
  assertSpec(create, 'No operation takes the models')
  const requests = models.map((model) => {
    const cases = forDocument(model.id, () => bodyCases(document, create, model))
    const table = toCode(cases, 1)
    return `  ${table} satisfies RequestTable<ModelRequest<${quoted(model.id)}>>,\n`
  })
  const answers = new Set<string>()
  const tables = operations.map((operation) => {
    const { id, name, body, expects, parameters } = operation
    const { successes, ...failures } = answersOf(document, operation)
    answers.add(toCode(failures, 0))
    const own = body ? [bodyCases(document, body)] : []
    const table = toCode(
      {
        id,
        call: code(name),
        data: expects,
        isBodyRequired: body?.required === true && body.mediaType === 'application/json',
        ...(parameters.length > 0 ? { parameters: parameterCases(document, operation) } : {}),
        bodies: body?.byModel ? code('models') : own,
        successes,
        failures: code(`failures${[...answers].indexOf(toCode(failures, 0)) + 1}`),
      },
      1,
    )
    return `  ${table} satisfies OperationTable<${quoted(id)}>,\n`
  })
  const failures = [...answers].map(
    (text, index) => `const failures${index + 1}: FailureCases = ${text}\n\n`,
  )
  return `${header}import type { ModelRequest } from '@apikley/types'
import { ${operations.map(({ name }) => name).join(', ')} } from '../../src/generated/operations.ts'
import type { FailureCases, OperationCases, OperationTable, RequestCases, RequestTable } from '../contract/tables.ts'

const file = new Blob(['content'])

export const models: readonly RequestCases[] = [
${requests.join('')}]

${failures.join('')}export const operations: readonly OperationCases[] = [
${tables.join('')}]
`
}

/** A value that stands for a name in the code. No document contains this character. */
const code = (name: string): string => `\0${name}`

/** A literal with the names that `code` marks. A long text of one letter is a repetition. */
function toCode(value: Json, depth: number): string {
  return literal(value, depth)
    .replaceAll(/'\\u0000(\w+)'/g, '$1')
    .replaceAll(/'(\w)\1{40,}'/g, (text, letter) => `'${letter}'.repeat(${text.length - 2})`)
}

/** A valid request, and the cases of its fields. */
export type RequestCases = {
  title: string
  in: 'body' | 'query' | 'path'
  value: JsonObject
  fields: Record<string, FieldCases>
}

type FieldCases = {
  required: boolean
  /** The values of an enum. */
  values?: Json[]
  /** Values at the limits of the schema. */
  accepted?: Json[]
  /** Values that violate the schema. */
  refused?: Json[]
  fields?: Record<string, FieldCases>
}

/** The cases of a request body, or of the request of a model in it. */
export function bodyCases(document: JsonObject, body: RequestBody, model?: Model): RequestCases {
  const schema = model?.request ?? body.schema
  const example = model ? body.examples.find(({ name }) => name === model.id) : body.examples[0]
  const value = structuredClone(example?.value ?? sample(document, schema))
  assertSpec(isObject(value), `Only objects can be sent as a body, not ${JSON.stringify(value)}`)
  // Prism would post to the callback URL. Where one is required, nothing listens at the URL.
  if (!requiredOf(document, schema).includes('callBackUrl')) {
    delete value.callBackUrl
  }
  for (const [name, field] of entriesOf(fieldsOf(document, schema))) {
    if (valueAt(field, 'format') === 'binary') {
      value[name] = code('file')
    }
  }
  const fields = fieldCases(document, schema, value, body.mediaType === 'multipart/form-data')
  return { title: model?.id ?? 'body', in: 'body', value, fields }
}

function parameterCases(document: JsonObject, { parameters }: Operation): RequestCases {
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
  return { title: 'parameters', in: parameters[0]?.in ?? 'query', value, fields }
}

/** Some models have more than a hundred voices. */
const MAX_VALUES = 20

/** The fields of an object and of the objects in it, but not of the items of arrays. */
function fieldCases(
  document: JsonObject,
  schema: JsonObject,
  value: JsonObject,
  isText: boolean,
): Record<string, FieldCases> {
  const required = requiredOf(document, schema)
  const cases = Object.entries(fieldsOf(document, schema)).map(
    ([name, property]): [string, FieldCases] => {
      const field = resolve(document, property) ?? {}
      const current = value[name]
      const values = listOf(field.enum).slice(0, MAX_VALUES)
      const { accepted, refused } =
        values.length > 0 ? { accepted: [], refused: ['no-such-value'] } : limits(field)
      // Everything in a form and in a URL is text, so no value has another type.
      const foreign = isText || current === undefined ? [] : foreignTo(field.type)
      const lists = { values, accepted, refused: [...refused, ...foreign] }
      const inner = isObject(current) ? fieldCases(document, field, current, isText) : {}
      return [
        name,
        {
          required: required.includes(name),
          ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
          ...(Object.keys(inner).length > 0 ? { fields: inner } : {}),
        },
      ]
    },
  )
  return Object.fromEntries(cases)
}

/** Values at and beyond the limits of a schema. */
function limits(schema: JsonObject): { accepted: Json[]; refused: Json[] } {
  const { minimum, maximum, minLength, maxLength, format, pattern } = schema
  // A text of one letter seldom fits a format or a pattern, and is not the URL of a file.
  const isFree = [format, pattern, schema['x-apikley-media']].every((each) => each === undefined)
  const isText = schema.type === 'string' && isFree
  const letters = (count: number): Json => 'x'.repeat(count)
  const bounds: [limit: Json | undefined, step: number, toValue: (size: number) => Json][] = [
    [minimum, -1, (size) => size],
    [maximum, 1, (size) => size],
    [isText && maxLength, 1, letters],
    [isText && minLength !== 0 && minLength, -1, letters],
  ]
  const pairs = bounds.flatMap(([limit, step, toValue]) =>
    typeof limit === 'number' ? [[toValue(limit), toValue(limit + step)] as const] : [],
  )
  const expression = new RegExp(typeof pattern === 'string' ? pattern : '', 'u')
  const unmatched = ['/', '!', ''].filter((text) => !expression.test(text)).slice(0, 1)
  // The simulator refuses a text that is not the URL of a file.
  const isMedia = schema['x-apikley-media'] !== undefined
  return {
    accepted: isMedia ? [] : pairs.map(([accepted]) => accepted),
    refused: [...pairs.map(([, refused]) => refused), ...unmatched],
  }
}

/** A value of another type. */
const foreignTo = (type: Json | undefined): Json[] =>
  typeof type === 'string' ? [type === 'string' ? 12_345 : 'of another type'] : []

/** The documented answers of an operation, with the kinds of error that a client gives them. */
type AnswerCases = {
  successes: JsonObject
  /** Error envelopes inside HTTP 200, by the name of their example. */
  errors: JsonObject
  statuses: JsonObject[]
}

function answersOf(document: JsonObject, { id, responses, resend }: Operation): AnswerCases {
  const kindOf = (kind: Json, place: string): string => {
    const word = isObject(kind) ? kind[resend] : kind
    assertSpec(
      typeof word === 'string',
      `${id}: ${place} does not say what a client calls it; add x-apikley-kind, one of the kinds of ApikleyError, or { never, safe }`,
    )
    return word
  }
  const mediaOf = (response: Json | undefined): Json | undefined =>
    valueAt(resolve(document, response)?.content, 'application/json')
  const cases: AnswerCases = { successes: {}, errors: {}, statuses: [] }
  for (const { name, value, kind } of examplesOf(document, mediaOf(responses['200']))) {
    if (kind === undefined) {
      cases.successes[name] = value
    } else {
      const [answerCode = null, msg = null] = ['code', 'msg'].map((key) => valueAt(value, key))
      cases.errors[name] = { kind: kindOf(kind, `example ${name}`), code: answerCode, msg }
    }
  }
  for (const [key, response] of Object.entries(responses).filter(([name]) => name !== '200')) {
    const status = Number(key)
    assertSpec(status >= 400, `${id}: answer ${key} is neither 200 nor the status of an error`)
    const kind = resolve(document, response)?.['x-apikley-kind'] ?? usualKind(status)
    const code = mediaOf(response) ? { code: status } : {}
    cases.statuses.push({ status, kind: kindOf(kind, `answer ${key}`), ...code })
  }
  return cases
}

/** Of the other statuses below 500 every one is a refusal. */
function usualKind(status: number): Json {
  if (status >= 500 || status === 408 || status === 499) {
    return { never: 'unconfirmed', safe: 'server' }
  }
  return status === 409 ? { never: 'unconfirmed', safe: 'rejected' } : 'rejected'
}
