import { isObject, resolve, SpecError, type Json, type JsonObject } from '../compile/json.ts'
import { sample } from '../compile/sample.ts'
import { examplesOf, requiredOf, type Example, type Model, type Operation } from './document.ts'
import { header, literal, propertyName, quoted } from './source.ts'

const folder = 'packages/client/test/generated'

/**
 * A contract test of every operation (of createTask: one of each model) against Prism: each documented answer gives its data or its kind of
 * error, each allowed value is taken, and each sort of wrong input is refused by the compiler and by the mock.
 */
export function generateContractTests(document: JsonObject, operations: Operation[], models: Model[]): [path: string, content: string][] {
  return operations.flatMap((operation): [string, string][] => {
    if (!operation.body?.byModel) return [[`${folder}/${operation.id}.test.ts`, testFile(document, operation, undefined)]]
    return models.map((model) => [`${folder}/${operation.id}/${model.id}.test.ts`, testFile(document, operation, model)])
  })
}

/** One value that the test sends: the parameters, or the body. */
type Argument = { name: string; type: string; schema: JsonObject; value: JsonObject; form: boolean }

function testFile(document: JsonObject, operation: Operation, model: Model | undefined): string {
  const { id, name } = operation
  const depth = model ? model.id.split('/').length + 1 : 1
  const args = argumentsOf(document, operation, model)
  const answers = answersOf(document, operation)
  const tests = [
    ...successTests(operation, args, answers.successes),
    ...errorTests(operation, args, answers),
    ...args.flatMap((argument) => [
      ...acceptedTests(document, operation, args, argument),
      ...refusedTests(document, operation, args, argument),
    ]),
    requiredTest(operation),
  ].filter(Boolean)
  const code = tests.join('\n')
  const types = [
    'KnownValues',
    ...new Set(args.map(({ type }) => type.replace(/<.*/, ''))),
    ...(code.includes('OperationData<') ? ['OperationData'] : []),
  ]
  const helpers = ['anonymous', 'prism', 'refusal', 'type RequiredKeys', 'without'].filter((helper) =>
    new RegExp(`\\b${helper.replace('type ', '')}[(<)]`).test(code),
  )
  const vitest = ['describe', 'expect', 'expectTypeOf', 'test'].filter(
    (helper) => code.includes(`${helper}(`) || code.includes(`${helper}<`) || helper === 'describe',
  )
  return `${header}import type { ${types.toSorted((a, b) => a.localeCompare(b)).join(', ')} } from '@apikley/types'
import { ${vitest.join(', ')} } from 'vitest'
import { ${name} } from '${'../'.repeat(depth + 1)}src/generated/operations.ts'
import { ${helpers.join(', ')} } from '${'../'.repeat(depth)}prism.ts'

type Code = KnownValues['ErrorResponse.code']

${args.map((argument) => `const ${argument.name} = ${source(argument)} satisfies ${argument.type}\n`).join('')}
describe(${quoted(model ? `${id}: ${model.id}` : id)}, () => {
${code}})
`
}

function argumentsOf(document: JsonObject, { id, parameters, body }: Operation, model: Model | undefined): Argument[] {
  const args: Argument[] = []
  if (parameters.length > 0) {
    const schema = {
      type: 'object',
      required: parameters.flatMap(({ name, required }) => (required ? [name] : [])),
      properties: Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter.schema])),
    }
    const value = Object.fromEntries(
      parameters
        .filter(({ required, example }) => required || example !== undefined)
        .map((item) => [item.name, item.example ?? sample(document, item.schema)]),
    )
    args.push({ name: 'parameters', type: `OperationParameters<${quoted(id)}>`, schema, value, form: true })
  }
  if (body) {
    const schema = model?.request ?? body.schema
    const example = model ? body.examples.find(({ name }) => name === model.id) : body.examples[0]
    const value = example?.value ?? sample(document, schema)
    if (!isObject(value)) throw new SpecError(`${id}: only objects can be sent as a body`)
    // Without the callback: Prism would post to it.
    const { callBackUrl: _, ...sent } = value
    const type = model ? `ModelRequest<${quoted(model.id)}>` : `OperationRequest<${quoted(id)}>`
    args.push({ name: 'body', type, schema, value: sent, form: body.mediaType === 'multipart/form-data' })
  }
  return args
}

type Answers = {
  successes: Example[]
  inside200: { name: string; code: number; kind: string }[]
  statuses: { status: number; kind: string }[]
}

