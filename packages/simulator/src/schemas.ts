import { createRequire } from 'node:module'
import type { ErrorObject } from 'ajv'
import type * as Ajv from 'ajv/dist/2020.js'
import type * as Formats from 'ajv-formats'
import { readDocument, unescapePointer } from './document.ts'

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

const cached = new Map<boolean, Ajv.Ajv2020>()

/** The schemas of the document. Each one is compiled at its first use, and cached. */
function documentSchemas(isText: boolean): Ajv.Ajv2020 {
  const existing = cached.get(isText)
  if (existing) {
    return existing
  }
  const ajv = createAjv({ allErrors: true, coerceTypes: isText && 'array' })
  // The document holds schemas, and is not one itself.
  ajv.addSchema(readDocument().value, 'document', undefined, false)
  cached.set(isText, ajv)
  return ajv
}

/**
 * What is wrong with a value, by the JSON pointer of its schema in the document.
 *
 * @param isText whether the value is from a URL or a form, where numbers are text
 */
export function problemsOf(pointer: string, value: unknown, isText = false): Problem[] {
  const isValid = documentSchemas(isText).getSchema(`document${encodeURI(pointer)}`)
  if (!isValid) {
    throw new Error(`The OpenAPI document has no schema at ${pointer}`)
  }
  return isValid(value) ? [] : toProblems(isValid.errors ?? [])
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
function toProblems(errors: readonly ErrorObject[]): Problem[] {
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
  return message.replace(/^must /, 'should ')
}
