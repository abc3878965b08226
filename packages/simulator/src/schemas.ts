import { createRequire } from 'node:module'
import type { ErrorObject, ValidateFunction } from 'ajv'
import type * as Ajv from 'ajv/dist/2020.js'
import type * as Formats from 'ajv-formats'
import { unescapePointer, type ApiDocument, type Operation } from './document.ts'

const require = createRequire(import.meta.url)

/**
 * A validator for the dialect of OpenAPI 3.1. Ajv is loaded at the first use, because it takes most
 * of the time of a start.
 */
export function createAjv(options: Ajv.Options): Ajv.Ajv2020 {
  const { Ajv2020 }: typeof Ajv = require('ajv/dist/2020.js')
  const { default: addFormats }: { default: typeof Formats.default } = require('ajv-formats')
  const ajv = new Ajv2020({ strict: false, ...options })
  addFormats(ajv)
  return ajv
}

/** What is wrong with one place of a value. */
export interface Problem {
  /** The place, such as `input.image_size`. Empty for the whole value. */
  readonly path: string
  readonly message: string
  /** Whether a required field is missing. */
  readonly missing: boolean
}

/** The schemas of a document. Each one is compiled at its first use. */
export class Schemas {
  readonly #document: ApiDocument
  readonly #compiled = new Map<string, ValidateFunction>()
  #ajv: Ajv.Ajv2020 | undefined

  constructor(document: ApiDocument) {
    this.#document = document
  }

  /** What is wrong with the createTask body of a known model. */
  model(model: string, body: unknown): Problem[] {
    const place = this.#document.models.get(model) ?? '#/components/schemas/CreateTaskRequest'
    return this.#check(place, body)
  }

  /** What is wrong with the body of a request. */
  body({ body }: Operation, value: unknown): Problem[] {
    return body === undefined ? [] : this.#check(body, value)
  }

  /** What is wrong with a JSON answer. An undeclared status is wrong too. */
  answer({ answers }: Operation, status: number, json: unknown): Problem[] {
    const place = answers.get(status)
    return place === undefined
      ? [{ path: '', message: `HTTP ${status} is not declared`, missing: false }]
      : this.#check(place, json)
  }

  /** What is wrong with the body of a callback. */
  callback(json: unknown): Problem[] {
    return this.#check('#/components/schemas/TaskCallback', json)
  }

  #check(place: string, value: unknown): Problem[] {
    const validate = this.#compiled.get(place) ?? this.#compile(place)
    return validate(value) ? [] : problemsOf(validate.errors ?? [])
  }

  #compile(place: string): ValidateFunction {
    if (!this.#ajv) {
      this.#ajv = createAjv({ allErrors: true })
      // The document holds schemas, and is not one itself.
      this.#ajv.addSchema(this.#document.value, 'document', undefined, false)
    }
    const validate = this.#ajv.compile({ $ref: `document${encodeURI(place)}` })
    this.#compiled.set(place, validate)
    return validate
  }
}

/** By document: compiling schemas takes much longer than creating a simulator. */
const cache = new WeakMap<object, Schemas>()

export function schemasOf(document: ApiDocument): Schemas {
  const schemas = cache.get(document.value) ?? new Schemas(document)
  cache.set(document.value, schemas)
  return schemas
}

/** Every problem, in one line. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join('; ')
}

function formatProblem({ path, message }: Problem): string {
  if (path === '') {
    return message
  }
  return message.startsWith('This') ? `${path}: ${message}` : `${path} ${message}`
}

/** One problem for each place, with the messages that are reported of the service. */
function problemsOf(errors: readonly ErrorObject[]): Problem[] {
  const problems = new Map<string, Problem>()
  for (const error of errors) {
    const missing = error.keyword === 'required' ? String(error.params.missingProperty) : undefined
    const parts = [
      ...error.instancePath.split('/').slice(1).map(unescapePointer),
      ...(missing === undefined ? [] : [missing]),
    ]
    const path = parts.join('.')
    if (!problems.has(path)) {
      problems.set(path, { path, message: messageFor(error), missing: missing !== undefined })
    }
  }
  return [...problems.values()]
}

function messageFor({ keyword, params, message = 'is not valid' }: ErrorObject): string {
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