function answersOf(document: JsonObject, { id, responses, resend }: Operation): Answers {
  const kindFor = (kind: Json | undefined, place: string): string => {
    const word = isObject(kind) ? kind[resend] : kind
    if (typeof word !== 'string') throw new SpecError(`${id}: ${place} does not say its x-apikley-kind`)
    return word
  }
  const media = (response: Json | undefined): Json | undefined => {
    const content = resolve(document, response)?.content
    return isObject(content) ? content['application/json'] : undefined
  }
  const examples = examplesOf(document, media(responses['200']))
  return {
    successes: examples.filter(({ kind }) => kind === undefined),
    inside200: examples.flatMap(({ name, kind, value }) => {
      if (kind === undefined || !isObject(value) || typeof value.code !== 'number') return []
      return [{ name, code: value.code, kind: kindFor(kind, `example ${name}`) }]
    }),
    statuses: Object.entries(responses).flatMap(([status, response]) =>
      status === '200'
        ? []
        : [{ status: Number(status), kind: kindFor(resolve(document, response)?.['x-apikley-kind'], `answer ${status}`) }],
    ),
  }
}

function call({ name }: Operation, args: Argument[], client: string, replaced?: { argument: Argument; by: string }): string {
  const passed = args.map((argument) => (replaced?.argument === argument ? replaced.by : argument.name))
  return `${name}(${[client, ...passed].join(', ')})`
}

function successTests(operation: Operation, args: Argument[], successes: Example[]): string[] {
  return successes.map(({ name, value }) => {
    const data = isObject(value) ? (value.data ?? null) : null
    return `  test(${quoted(`${name}: gives the data of the example`)}, async () => {
    const expected = ${literal(data, 2)} satisfies OperationData<${quoted(operation.id)}>
    expect(await ${call(operation, args, `prism({ example: ${quoted(name)} })`)}).toEqual(expected)
  })
`
  })
}

function errorTests(operation: Operation, args: Argument[], { inside200, statuses }: Answers): string[] {
  const rows = (lines: string[]): string => lines.map((line) => `    ${line},\n`).join('')
  return [
    `  test.each([
${rows(inside200.map(({ name, code, kind }) => `{ example: ${quoted(name)}, code: ${code} satisfies Code, kind: ${quoted(kind)} }`))}  ])('$example inside HTTP 200 is $kind', async ({ example, code, kind }) => {
    await expect(${call(operation, args, 'prism({ example })')}).rejects.toMatchObject({ kind, code, status: 200 })
  })
`,
    `  test.each([
${rows(statuses.map(({ status, kind }) => `{ status: ${status} satisfies Code, kind: ${quoted(kind)} }`))}  ])('HTTP $status is $kind', async ({ status, kind }) => {
    await expect(${call(operation, args, 'prism({ status })')}).rejects.toMatchObject({ kind, code: status, status })
  })
`,
    `  test('without a key it is authentication', async () => {
    await expect(${call(operation, args, 'anonymous()')}).rejects.toMatchObject({ kind: 'authentication' })
  })
`,
  ]
}

/** A field that can be varied, with the way to it. */
type Place = { path: string[]; schema: JsonObject; required: boolean; value: Json | undefined }

/** The fields of an object and of the objects in it, but not of the items of arrays. */
function places(document: JsonObject, schema: JsonObject, value: Json | undefined, path: string[] = []): Place[] {
  const required = requiredOf(document, schema)
  return Object.entries(isObject(schema.properties) ? schema.properties : {}).flatMap(([name, property]) => {
    const field = resolve(document, property)
    if (!field) return []
    const current = isObject(value) ? value[name] : undefined
    const place = { path: [...path, name], schema: field, required: required.includes(name), value: current }
    return [place, ...(isObject(current) ? places(document, field, current, place.path) : [])]
  })
}

function acceptedTests(document: JsonObject, operation: Operation, args: Argument[], argument: Argument): string[] {
  return places(document, argument.schema, argument.value).flatMap(({ path, schema }) => {
    const values = [...(Array.isArray(schema.enum) ? schema.enum : []), ...boundaries(schema).accepted]
    if (values.length < 2) return []
    const title = quoted(`${path.join('.')}: $value is taken`)
    return [
      `  test.each([
${values.map((value) => `    { value: ${describeValue(value)}, ${argument.name}: ${changed(argument, path, value)} satisfies ${argument.type} },\n`).join('')}  ])(${title}, async ({ ${argument.name} }) => {
    await expect(${call(operation, args, 'prism()')}).resolves.toBeDefined()
  })
`,
    ]
  })
}

