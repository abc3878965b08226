import { fieldsOf, isObject, schemasIn, type Json, type JsonObject } from '../compile/json.ts'
import { camelCase, requiredOf, reservedWords, type Model } from './document.ts'
import { comment, header, literal, propertyName, quoted } from './source.ts'

/**
 * The registry: an interface from model id to types, because a union of a thousand requests costs
 * the compiler seconds.
 */
export function generateRegistry(models: Model[]): string {
  const entries = models.map(({ id, name, input, request }) => {
    const media = [...new Set([...mediaFields(input)])].map(quoted).join(' | ') || 'never'
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

/** A module for each model, so that a program carries only those it imports. */
export function generateDescriptor({ id, input, request }: Model): string {
  const up = '../'.repeat(id.split('/').length + 1)
  const required = requiredOf(input, input)
  const fields: JsonObject = {}
  for (const [name, property] of Object.entries(fieldsOf(input, input))) {
    const { 'x-apikley-media': media, ...schema } = isObject(property) ? property : {}
    fields[name] = {
      required: required.includes(name),
      ...(media === undefined ? {} : { media }),
      schema: withoutExtensions(schema),
    }
  }
  return `${header}import { defineModel, type ModelDescriptor } from '${up}define-model.ts'

const fields = ${literal(fields)} as const

${comment([typeof request.description === 'string' ? request.description : id])}export const ${descriptorName(id)}: ModelDescriptor<${quoted(id)}, typeof fields> = /* @__PURE__ */ defineModel(${quoted(id)}, fields)
`
}

/**
 * `ideogram/v3-reframe` -> `v3Reframe`; a name that cannot be had takes its vendor along, or at
 * last `model`.
 */
export function descriptorName(id: string): string {
  const last = id.split('/').at(-1) ?? id
  const names = [last, id, `model-${id}`].map(camelCase)
  return (
    names.find(
      (name) => /^[a-z_]/i.test(name) && !reservedWords.has(name) && !usedHere.has(name),
    ) ?? camelCase(`model-${id}`)
  )
}

/** The names that the module of a descriptor uses itself. */
const usedHere = new Set(['fields', 'defineModel', 'ModelDescriptor'])

function* mediaFields(input: JsonObject): Generator<string> {
  for (const schema of schemasIn(input)) {
    if (isObject(schema.properties)) {
      for (const [name, field] of Object.entries(schema.properties)) {
        if (isObject(field) && 'x-apikley-media' in field) {
          yield name
        }
      }
    }
  }
}

/** A schema without extensions and examples, which a program has no use for. */
function withoutExtensions(value: Json): Json {
  if (Array.isArray(value)) {
    return value.map(withoutExtensions)
  }
  if (!isObject(value)) {
    return value
  }
  const kept = Object.entries(value).filter(([key]) => !key.startsWith('x-') && key !== 'examples')
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutExtensions(inner)]))
}
