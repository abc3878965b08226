import { isObject, resolve, SpecError, type Json, type JsonObject } from '../compile/json.ts'
import { sample } from '../compile/sample.ts'
import { requiredOf, type Model, type Operation } from './document.ts'
import { literal, propertyName, quoted } from './source.ts'

/** One value that the test sends: the parameters, or the body. */
export type Argument = {
  name: string
  type: string
  schema: JsonObject
  value: JsonObject
  form: boolean
}

export function argumentsOf(
  document: JsonObject,
  { id, parameters, body }: Operation,
  model: Model | undefined,
): Argument[] {
  const args: Argument[] = []
  if (parameters.length > 0) {
    const schema = {
      type: 'object',
      required: parameters.flatMap(({ name, required }) => (required ? [name] : [])),
      properties: Object.fromEntries(
        parameters.map((parameter) => [parameter.name, parameter.schema]),
      ),
    }
    const value = Object.fromEntries(
      parameters
        .filter(({ required, example }) => required || example !== undefined)
        .map((item) => [item.name, item.example ?? sample(document, item.schema)]),
    )
    args.push({
      name: 'parameters',
      type: `OperationParameters<${quoted(id)}>`,
      schema,
      value,
      form: true,
    })
  }
  if (body) {
    const schema = model?.request ?? body.schema
    const example = model ? body.examples.find(({ name }) => name === model.id) : body.examples[0]
    const value = example?.value ?? sample(document, schema)
    if (!isObject(value)) {
      throw new SpecError(`${id}: only objects can be sent as a body`)
    }
    // Without the callback, because Prism would post to it; where it is required, nobody listens
    // there.
    const { callBackUrl, ...rest } = value
    const sent =
      callBackUrl !== undefined && requiredOf(document, schema).includes('callBackUrl')
        ? { ...rest, callBackUrl }
        : rest
    const type = model ? `ModelRequest<${quoted(model.id)}>` : `OperationRequest<${quoted(id)}>`
    args.push({
      name: 'body',
      type,
      schema,
      value: sent,
      form: body.mediaType === 'multipart/form-data',
    })
  }
  return args
}

/** What is taken and what is refused, of one argument of an operation. */
export function requestTests(
  document: JsonObject,
  operation: Operation,
  args: Argument[],
  argument: Argument,
): string[] {
  return [
    ...leastTest(document, operation, args, argument),
    ...acceptedTests(document, operation, args, argument),
    ...refusedTests(document, operation, args, argument),
  ]
}

/** The call of an operation's function as source. */
export function call(
  { name }: Operation,
  args: Argument[],
  client: string,
  replaced?: { argument: Argument; by: string },
): string {
  const passed = args.map((argument) =>
    replaced?.argument === argument ? replaced.by : argument.name,
  )
  return `${name}(${[client, ...passed].join(', ')})`
}

/** Only what is required: an optional field that becomes required breaks those who leave it out. */
function leastTest(
  document: JsonObject,
  operation: Operation,
  args: Argument[],
  argument: Argument,
): string[] {
  const least = (schema: JsonObject, value: Json | undefined): JsonObject =>
    Object.fromEntries(
      requiredOf(document, schema).map((name) => {
        const field =
          resolve(document, isObject(schema.properties) ? schema.properties[name] : undefined) ?? {}
        const current = isObject(value) ? value[name] : undefined
        return [
          name,
          isObject(current) && isObject(field.properties)
            ? least(field, current)
            : (current ?? sample(document, field)),
        ]
      }),
    )
  const value = least(argument.schema, argument.value)
  return [
    `  test('${argument.name}: what is not required may be left out', async () => {
    const least: ${argument.type} = ${source({ ...argument, value }, 2)}
    await expect(${call(operation, args, 'prism()', { argument, by: 'least' })}).resolves.${operation.expects === 'nothing' ? 'toBeUndefined' : 'toBeDefined'}()
  })
`,
  ]
}

/** A field that can be varied, with the way to it. */
type Place = { path: string[]; schema: JsonObject; required: boolean; value: Json | undefined }

/** The fields of an object and of the objects in it, but not of the items of arrays. */
function places(
  document: JsonObject,
  schema: JsonObject,
  value: Json | undefined,
  path: string[] = [],
): Place[] {
  const required = requiredOf(document, schema)
  return Object.entries(isObject(schema.properties) ? schema.properties : {}).flatMap(
    ([name, property]) => {
      const field = resolve(document, property)
      if (!field) {
        return []
      }
      const current = isObject(value) ? value[name] : undefined
      const place = {
        path: [...path, name],
        schema: field,
        required: required.includes(name),
        value: current,
      }
      return [place, ...(isObject(current) ? places(document, field, current, place.path) : [])]
    },
  )
}

function acceptedTests(
  document: JsonObject,
  operation: Operation,
  args: Argument[],
  argument: Argument,
): string[] {
  return places(document, argument.schema, argument.value).flatMap(({ path, schema }) => {
    const values = [
      ...(Array.isArray(schema.enum) ? schema.enum : []),
      ...boundaries(schema).accepted,
    ]
    if (values.length === 0) {
      return []
    }
    const title = quoted(`${path.join('.')}: $value is taken`)
    return [
      ...(Array.isArray(schema.enum)
        ? [
            `  test(${quoted(`${path.join('.')}: these values and no other`)}, () => {
    expectTypeOf<Exclude<${path.reduce((type, name, index) => `${index > 0 ? `NonNullable<${type}>` : type}[${quoted(name)}]`, argument.type)}, undefined>>().toEqualTypeOf<${schema.enum.map((value) => literal(value)).join(' | ')}>()
  })
`,
          ]
        : []),
      `  test.each([
${values.map((value) => `    { value: ${describeValue(value)}, ${argument.name}: ${changed(argument, path, value)} satisfies ${argument.type} },\n`).join('')}  ])(${title}, async ({ ${argument.name} }) => {
    await expect(${call(operation, args, 'prism()')}).resolves.${operation.expects === 'nothing' ? 'toBeUndefined' : 'toBeDefined'}()
  })
`,
    ]
  })
}

