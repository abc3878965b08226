import {
  isObject,
  objectAt,
  resolve,
  SpecError,
  type Json,
  type JsonObject,
} from '../compile/json.ts'
import { argumentsOf, call, requestTests, source, type Argument } from './contract-requests.ts'
import { examplesOf, type Example, type Model, type Operation } from './document.ts'
import { header, literal, quoted } from './source.ts'

const folder = 'packages/client/test/generated'

/**
 * A contract test of every operation (of createTask: one of each model) against Prism: each
 * documented answer gives its data or its kind of error, each allowed value is taken, and each sort
 * of wrong input is refused by the compiler and by the mock.
 */
export function generateContractTests(
  document: JsonObject,
  operations: Operation[],
  models: Model[],
): [path: string, content: string][] {
  const files = operations.flatMap((operation): [string, string][] => {
    if (!operation.body?.byModel) {
      return [[`${folder}/${operation.id}.test.ts`, testFile(document, operation, undefined)]]
    }
    return models.map((model) => [
      `${folder}/${operation.id}/${model.id}.test.ts`,
      testFile(document, operation, model),
    ])
  })
  return [[`${folder}/error-answers.ts`, generateErrorAnswers(document)], ...files]
}

function testFile(document: JsonObject, operation: Operation, model: Model | undefined): string {
  const { id, name } = operation
  const depth = model ? model.id.split('/').length + 1 : 1
  const args = argumentsOf(document, operation, model)
  const answers = answersOf(document, operation)
  const tests = [
    ...successTests(operation, args, answers.successes),
    ...errorTests(operation, args, answers),
    ...args.flatMap((argument) => requestTests(document, operation, args, argument)),
    ...bodyTest(operation),
    ...requiredTests(operation),
  ]
  const code = tests.join('\n')
  const types = [...new Set(args.map(({ type }) => type.replace(/<.*/, ''))), 'OperationSuccess']
  const helpers = ['anonymous', 'prism', 'refusal', 'type RequiredKeys', 'without'].filter(
    (helper) => new RegExp(`\\b${helper.replace('type ', '')}[(<)]`).test(code),
  )
  const vitest = ['describe', 'expect', 'expectTypeOf', 'test'].filter(
    (helper) => code.includes(`${helper}(`) || code.includes(`${helper}<`) || helper === 'describe',
  )
  return `${header}import type { ${types.toSorted((a, b) => a.localeCompare(b)).join(', ')} } from '@apikley/types'
import { ${vitest.join(', ')} } from 'vitest'
import { ${name} } from '${'../'.repeat(depth + 1)}src/generated/operations.ts'
import { ${helpers.join(', ')} } from '${'../'.repeat(depth)}prism.ts'
import { errorAnswers } from '${'../'.repeat(depth - 1) || './'}error-answers.ts'

${args.map((argument) => `const ${argument.name} = ${source(argument)} satisfies ${argument.type}\n`).join('')}
describe(${quoted(model ? `${id}: ${model.id}` : id)}, () => {
${code}})
`
}

type Answers = {
  successes: Example[]
  inside200: { name: string; kind: string }[]
  statuses: { status: number; kind: string; hasBody: boolean }[]
}

function answersOf(document: JsonObject, { id, responses, resend }: Operation): Answers {
  const kindFor = (kind: Json | undefined, place: string): string => {
    const word = isObject(kind) ? kind[resend] : kind
    if (typeof word === 'string') {
      return word
    }
    throw new SpecError(
      `${id}: ${place} does not say what a client calls it; add x-apikley-kind, one of the kinds of ApikleyError, or { never, safe }`,
    )
  }
  const byStatus = (status: number): string =>
    status < 500 ? 'rejected' : resend === 'never' ? 'unconfirmed' : 'server'
  const media = (response: Json | undefined): Json | undefined => {
    const content = resolve(document, response)?.content
    return isObject(content) ? content['application/json'] : undefined
  }
  const examples = examplesOf(document, media(responses['200']))
  return {
    successes: examples.filter(({ kind }) => kind === undefined),
    inside200: examples.flatMap(({ name, kind }) =>
      kind === undefined ? [] : [{ name, kind: kindFor(kind, `example ${name}`) }],
    ),
    statuses: Object.entries(responses).flatMap(([key, response]) => {
      const status = Number(key)
      if (status === 200) {
        return []
      }
      if (!Number.isInteger(status) || status < 400) {
        throw new SpecError(`${id}: answer ${key} is neither 200 nor the status of an error`)
      }
      const kind = resolve(document, response)?.['x-apikley-kind']
      return [
        {
          status,
          kind: kind === undefined ? byStatus(status) : kindFor(kind, `answer ${key}`),
          hasBody: media(response) !== undefined,
        },
      ]
    }),
  }
}

