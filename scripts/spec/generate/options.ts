import type { Operation } from './document.ts'
import { dataType } from './operations.ts'
import { comment, header, quoted } from './source.ts'

/** For every operation a `queryOptions` (reads) or `mutationOptions` factory for TanStack Query. */
export function generateOptions(operations: Operation[]): string {
  const direct = operations.filter(({ body }) => !body?.byModel)
  const queries = operations.filter(isQuery)
  const mutations = operations.filter((operation) => !isQuery(operation))
  const types = [
    ...(operations.some(({ body }) => body?.byModel) ? ['ModelId', 'ModelInput'] : []),
    'OperationData',
    ...(operations.some(({ parameters }) => parameters.length > 0) ? ['OperationParameters'] : []),
    ...(direct.some(({ body }) => body) ? ['OperationRequest'] : []),
  ]
  const skippable = queries.some(needsParameters)
  const helpers = [
    ...(mutations.length > 0 ? ['mutationOptions'] : []),
    ...(queries.length > 0 ? ['queryOptions'] : []),
    ...(skippable ? ['skipToken', 'type SkipToken'] : []),
  ]
  return `${header}import type { Apikley } from '@apikley/client'
import { ${direct.map(({ name }) => name).join(', ')} } from '@apikley/client/operations'
import type { ${types.join(', ')} } from '@apikley/types'
import { ${helpers.join(', ')} } from '@tanstack/react-query'
import type { ApikleyMutationOptions, ApikleyQueryOptions${skippable ? ', ApikleySkippableOptions' : ''} } from '../option-types.ts'

/**
 * Options of every operation, for \`useQuery\` and \`useMutation\`, for prefetching, the cache and
 * tests. The client retries by itself, so TanStack does not.
 */
export interface ApikleyOptionFactories {
${operations.map((operation) => `${comment([operation.summary], 1)}  readonly ${operation.name}: ${signature(operation)}\n`).join('')}}

export function createOptionFactories(client: Apikley): ApikleyOptionFactories {
${queries.filter(needsParameters).map(skippableImplementation).join('')}  return {
${operations.map(implementation).join('')}  }
}
`
}

/** A query has to have data, so a read without any is a mutation. */
const isQuery = ({ method, expects }: Operation): boolean =>
  method === 'get' && expects !== 'nothing'

/** A query that can be waited with until its parameters are known. */
const needsParameters = (operation: Operation): boolean =>
  isQuery(operation) && operation.parameters.some(({ required }) => required)

/** The type of an operation's factory. */
export function signature(operation: Operation): string {
  const data = dataType(operation)
  if (operation.body?.byModel) {
    return `<M extends ModelId>(model: M, options?: { readonly callbackUrl?: string | undefined }) => ApikleyMutationOptions<${data}, ModelInput<M>>`
  }
  if (needsParameters(operation)) {
    return `{
    ${overloads(operation).join('\n    /** With `skipToken` in their place, until they are known; then nothing is asked. */\n    ')}
  }`
  }
  if (isQuery(operation)) {
    return `(${parameters(operation)}) => ApikleyQueryOptions<${data}, ${keyType(operation)}>`
  }
  return `() => ApikleyMutationOptions<${data}, ${variables(operation)}>`
}

/** The options of a query with parameters, and of one that waits for them. */
function overloads(operation: Operation): [string, string] {
  const type = `OperationParameters<${quoted(operation.id)}>`
  const data = dataType(operation)
  const key = (last: string): string => `['apikley', '${operation.name}', ${last}]`
  return [
    `(parameters: ${type}): ApikleyQueryOptions<${data}, ${key(type)}>`,
    `(parameters: ${type} | SkipToken): ApikleySkippableOptions<${data}, ${key(`${type} | SkipToken`)}>`,
  ]
}

function skippableImplementation(operation: Operation): string {
  const { name } = operation
  const [given, skipped] = overloads(operation)
  return `  function ${name}Options${given}
  function ${name}Options${skipped}
  function ${name}Options${skipped} | ${given.slice(given.indexOf('): ') + 3)} {
    return queryOptions({
      queryKey: ['apikley', '${name}', parameters],
      queryFn: parameters === skipToken ? skipToken : ({ signal }) => ${name}(client, parameters, { signal }),
      retry: false,
      networkMode: 'always',
    })
  }
`
}

function implementation(operation: Operation): string {
  const { name, body } = operation
  if (needsParameters(operation)) {
    return `    ${name}: ${name}Options,\n`
  }
  const key = `'apikley', '${name}'`
  if (body?.byModel) {
    return `    ${name}: (model, options) => mutationOptions({
      mutationKey: [${key}, model],
      mutationFn: (input) => client.tasks.create(model, input, options),
      retry: false,
      networkMode: 'always',
    }),\n`
  }
  if (isQuery(operation)) {
    const given = operation.parameters.length > 0 ? 'parameters' : ''
    return `    ${name}: (${given}) => queryOptions({
      queryKey: [${key}${given && `, ${given}`}],
      queryFn: ({ signal }) => ${name}(client, ${given && `${given}, `}{ signal }),
      retry: false,
      networkMode: 'always',
    }),\n`
  }
  const both = operation.parameters.length > 0 && body
  const argument = both
    ? '{ parameters, body }'
    : body || operation.parameters.length > 0
      ? 'variables'
      : ''
  const passed = both ? ', parameters, body' : argument && `, ${argument}`
  return `    ${name}: () => mutationOptions({
      mutationKey: [${key}],
      mutationFn: (${argument}) => ${name}(client${passed}),
      retry: false,
      networkMode: 'always',
    }),\n`
}

function parameters({ id, parameters: all }: Operation): string {
  if (all.length === 0) {
    return ''
  }
  return `parameters${all.some(({ required }) => required) ? '' : '?'}: OperationParameters<${quoted(id)}>`
}

function keyType({ id, name, parameters: all }: Operation): string {
  const optional = all.some(({ required }) => required) ? '' : ' | undefined'
  return `['apikley', '${name}'${all.length > 0 ? `, OperationParameters<${quoted(id)}>${optional}` : ''}]`
}

function variables({ id, parameters: all, body }: Operation): string {
  const own = all.length > 0 ? `OperationParameters<${quoted(id)}>` : ''
  const sent = body ? `OperationRequest<${quoted(id)}>` : ''
  return own && sent
    ? `{ readonly parameters: ${own}; readonly body: ${sent} }`
    : own || sent || 'void'
}