function refusedTests(
  document: JsonObject,
  operation: Operation,
  args: Argument[],
  argument: Argument,
): string[] {
  const one = (
    title: string,
    wrong: string,
    why: string | undefined,
  ): string => `  test(${quoted(title)}, async () => {
${why ? `    // @ts-expect-error ${why}\n` : ''}    const wrong: ${argument.type} = ${wrong}
    await expect(${call(operation, args, 'prism()', { argument, by: 'wrong' })}).rejects.toMatchObject(refusal)
  })
`
  return places(document, argument.schema, argument.value).flatMap(
    ({ path, schema, required, value }) => {
      const field = path.join('.')
      const tests: string[] = []
      // A path parameter that is left out makes another path of it, and the document says nothing
      // about that.
      const inPath =
        argument.name === 'parameters' &&
        operation.parameters.some(
          (parameter) => parameter.name === field && parameter.in === 'path',
        )
      if (required && !inPath) {
        tests.push(
          one(
            `${field}: left out is refused`,
            changed(argument, path, undefined),
            'a required field',
          ),
        )
      }
      if (Array.isArray(schema.enum)) {
        tests.push(
          one(
            `${field}: an unknown value is refused`,
            changed(argument, path, 'no-such-value'),
            'not one of the values',
          ),
        )
      }
      const foreign = argument.form ? undefined : foreignType(schema)
      if (foreign !== undefined && value !== undefined) {
        tests.push(
          one(
            `${field}: another type is refused`,
            changed(argument, path, foreign),
            'of another type',
          ),
        )
      }
      for (const outside of boundaries(schema).refused) {
        tests.push(
          one(
            `${field}: ${outside === '' ? 'nothing' : describeValue(outside).replaceAll("'", '')} is refused`,
            changed(argument, path, outside),
            undefined,
          ),
        )
      }
      return tests
    },
  )
}

/** Values at and beyond the limits of a schema. */
function boundaries(schema: JsonObject): { accepted: Json[]; refused: Json[] } {
  const { minimum, maximum, maxLength, minLength, type } = schema
  const accepted: Json[] = []
  const refused: Json[] = []
  // Where values are listed, the limits say nothing more.
  if (typeof minimum === 'number' && schema.enum === undefined) {
    accepted.push(minimum)
    refused.push(minimum - 1)
  }
  if (typeof maximum === 'number' && schema.enum === undefined) {
    accepted.push(maximum)
    refused.push(maximum + 1)
  }
  if (
    type === 'string' &&
    schema.enum === undefined &&
    schema.format === undefined &&
    schema.pattern === undefined
  ) {
    if (typeof maxLength === 'number') {
      accepted.push('x'.repeat(maxLength))
      refused.push('x'.repeat(maxLength + 1))
    }
    if (typeof minLength === 'number' && minLength > 0) {
      accepted.push('x'.repeat(minLength))
      refused.push('x'.repeat(minLength - 1))
    }
  }
  if (typeof schema.pattern === 'string') {
    const pattern = new RegExp(schema.pattern, 'u')
    refused.push(...['/', '!', ''].filter((text) => !pattern.test(text)).slice(0, 1))
  }
  return { accepted, refused }
}

/** A value that a field of this type cannot be. */
function foreignType({ type }: JsonObject): Json | undefined {
  if (type === 'string') {
    return 12_345
  }
  if (type === 'object') {
    return 'not an object'
  }
  if (type === 'number' || type === 'integer' || type === 'boolean' || type === 'array') {
    return 'of another type'
  }
  return undefined
}

/**
 * The argument with another value at a place, or with none, as source. One line, so that the
 * compiler's complaint lands on a known one.
 */
function changed(argument: Argument, path: string[], replacement: Json | undefined): string {
  const at = (base: string, [first = '', ...rest]: string[]): string => {
    const key = propertyName(first)
    const member = key === first ? `${base}.${first}` : `${base}[${key}]`
    if (rest.length > 0) {
      return `{ ...${base}, ${key}: ${at(member, rest)} }`
    }
    return replacement === undefined
      ? `without(${base}, ${quoted(first)})`
      : `{ ...${base}, ${key}: ${flat(replacement)} }`
  }
  return at(argument.name, path)
}

/** An argument as source; files become Blobs. */
export function source({ schema, value }: Argument, depth = 0): string {
  const pad = '  '.repeat(depth)
  const properties = isObject(schema.properties) ? schema.properties : {}
  const entries = Object.entries(value).map(([name, item]) => {
    const field = properties[name]
    const binary = isObject(field) && field.format === 'binary'
    return `${pad}  ${propertyName(name)}: ${binary ? "new Blob(['content'])" : literal(item, depth + 1)},\n`
  })
  return `{\n${entries.join('')}${pad}}`
}

function flat(value: Json): string {
  return typeof value === 'string' && /^(.)\1{40,}$/.test(value)
    ? `'${value[0]}'.repeat(${value.length})`
    : literal(value)
}

function describeValue(value: Json): string {
  return typeof value === 'string' && value.length > 40
    ? quoted(`${value.length} characters`)
    : literal(value)
}
