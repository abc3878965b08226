import { assertSpec, entriesOf, fieldsOf, requiredOf, schemasIn, valueAt } from '../compile/json.ts'
import type { JsonObject } from '../compile/json.ts'
import { removeExtensions } from '../compile/schemas.ts'
import { camelCase, reservedWords, type Model } from './document.ts'
import { comment, header, literal, propertyName, quoted } from './source.ts'

/**
 * The registry: an interface from model id to types. A union of a thousand requests would cost the
 * compiler seconds.
 */
export function generateRegistry(models: Model[]): string {
  const entries = models.map(({ id, name, input, request }) => {
    const media = mediaFields(input).map(quoted).join(' | ') || 'never'
    return `${comment([typeof request.description === 'string' ? request.description : id], 1)}  ${propertyName(id)}: {
    input: components['schemas']['${name}Input']
    request: components['schemas']['${name}Request']
    media: ${media}
  }\n`
  })
  return `${header}import type { components } from './openapi.ts'

/**
 * Every model of the document: its input, its whole request, and the names of the fields that take
 * the address of a file.
 */
export interface Models {
${entries.join('')}}
`
}

/** Each model has its own module, so a bundle contains only the models it imports. */
export function generateDescriptor({ id, input, request }: Model): string {
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
  return `${header}import { defineModel, type ModelDescriptor } from '${up}define-model.ts'

const fields = ${literal(fields)} as const

${comment([typeof request.description === 'string' ? request.description : id])}export const ${descriptorName(id)}: ModelDescriptor<${quoted(id)}, typeof fields> = /* @__PURE__ */ defineModel(${quoted(id)}, fields)
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
const usedNames = new Set(['fields', 'defineModel', 'ModelDescriptor'])

/** The names of the fields that take files. */
function mediaFields(input: JsonObject): string[] {
  const fields = schemasIn(input).flatMap(({ properties }) => entriesOf(properties))
  const media = fields.filter(([, field]) => valueAt(field, 'x-apikley-media') !== undefined)
  return [...new Set(media.map(([name]) => name))]
}
