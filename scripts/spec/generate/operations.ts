import type { Operation } from './document.ts'
import { comment, header, literal, quoted } from './source.ts'

/** A typed function over openapi-fetch for every operation of the document. */
export function generateOperations(operations: Operation[]): string {
  return `${header}import type { ModelId, ModelRequest, OperationData, OperationParameters, OperationRequest } from '@apikley/types'
import { OperationCall, type OperationClient } from '../http/api.ts'
import type { CallOptions } from '../http/call.ts'
import { toCreateBody, toFormData } from '../http/request.ts'
import * as table from './operation-table.ts'

${operations.map(generateOperation).join('\n')}`
}

function generateOperation(operation: Operation): string {
  const { name, method, path, expects, body, isDeprecated } = operation
  const generic = body?.byModel ? '<M extends ModelId>' : ''
  const request = `client.api.${method.toUpperCase()}(${quoted(path)}, { ${requestOf(operation).join(', ')} })`
  return `${comment([operation.summary, operation.description, `\`${method.toUpperCase()} ${path}\``], { isDeprecated })}export async function ${name}${generic}(client: OperationClient, ${argumentsOf(operation)}options?: CallOptions): Promise<${dataType(operation)}> {
  const call = new OperationCall(client, table.${name}, options)
  ${expects === 'nothing' ? `await ${request}` : `return call.data(${request})`}
}
`
}

/** What a request needs of every operation; direct calls find theirs by method and path. */
export function generateOperationTable(operations: Operation[]): string {
  const entries = operations.map(({ id, name, server, resend, expects }) => {
    const value = { id, server, resend, expects }
    return `export const ${name}: Operation = ${literal(value)}\n\n`
  })
  const paths = operations.map(
    ({ name, method, path }) => `  ${quoted(`${method.toUpperCase()} ${path}`)}: ${name},\n`,
  )
  return `${header}import type { Operation } from '../http/classify.ts'

${entries.join('')}/** By method and path. */
export const operations: Readonly<Record<string, Operation>> = {
${paths.join('')}}
`
}

/** What a function of an operation gives. */
export const dataType = ({ id, expects }: Operation): string =>
  expects === 'nothing' ? 'void' : `OperationData<${quoted(id)}>`

/** The parameters are one argument, the body is another. */
function argumentsOf({ id, parameters, body }: Operation): string {
  const isOptional = !body && parameters.every(({ required }) => !required)
  const bodyType = body?.byModel
    ? 'ModelRequest<M> & { model: M }'
    : `OperationRequest<${quoted(id)}>`
  return [
    parameters.length > 0 &&
      `parameters${isOptional ? '?' : ''}: OperationParameters<${quoted(id)}>, `,
    body && `body${body.required ? '' : '?'}: ${bodyType}, `,
  ]
    .filter(Boolean)
    .join('')
}

function requestOf({ parameters: [parameter, ...others], body }: Operation): string[] {
  const isOptional = !body && ![parameter, ...others].some((each) => each?.required)
  return [
    ...(parameter ? [`params: { ${parameter.in}: parameters${isOptional ? ' ?? {}' : ''} }`] : []),
    ...(body ? [body.byModel ? 'body: toCreateBody(body)' : 'body'] : []),
    ...(body?.mediaType === 'multipart/form-data' ? ['bodySerializer: toFormData'] : []),
    '...call.init',
  ]
}
