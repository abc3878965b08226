import { assertSpec, fieldsOf, requiredOf, schemasIn, valueAt } from '../compile/json.ts'
import type { Json, JsonObject } from '../compile/json.ts'
import { removeExtensions } from '../compile/schemas.ts'
import { camelCase, reservedWords, type Model } from './document.ts'
import { mediaIn } from './media.ts'
import { limitsOf, mediaOf } from './prose.ts'
import { comment, header, literal, propertyName, quoted } from './source.ts'

/**
 * The inputs, one interface for each model, and the registry, an interface from model id to types. A
 * union of a thousand requests would cost the compiler seconds.
 */
export function generateRegistry(models: Model[]): string {
  const deprecated = models.filter(({ isDeprecated }) => isDeprecated)
  const entries = models.map(
    (model) => `${docOf(model, 1)}  ${propertyName(model.id)}: {
    input: ${model.name}Input
    request: Schemas['${model.name}Request']
    output: ${quoted(model.output)}
  }\n`,
  )
  return `${header}import type { MediaFile } from '../files.ts'
import type { components } from './openapi.ts'

type Schemas = components['schemas']

${models.map(generateInput).join('\n')}
/** Every model of the document. */
export interface PublishedModels {
${entries.join('')}}

/** The models that the document marks as deprecated. */
export type DeprecatedModelId = ${deprecated.map(({ id }) => quoted(id)).join(' | ') || 'never'}
`
}

/** The fields of an input as an editor shows them. A field of files takes the files too. */
function generateInput(model: Model): string {
  const { name, input } = model
  const required = requiredOf(input, input)
  const fields = Object.entries(fieldsOf(input, input)).map(([field, schema]) => {
    const isRequired = required.includes(field)
    const preset = isRequired ? undefined : valueAt(schema, 'default')
    const text = [valueAt(schema, 'description'), mediaOf(schema), limitsOf(schema)]
    const tag = preset === undefined ? '' : `@default ${literal(preset)}`
    const isDeprecated = valueAt(schema, 'deprecated') === true
    const doc = comment([text.filter(Boolean).join(' '), tag], { depth: 1, isDeprecated })
    const wire = `Schemas['${name}Input'][${quoted(field)}]`
    return `${doc}  ${propertyName(field)}${isRequired ? '' : '?'}: ${typeOf(schema, wire)}\n`
  })
  return `${docOf(model)}export interface ${name}Input {\n${fields.join('')}}\n`
}

function typeOf(schema: Json, wire: string): string {
  const names = [...mediaIn(schema).keys()]
  if (valueAt(schema, 'x-apikley-media') !== undefined) {
    return valueAt(schema, 'type') === 'array' ? '(string | MediaFile)[]' : 'string | MediaFile'
  }
  return names.length > 0
    ? `import('../files.ts').WithFiles<${wire}, ${names.map(quoted).join(' | ')}>`
    : wire
}

function docOf({ title, description, note, isDeprecated }: Model, depth = 0): string {
  const text = [`${title}.`, description, note].filter(Boolean).join(' ')
  return comment([text, isDeprecated ? '@deprecated Apikley has retired this model.' : ''], {
    depth,
  })
}

/** Each model has its own module, so a bundle contains only the models it imports. */
export function generateDescriptor(model: Model): string {
  const { id, input, title, description, output, note, isDeprecated: deprecated } = model
  const up = '../'.repeat(id.split('/').length + 1)
  const required = requiredOf(input, input)
  const fields: JsonObject = {}
  for (const [name, property] of Object.entries(fieldsOf(input, input))) {
    const media = valueAt(property, 'x-apikley-media')
    // Programs do not use extensions and examples.
    const schema = structuredClone(property)
    removeExtensions(schema)
    for (const inner of schemasIn(schema)) {
      delete inner.examples
    }
    fields[name] = {
      required: required.includes(name),
      ...(media === undefined ? {} : { media }),
      schema,
    }
  }
  const about = { id, title, description, output, ...(note ? { note } : {}), deprecated }
  return `${header}import { defineModel, type ModelDescriptor } from '${up}define-model.ts'
import type { ModelRequest } from '${up}model-types.ts'

const fields = ${literal(fields)} as const

${docOf(model)}export const ${descriptorName(id)}: ModelDescriptor<${quoted(id)}, typeof fields, ModelRequest<${quoted(id)}>['input']> = /* @__PURE__ */ defineModel(${literal(about)}, fields)
`
}

/** The list of all models, without their descriptors. */
export function generateModelList(models: Model[]): string {
  const rows = models.map(({ id, title, output, note, isDeprecated }) => ({
    id,
    title,
    output,
    ...(note ? { note } : {}),
    ...(isDeprecated ? { deprecated: true } : {}),
  }))
  return `${header}import type { ModelSummary } from '../define-model.ts'

/** Every model of the document, by id. */
export const models: readonly ModelSummary[] = ${literal(rows)}
`
}

/**
 * `ideogram/v3-reframe` becomes `v3Reframe`. The vendor is part of the name where the rest alone is
 * not a valid name: `wan/2-6-text-to-video` becomes `wan2_6TextToVideo`.
 */
export function descriptorName(id: string): string {
  const names = [id.split('/').at(-1) ?? id, id].map(camelCase)
  const name = names.find(
    (candidate) =>
      /^[a-z_]/i.test(candidate) && !reservedWords.has(candidate) && !usedNames.has(candidate),
  )
  assertSpec(name !== undefined, `The model ${id} cannot be exported under a name made of its id`)
  return name
}

/** The names that the module of a descriptor uses itself. */
const usedNames = new Set(['fields', 'defineModel', 'ModelDescriptor', 'ModelRequest'])
