import { isObject, objectAt, type Json, type JsonObject } from '../compile/json.ts'
import { answersOf, requestsOf, type FieldCases, type RequestCases } from './contract-cases.ts'
import { camelCase, type Model, type Operation } from './document.ts'
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
  const create = operations.find(({ body }) => body?.byModel)
  return [
    [`${FOLDER}/error-answers.ts`, errorAnswers(document)],
    [`${FOLDER}/models.ts`, modelList(models)],
    [`${FOLDER}/operations.ts`, operationList(operations)],
    ...operations.map((operation): [string, string] => [
      `${FOLDER}/operations/${operation.id}.ts`,
      operationTable(document, operation),
    ]),
    ...(create ? models : []).map((model): [string, string] => [
      `${FOLDER}/models/${model.id}.ts`,
      create ? modelTable(document, create, model) : '',
    ]),
  ]
}

function modelTable(document: JsonObject, create: Operation, model: Model): string {
  const root = '../'.repeat(model.id.split('/').length + 1)
  const bodies = requestsOf(document, create, model).filter(({ argument }) => argument === 'body')
  const tables = bodies.map(
    (body) => `export const table: RequestTable<ModelRequest<${quoted(model.id)}>> = {
  title: ${quoted(model.id)},
${request(body, 1)}}
`,
  )
  return `${header}import type { ModelRequest } from '@apikley/types'
import type { RequestTable } from '${root}contract/tables.ts'

${tables.join('')}`
}

function operationTable(document: JsonObject, operation: Operation): string {
  const { id, name, body, expects, always } = operation
  const { successes, errors, statuses } = answersOf(document, operation)
  const requests = requestsOf(document, operation)
  const parameters = requests.find(({ argument }) => argument === 'parameters')
  const own = requests.find(({ argument }) => argument === 'body')
  const type = quoted(id)
  const lines = [
    `  id: ${type},\n`,
    `  call: ${name},\n`,
    parameters ? `  parameters: {\n    title: 'parameters',\n${request(parameters, 2)}  },\n` : '',
    ...(body?.byModel ? ['  bodies: models,\n'] : []),
    ...(own && !body?.byModel
      ? [`  bodies: [\n    {\n      title: 'body',\n${request(own, 3)}    },\n  ],\n`]
      : []),
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
function request({ value, fields, files }: RequestCases, depth: number): string {
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

function modelList(models: Model[]): string {
  const names = models.map((model) => camelCase(model.id))
  const imports = models.map(
    ({ id }) => `import { table as ${camelCase(id)} } from './models/${id}.ts'\n`,
  )
  return `${header}import type { RequestCases } from '../contract/tables.ts'
${imports.join('')}
export const models: readonly RequestCases[] = [${names.join(', ')}]
`
}

function operationList(operations: Operation[]): string {
  const imports = operations.map(
    ({ id, name }) => `import { table as ${name} } from './operations/${id}.ts'\n`,
  )
  return `${header}import type { OperationCases } from '../contract/tables.ts'
${imports.join('')}
export const operations: readonly OperationCases[] = [${operations.map(({ name }) => name).join(', ')}]
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
