import type { ErrorObject, ValidateFunction } from 'ajv'
import { createAjv } from './ajv.ts'
import type { ApiDocument, Operation } from './document.ts'

/** What is wrong with one place of a value. */
export interface Problem {
  /** The place, such as `input.image_size`; empty for the whole. */
  readonly path: string
  readonly message: string
  /** A field that is required and was left out. */
  readonly missing: boolean
}

/** The schemas of the document, each compiled when it is first needed. */
export interface Schemas {
  /** What is wrong with a createTask body of a model that the document has. */
  model(model: string, body: unknown): Problem[]
  body(operation: Operation, body: unknown): Problem[]
  /**
   * What is wrong with a JSON answer of an operation; a status that is not declared is wrong too.
   */
  answer(operation: Operation, status: number, json: unknown): Problem[]
  callback(json: unknown): Problem[]
}

/** By document: a simulator is made in a moment, compiled schemas are not. */
const made = new WeakMap<object, Schemas>()

export function schemasOf(document: ApiDocument): Schemas {
  const schemas = made.get(document.value) ?? createSchemas(document)
  made.set(document.value, schemas)
  return schemas
}

function createSchemas(document: ApiDocument): Schemas {
  const compiled = new Map<string, ValidateFunction>()
  const load = once(() => {
    const ajv = createAjv({ allErrors: true })
    // The document is a collection of schemas, and not one itself.
    ajv.addSchema(document.value, 'document', undefined, false)
    return ajv
  })
  const check = (place: string, value: unknown): Problem[] => {
    let validate = compiled.get(place)
    if (!validate) {
      compiled.set(place, (validate = load().compile({ $ref: `document${encodeURI(place)}` })))
    }
    return validate(value) ? [] : problemsOf(validate.errors ?? [])
  }
  return {
    model: (model, body) =>
      check(document.models.get(model) ?? '#/components/schemas/CreateTaskRequest', body),
    body: (operation, body) => (operation.body ? check(operation.body.schema, body) : []),
    answer(operation, status, json) {
      const place = operation.answers.get(status)
      if (place === undefined) {
        return [{ path: '', message: `HTTP ${status} is not declared`, missing: false }]
      }
      return check(place, json)
    },
    callback: (json) => check('#/components/schemas/TaskCallback', json),
  }
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** One problem for each place, in the words that are reported of the service. */
function problemsOf(errors: readonly ErrorObject[]): Problem[] {
  const problems = new Map<string, Problem>()
  for (const error of errors) {
    const missing = error.keyword === 'required' ? String(error.params.missingProperty) : undefined
    const parts = [
      ...error.instancePath.split('/').slice(1).map(unescape),
      ...(missing === undefined ? [] : [missing]),
    ]
    const path = parts.join('.')
    if (!problems.has(path)) {
      problems.set(path, { path, message: wordsFor(error), missing: missing !== undefined })
    }
  }
  return [...problems.values()]
}

function wordsFor({ keyword, params, message = 'is not valid' }: ErrorObject): string {
  if (keyword === 'required') {
    return 'This field is required'
  }
  if (keyword === 'enum') {
    return `is not within the range of allowed options: ${params.allowedValues.join(', ')}`
  }
  if (keyword === 'const') {
    return `is not within the range of allowed options: ${params.allowedValue}`
  }
  return message.replace(/^must /, 'should ')
}

function unescape(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}