function successTests(operation: Operation, args: Argument[], successes: Example[]): string[] {
  return successes.map(
    ({ name, value }) => `  test(${quoted(`${name}: gives the data of the example`)}, async () => {
    const answer = ${literal(value, 2)} satisfies OperationSuccess<${quoted(operation.id)}>
    const data = await ${call(operation, args, `prism({ example: ${quoted(name)} })`)}
    expect(data).toEqual(${operation.expects === 'nothing' ? 'undefined' : 'answer.data'})
    expect(answer.code).toBe(200)
  })
`,
  )
}

function errorTests(
  operation: Operation,
  args: Argument[],
  { inside200, statuses }: Answers,
): string[] {
  const rows = (lines: string[]): string => lines.map((line) => `    ${line},\n`).join('')
  return [
    `  test.each([
${rows(inside200.map(({ name, kind }) => `{ example: ${quoted(name)}, kind: ${quoted(kind)} } as const`))}  ])('$example inside HTTP 200 is $kind', async ({ example, kind }) => {
    const { code, msg } = errorAnswers[example]
    await expect(${call(operation, args, 'prism({ example })')}).rejects.toMatchObject({ kind, code, msg, status: 200 })
  })
`,
    `  test.each([
${rows(statuses.map(({ status, kind, hasBody }) => `{ status: ${status}, kind: ${quoted(kind)}${hasBody ? `, code: ${status}` : ''} }`))}  ])('HTTP $status is $kind', async ({ status, ...expected }) => {
    await expect(${call(operation, args, 'prism({ status })')}).rejects.toMatchObject({ status, ...expected })
  })
`,
    `  test('without a key it is authentication', async () => {
    await expect(${call(operation, args, 'anonymous()')}).rejects.toMatchObject({ kind: 'authentication' })
  })
`,
  ]
}

/** A body that is required cannot be left out, in a direct call either. */
function bodyTest({ body, parameters, method, path }: Operation): string[] {
  if (!body?.required || body.mediaType !== 'application/json' || parameters.length > 0) {
    return []
  }
  return [
    `  test('without a body it is refused', async () => {
    // @ts-expect-error a body is required
    await expect(prism().api.${method.toUpperCase()}(${quoted(path)}, {})).rejects.toMatchObject(refusal)
  })
`,
  ]
}

/**
 * Which fields of an answer may be relied on: one that becomes optional breaks whoever reads it.
 */
function requiredTests({ id, expects, always }: Operation): string[] {
  const one = (
    what: string,
    type: string,
    fields: string[],
  ): string => `  test('${what} has the fields that it always has', () => {
    expectTypeOf<RequiredKeys<${type}>>().toEqualTypeOf<${[...new Set(fields)].map(quoted).join(' | ') || 'never'}>()
  })
`
  const success = `OperationSuccess<${quoted(id)}>`
  return [
    one('the answer', success, always),
    ...(typeof expects === 'object'
      ? [one('its data', `NonNullable<${success}['data']>`, Object.keys(expects))]
      : []),
  ]
}

/** What the mock sends for each error, as the document has it. */
function generateErrorAnswers(document: JsonObject): string {
  const examples = objectAt(document, ['components', 'examples'], 'the document')
  const answers = Object.entries(examples).flatMap(([name, example]) => {
    const value = isObject(example) && 'x-apikley-kind' in example ? example.value : undefined
    return isObject(value) ? [[name, value] as const] : []
  })
  return `${header}import type { components, KnownValues } from '@apikley/types'

type ErrorAnswer = components['schemas']['ErrorResponse'] & { readonly code: KnownValues['ErrorResponse.code'] }

export const errorAnswers: Readonly<Record<${answers.map(([name]) => quoted(name)).join(' | ')}, ErrorAnswer>> = ${literal(Object.fromEntries(answers))}
`
}
