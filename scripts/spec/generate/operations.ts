import type { Operation, Parameter } from './document.ts'
import { comment, header, literal, propertyName, quoted } from './source.ts'

/** A typed function over openapi-fetch for every operation of the document. */
export function generateOperations(operations: Operation[]): string {
  const types = [
    ...(operations.some(({ body }) => body?.byModel) ? ['ModelId', 'ModelRequest'] : []),
    'OperationData',
    ...(operations.some(({ parameters }) => parameters.length > 0) ? ['OperationParameters'] : []),
    ...(operations.some(({ body }) => body && !body.byModel) ? ['OperationRequest'] : []),
  ]
  const helpers = [
    ...(operations.some(({ expects }) => expects !== 'nothing') ? ['send'] : []),
    ...(operations.some(({ expects }) => expects === 'nothing') ? ['sendForNothing'] : []),
    ...(operations.some(({ body }) => body?.mediaType === 'multipart/form-data')
      ? ['toFormData']
      : []),
  ]
  const shared = sharedExpectations(operations)
  return `${header}import type { ${types.join(', ')} } from '@apikley/types'
import type { CallOptions, Operation } from '../transport/operation.ts'
import { ${helpers.join(', ')}, type OperationClient } from '../transport/send.ts'

${shared.map((expects, index) => `const shared${index}: Operation['expects'] = ${expects}\n\n`).join('')}${operations.map((operation) => generateOperation(operation, shared)).join('\n')}`
}

/** What several operations expect, at length, is written once. */
function sharedExpectations(operations: Operation[]): string[] {
  const all = operations
    .filter(({ expects }) => typeof expects === 'object')
    .map(({ expects }) => onOneLine(expects))
  return [...new Set(all)].filter((each) => all.indexOf(each) !== all.lastIndexOf(each))
}

const onOneLine = (value: Operation['expects']): string =>
  literal(value).replaceAll(/\n\s*/g, ' ').replaceAll(', }', ' }')

function generateOperation(operation: Operation, shared: string[]): string {
  const { id, name, method, path, server, resend, expects, body } = operation
  const known = shared.indexOf(onOneLine(expects))
  const meta = `{ id: ${quoted(id)}, server: ${quoted(server)}, resend: ${quoted(resend)}, expects: ${known < 0 ? onOneLine(expects) : `shared${known}`} }`
  const generic = body?.byModel ? '<M extends ModelId>' : ''
  const names = `${name}Operation`
  return `const ${names}: Operation = ${meta}

${comment([operation.summary, operation.description, `\`${method.toUpperCase()} ${path}\``])}export function ${name}${generic}(client: OperationClient, ${argumentsOf(operation)}options?: CallOptions): Promise<${dataType(operation)}> {
${takeApart(operation)}  return ${expects === 'nothing' ? 'sendForNothing' : 'send'}(client, ${names}, options, (request) => client.api.${method.toUpperCase()}(${quoted(path)}, { ${requestOf(operation).join(', ')} }))
}
`
}

/**
 * What a direct call of the openapi-fetch client has to know of operations that are not what their
 * method says: a free POST, another server.
 */
export function generateDirectCalls(operations: Operation[]): string {
  const special = operations.filter(
    ({ method, server, resend }) =>
      server !== 'api' || resend === 'never' || (resend === 'safe') !== (method === 'get'),
  )
  const calls = Object.fromEntries(
    special.map(({ method, path, server, resend, expects }) => [
      `${method.toUpperCase()} ${path}`,
      // Of what is charged an incomplete answer must not pass for a success.
      { server, resend, ...(resend === 'never' ? { expects } : {}) },
    ]),
  )
  return `${header}import type { Operation } from '../transport/operation.ts'

export const directCalls: Readonly<Record<string, Pick<Operation, 'server' | 'resend'> & Partial<Operation>>> = ${literal(calls)}
`
}

/** What a function of an operation gives. */
export const dataType = ({ id, expects }: Operation): string =>
  expects === 'nothing' ? 'void' : `OperationData<${quoted(id)}>`

/** The parameters in path and query are one argument, the body is another. */
export function argumentsOf({ id, parameters, body }: Operation): string {
  const optional = (needed: boolean): string => (needed ? '' : '?')
  const last = body && !body.required
  return [
    ...(parameters.length > 0
      ? [
          `parameters${optional(parameters.some(({ required }) => required) || Boolean(body))}: OperationParameters<${quoted(id)}>`,
        ]
      : []),
    ...(body
      ? [
          `body${optional(!last)}: ${body.byModel ? 'ModelRequest<M> & { model: M }' : `OperationRequest<${quoted(id)}>`}`,
        ]
      : []),
  ]
    .map((argument) => `${argument}, `)
    .join('')
}

/** Parameters of both places come as one object and are taken apart; the query is what remains. */
function takeApart({ parameters }: Operation): string {
  if (!hasBothPlaces(parameters)) {
    return ''
  }
  const path = parameters.filter((parameter) => parameter.in === 'path')
  return `  const { ${path.map(({ name }, index) => `${propertyName(name)}: path${index}`).join(', ')}, ...query } = parameters\n`
}

const hasBothPlaces = (parameters: Parameter[]): boolean =>
  new Set(parameters.map((parameter) => parameter.in)).size > 1

function requestOf({ parameters, body }: Operation): string[] {
  const path = parameters.filter((parameter) => parameter.in === 'path')
  const places = hasBothPlaces(parameters)
    ? `path: { ${path.map(({ name }, index) => `${propertyName(name)}: path${index}`).join(', ')} }, query`
    : parameters.map(
        (parameter) =>
          `${parameter.in}: parameters${parameters.some(({ required }) => required) || body ? '' : ' ?? {}'}`,
      )[0]
  return [
    ...(places ? [`params: { ${places} }`] : []),
    ...(body ? ['body'] : []),
    ...(body?.mediaType === 'multipart/form-data' ? ['bodySerializer: toFormData'] : []),
    '...request',
  ]
}
