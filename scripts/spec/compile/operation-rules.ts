import { dropExtensions, dropUnfitting, fits } from './examples.ts'
import { isObject, schemasIn, type Json, type JsonObject } from './json.ts'
import {
  mediaOf,
  operationSchemas,
  parametersOf,
  type OperationDocument,
} from './operation-document.ts'
import type { Rule } from './rules.ts'

/** What holds for every document of an operation other than createTask. */
export const operationRules: Rule<OperationDocument>[] = [
  {
    name: 'without-extensions',
    why: 'The extensions of the tool that a document was written with (`x-apidog-…`) mean nothing to anyone else.',
    apply: (document) => operationSchemas(document).forEach(dropExtensions),
  },
  {
    name: 'files-are-binary',
    why: '`format: binary` is what a file in a form is called; read as 3.1 it becomes a media type without a type.',
    apply: (document) => {
      for (const root of operationSchemas(document)) {
        for (const schema of schemasIn(root)) {
          if (schema.contentMediaType === 'application/octet-stream') {
            delete schema.contentMediaType
            Object.assign(schema, { type: 'string', format: 'binary' })
          }
        }
      }
    },
  },
  {
    name: 'open-answers',
    why: 'The service may send values that no document lists yet; an enum in an answer tells the known ones and forbids none.',
    apply: ({ answer }) => {
      for (const root of [answer.data, ...Object.values(answer.fields)]) {
        for (const schema of schemasIn(root)) {
          if (Array.isArray(schema.enum)) {
            schema['x-extensible-enum'] = schema.enum
            delete schema.enum
          }
        }
      }
    },
  },
  {
    name: 'declared-fields',
    why: 'Examples show fields that no schema declares, and call `msg` by the name `message`; what is declared is what programs may rely on.',
    apply: (document) => {
      for (const example of Object.values(document.answer.examples)) {
        if (isObject(example) && isObject(example.value)) {
          const { message, ...value } = example.value
          example.value = declared(
            envelopeOf(document),
            message === undefined ? value : { msg: message, ...value },
          )
        }
      }
    },
  },
  {
    name: 'fitting-examples',
    why: 'An example that contradicts its own schema would be sent by tests and shown to readers.',
    apply: (document) => {
      operationSchemas(document).forEach(dropUnfitting)
      for (const holder of [...mediaOf(document), ...parametersOf(document)]) {
        if (isObject(holder.examples) && isObject(holder.schema)) {
          holder.examples = fitting(holder.examples, holder.schema)
          if (Object.keys(holder.examples).length === 0) {
            delete holder.examples
          }
        }
      }
      document.answer.examples = fitting(document.answer.examples, envelopeOf(document))
    },
  },
]

function fitting(examples: JsonObject, schema: JsonObject): JsonObject {
  const kept = Object.entries(examples).filter(
    ([, example]) =>
      isObject(example) && example.value !== undefined && fits(schema, example.value),
  )
  return Object.fromEntries(kept)
}

/** A value without the fields that its schema does not know. */
function declared(schema: Json | undefined, value: Json): Json {
  if (Array.isArray(value)) {
    return value.map((item) => declared(isObject(schema) ? schema.items : undefined, item))
  }
  const properties = isObject(schema) ? schema.properties : undefined
  if (!isObject(value) || !isObject(properties)) {
    return value
  }
  const known = Object.entries(value).filter(([name]) => Object.hasOwn(properties, name))
  return Object.fromEntries(known.map(([name, inner]) => [name, declared(properties[name], inner)]))
}

const envelopeOf = ({ answer }: OperationDocument): JsonObject => ({
  type: 'object',
  required: ['code', ...(answer.data ? ['data'] : [])],
  properties: {
    code: { const: 200 },
    msg: { type: 'string' },
    ...answer.fields,
    ...(answer.data ? { data: answer.data } : {}),
  },
})
