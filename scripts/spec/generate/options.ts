import type { Operation } from './document.ts'
import { dataType } from './operations.ts'
import { comment, header, quoted } from './source.ts'

/** The factory of an operation, for TanStack Query. */
type Kind = 'create-task' | 'skippable query' | 'query' | 'mutation'

function kindOf({ method, expects, body, parameters }: Operation): Kind {
  if (body?.byModel) {
    return 'create-task'
  }
  // A query needs data, so a read without data is a mutation.
  if (method !== 'get' || expects === 'nothing') {
    return 'mutation'
  }
  // A query with required parameters can wait until they are known.
  return parameters.some(({ required }) => required) ? 'skippable query' : 'query'
}

/** The module with a `queryOptions` or `mutationOptions` factory for every operation. */
export function generateOptions(operations: Operation[]): string {
  const direct = operations.filter((operation) => kindOf(operation) !== 'create-task')
  const skippable = operations.filter((operation) => kindOf(operation) === 'skippable query')
  const members = operations.map(
    (operation) =>
      `${comment([operation.summary], { depth: 1, isDeprecated: operation.isDeprecated })}  readonly ${operation.name}: ${signature(operation)}\n`,
  )
  return `${header}import type { Apikley } from '@apikley/client'
import { ${direct.map(({ name }) => name).join(', ')} } from '@apikley/client/operations'
import type { ModelId, ModelInput, OperationData, OperationParameters, OperationRequest } from '@apikley/types'
import { mutationOptions, queryOptions, skipToken, type SkipToken } from '@tanstack/react-query'
import type { ApikleyMutationOptions, ApikleyQueryOptions, ApikleySkippableOptions } from '../option-types.ts'

/**
 * Options of every operation, for \`useQuery\` and \`useMutation\`, for prefetching, the cache and
 * tests. The client retries by itself, so TanStack does not.
 */
export interface ApikleyOptionFactories {
${members.join('')}}

export function createOptionFactories(client: Apikley): ApikleyOptionFactories {
${skippable.map(skippableFunction).join('')}  return {
${operations.map((operation) => `    ${operation.name}: ${implementation(operation)},\n`).join('')}  }
}
`
}

/** The type of an operation's factory. */
function signature(operation: Operation): string {
  const data = dataType(operation)
  const parameters = parametersType(operation)
  switch (kindOf(operation)) {
    case 'create-task':
      return `<M extends ModelId>(model: M, options?: { readonly callbackUrl?: string | undefined }) => ApikleyMutationOptions<${data}, ModelInput<M>>`
    case 'skippable query':
      return `{
    ${overloads(operation).join('\n    /** With `skipToken` in their place, until they are known; then nothing is asked. */\n    ')}
  }`
    case 'query': {
      const [argument, key] = parameters
        ? [`parameters?: ${parameters}`, `${parameters} | undefined`]
        : []
      return `(${argument ?? ''}) => ${queryType('ApikleyQueryOptions', operation, key)}`
    }
    case 'mutation':
      return `() => ApikleyMutationOptions<${data}, ${variablesType(operation)}>`
  }
}

function implementation(operation: Operation): string {
  const { name, body, parameters } = operation
  const names = [...(parameters.length > 0 ? ['parameters'] : []), ...(body ? ['body'] : [])]
  switch (kindOf(operation)) {
    case 'create-task': {
      const create = '(input) => client.tasks.create(model, input, options)'
      return `(model, options) => ${options('mutation', [name, 'model'], create)}`
    }
    case 'skippable query':
      return `${name}Options`
    case 'query': {
      const read = `({ signal }) => ${name}(${['client', ...names, '{ signal }'].join(', ')})`
      return `(${names.join('')}) => ${options('query', [name, ...names], read)}`
    }
    case 'mutation': {
      const [argument, passed] =
        names.length > 1
          ? [`{ ${names.join(', ')} }`, names]
          : [names.map(() => 'variables').join(''), names.map(() => 'variables')]
      const send = `(${argument}) => ${name}(${['client', ...passed].join(', ')})`
      return `() => ${options('mutation', [name], send)}`
    }
  }
}

/** A function inside the module, because only functions have overloads. */
function skippableFunction(operation: Operation): string {
  const { name } = operation
  const [required, skipped] = overloads(operation)
  const read = `parameters === skipToken ? skipToken : ({ signal }) => ${name}(client, parameters, { signal })`
  return `  function ${name}Options${required}
  function ${name}Options${skipped}
  function ${name}Options${skipped} | ${required.slice(required.indexOf('): ') + 3)} {
    return ${options('query', [name, 'parameters'], read)}
  }
`
}

/** The options of a query with parameters, and of one that waits for them. */
function overloads(operation: Operation): [required: string, skipped: string] {
  const type = parametersType(operation)
  const skipped = `${type} | SkipToken`
  return [
    `(parameters: ${type}): ${queryType('ApikleyQueryOptions', operation, type)}`,
    `(parameters: ${skipped}): ${queryType('ApikleySkippableOptions', operation, skipped)}`,
  ]
}

/** A call of `queryOptions` or `mutationOptions`. The key is a name and variables. */
const options = (
  kind: 'query' | 'mutation',
  [name, ...key]: string[],
  run: string,
): string => `${kind}Options({
      ${kind}Key: [${["'apikley'", `'${name}'`, ...key].join(', ')}],
      ${kind}Fn: ${run},
      retry: false,
      networkMode: 'always',
    })`

const queryType = (type: string, operation: Operation, key = ''): string =>
  `${type}<${dataType(operation)}, ['apikley', '${operation.name}'${key && `, ${key}`}]>`

const parametersType = ({ id, parameters }: Operation): string =>
  parameters.length > 0 ? `OperationParameters<${quoted(id)}>` : ''

function variablesType(operation: Operation): string {
  const parameters = parametersType(operation)
  const body = operation.body ? `OperationRequest<${quoted(operation.id)}>` : ''
  return parameters && body
    ? `{ readonly parameters: ${parameters}; readonly body: ${body} }`
    : parameters || body || 'void'
}