function refusedTests(document: JsonObject, operation: Operation, args: Argument[], argument: Argument): string[] {
  const one = (title: string, wrong: string, why: string | undefined): string => `  test(${quoted(title)}, async () => {
${why ? `    // @ts-expect-error ${why}\n` : ''}    const wrong: ${argument.type} = ${wrong}
    await expect(${call(operation, args, 'prism()', { argument, by: 'wrong' })}).rejects.toMatchObject(refusal)
  })
`
  return places(document, argument.schema, argument.value).flatMap(({ path, schema, required, value }) => {
    const field = path.join('.')
    const tests: string[] = []
    // A path parameter that is left out makes another path of it, and the document says nothing about that.
    const inPath =
      argument.name === 'parameters' && operation.parameters.some((parameter) => parameter.name === field && parameter.in === 'path')
    if (required && !inPath) tests.push(one(`${field}: left out is refused`, changed(argument, path, undefined), 'a required field'))
    if (Array.isArray(schema.enum))
      tests.push(one(`${field}: an unknown value is refused`, changed(argument, path, 'no-such-value'), 'not one of the values'))
    const foreign = argument.form ? undefined : foreignType(schema)
    if (foreign !== undefined && value !== undefined)
      tests.push(one(`${field}: another type is refused`, changed(argument, path, foreign), 'of another type'))
    for (const outside of boundaries(schema).refused)
      tests.push(
        one(
          `${field}: ${outside === '' ? 'nothing' : describeValue(outside).replaceAll("'", '')} is refused`,
          changed(argument, path, outside),
          undefined,
        ),
      )
    return tests
  })
}

/** Values at and beyond the limits of a schema. */
function boundaries(schema: JsonObject): { accepted: Json[]; refused: Json[] } {
  const { minimum, maximum, maxLength, minLength, type } = schema
  const accepted: Json[] = []
  const refused: Json[] = []
  if (typeof minimum === 'number') {
    accepted.push(minimum)
    refused.push(minimum - 1)
  }
  if (typeof maximum === 'number') {
    accepted.push(maximum)
    refused.push(maximum + 1)
  }
  if (type === 'string' && schema.enum === undefined && schema.format === undefined && schema.pattern === undefined) {
    if (typeof maxLength === 'number') {
      accepted.push('x'.repeat(maxLength))
      refused.push('x'.repeat(maxLength + 1))
    }
    if (typeof minLength === 'number' && minLength > 0) {
      accepted.push('x'.repeat(minLength))
      refused.push('x'.repeat(minLength - 1))
    }
  }
  return { accepted, refused }
}

/** A value that a field of this type cannot be. */
function foreignType({ type }: JsonObject): Json | undefined {
  if (type === 'string') return 12_345
  if (type === 'object') return 'not an object'
  if (type === 'number' || type === 'integer' || type === 'boolean' || type === 'array') return 'of another type'
  return undefined
}

/** Which fields of the data may be relied on: a field that becomes optional breaks whoever reads it. */
function requiredTest({ id, expects }: Operation): string {
  if (!Array.isArray(expects)) return ''
  const keys = [...new Set(expects)].map(quoted).join(' | ') || 'never'
  return `  test('the data has the fields that it always has', () => {
    expectTypeOf<RequiredKeys<OperationData<${quoted(id)}>>>().toEqualTypeOf<${keys}>()
  })
`
}

/** The argument with another value at a place, or with none, as source. One line, so that the compiler's complaint lands on a known one. */
function changed(argument: Argument, path: string[], replacement: Json | undefined): string {
  const at = (base: string, [first = '', ...rest]: string[]): string => {
    const key = propertyName(first)
    const member = key === first ? `${base}.${first}` : `${base}[${key}]`
    if (rest.length > 0) return `{ ...${base}, ${key}: ${at(member, rest)} }`
    return replacement === undefined ? `without(${base}, ${quoted(first)})` : `{ ...${base}, ${key}: ${flat(replacement)} }`
  }
  return at(argument.name, path)
}

/** An argument as source; files become Blobs. */
function source({ schema, value }: Argument): string {
  const properties = isObject(schema.properties) ? schema.properties : {}
  const entries = Object.entries(value).map(([name, item]) => {
    const field = properties[name]
    const binary = isObject(field) && field.format === 'binary'
    return `  ${propertyName(name)}: ${binary ? "new Blob(['content'])" : literal(item, 1)},\n`
  })
  return `{\n${entries.join('')}}`
}

function flat(value: Json): string {
  return typeof value === 'string' && /^(.)\1{40,}$/.test(value) ? `'${value[0]}'.repeat(${value.length})` : literal(value)
}

function describeValue(value: Json): string {
  return typeof value === 'string' && value.length > 40 ? quoted(`${value.length} characters`) : literal(value)
}
