import { assertSpec, isObject, objectAt, type Json, type JsonObject } from '../compile/json.ts'
import {
  answersOf,
  bodyCases,
  parameterCases,
  type FieldCases,
  type RequestCases,
} from './contract-cases.ts'
import { camelCase, type Model, type Operation, type RequestBody } from './document.ts'
import { header, literal, propertyName, quoted } from './source.ts'

const FOLDER = 'packages/client/test/generated'

/**
 * The tables of the contract suite: one for each operation with its documented answers, and one for
 * each model with its requests. They hold data only. The suite in `packages/client/test/contract`
 * runs them.
 */
export function generateContractTables(
  document: JsonObject,
  operations: Operation[],
  models: Model[],
): [path: string, content: string][] {
  const create = operations.find(({ body }) => body?.byModel)?.body
  assertSpec(create, 'No operation takes the models')
  const ids = models.map(({ id }) => ({ id, name: camelCase(id) }))
  return [
    [`${FOLDER}/error-answers.ts`, errorAnswers(document)],
    [`${FOLDER}/models.ts`, tableList('models', 'RequestCases', ids)],
    [`${FOLDER}/operations.ts`, tableList('operations', 'OperationCases', operations)],
    ...operations.map((operation): [string, string] => [
      `${FOLDER}/operations/${operation.id}.ts`,
      operationTable(document, operation),
    ]),
    ...models.map((model): [string, string] => [
      `${FOLDER}/models/${model.id}.ts`,
      modelTable(document, create, model),
    ]),
  ]
}

function modelTable(document: JsonObject, create: RequestBody, model: Model): string {
  const { id } = model
  const root = '../'.repeat(id.split('/').length + 1)
  return `${header}import type { ModelRequest } from '@apikley/types'
import type { RequestTable } from '${root}contract/tables.ts'

export const table: RequestTable<ModelRequest<${quoted(id)}>> = {
  title: ${quoted(id)},
${requestLines(bodyCases(document, create, model), 1)}}
`
}

function operationTable(document: JsonObject, operation: Operation): string {
  const { id, name, body, expects, always } = operation
  const { successes, errors, statuses } = answersOf(document, operation)
  const parameters = operation.parameters.length > 0 && parameterCases(document, operation)
  const own = body && !body.byModel && bodyCases(document, body)
  const type = quoted(id)
  const lines = [
    `  id: ${type},\n`,
    `  call: ${name},\n`,
    parameters
      ? `  parameters: {\n    title: 'parameters',\n${requestLines(parameters, 2)}  },\n`
      : '',
    body?.byModel ? '  bodies: models,\n' : '',
    own ? `  bodies: [\n    {\n      title: 'body',\n${requestLines(own, 3)}    },\n  ],\n` : '',
    `  isBodyRequired: ${body?.required === true && body.mediaType === 'application/json'},\n`,
    `  returnsData: ${expects !== 'nothing'},\n`,
    `  successes: {\n${successes.map((example) => `    ${propertyName(example.name)}: ${literal(example.value, 2)},\n`).join('')}  },\n`,
    `  errors: {\n${errors.map(({ example, kind }) => `    ${propertyName(example)}: ${quoted(kind)},\n`).join('')}  },\n`,
    `  statuses: [\n${statuses.map(({ status, kind, hasBody }) => `    { status: ${status}, kind: ${quoted(kind)}${hasBody ? `, code: ${status}` : ''} },\n`).join('')}  ],\n`,
    `  always: ${keys(always)},\n`,
    typeof expects === 'object' ? `  dataAlways: ${keys(Object.keys(expects))},\n` : '',
  ]
  return `${header}import { ${name} } from '../../../src/generated/operations.ts'
import type { OperationTable } from '../../contract/tables.ts'
${body?.byModel ? "import { models } from '../models.ts'\n" : ''}
export const table: OperationTable<${type}> = {
${lines.join('')}}
`
}

/** The value and the fields of a request, as members of a table. */
function requestLines({ value, fields, files }: RequestCases, depth: number): string {
  const pad = '  '.repeat(depth)
  const members = Object.entries(value).map(
    ([name, item]) =>
      `${pad}  ${propertyName(name)}: ${files.includes(name) ? "new Blob(['content'])" : literal(item, depth + 1)},\n`,
  )
  return `${pad}value: {\n${members.join('')}${pad}},\n${fieldLines(fields, depth)}`
}

function fieldLines(fields: Record<string, FieldCases>, depth: number): string {
  const pad = '  '.repeat(depth)
  const lines = Object.entries(fields).map(([name, field]) => {
    const own = [`required: ${field.required}`]
    for (const list of ['values', 'accepted', 'refused'] as const) {
      if (field[list].length > 0) {
        own.push(`${list}: [${field[list].map(short).join(', ')}]`)
      }
    }
    if (field.inPath) {
      own.push('inPath: true')
    }
    const start = `${pad}  ${propertyName(name)}: {`
    return Object.keys(field.fields).length === 0
      ? `${start} ${own.join(', ')} },\n`
      : `${start}\n${pad}    ${own.join(', ')},\n${fieldLines(field.fields, depth + 2)}${pad}  },\n`
  })
  return `${pad}fields: {\n${lines.join('')}${pad}},\n`
}

/** A literal, where a long text of one letter is written as a repetition. */
function short(value: Json): string {
  return typeof value === 'string' && /^(.)\1{40,}$/.test(value)
    ? `'${value[0]}'.repeat(${value.length})`
    : literal(value)
}

function keys(names: string[]): string {
  const members = [...new Set(names)].map((name) => `${propertyName(name)}: true`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

/** A module with a list of all tables in a folder. */
function tableList(folder: string, type: string, items: { id: string; name: string }[]): string {
  const imports = items.map(
    ({ id, name }) => `import { table as ${name} } from './${folder}/${id}.ts'\n`,
  )
  return `${header}import type { ${type} } from '../contract/tables.ts'
${imports.join('')}
export const ${folder}: readonly ${type}[] = [${items.map(({ name }) => name).join(', ')}]
`
}

/** The code and the message of each documented error. */
function errorAnswers(document: JsonObject): string {
  const examples = objectAt(document, ['components', 'examples'], 'the document')
  const lines = Object.entries(examples).flatMap(([name, example]) => {
    const value = isObject(example) && 'x-apikley-kind' in example ? example.value : undefined
    return isObject(value)
      ? [
          `  ${propertyName(name)}: { code: ${literal(value.code ?? null)}, msg: ${literal(value.msg ?? null)} },\n`,
        ]
      : []
  })
  return `${header}import type { ErrorAnswer } from '../contract/tables.ts'

export const errorAnswers: Readonly<Record<string, ErrorAnswer>> = {
${lines.join('')}}
`
}
