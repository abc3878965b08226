import { isDeepStrictEqual } from 'node:util'
import { repairFieldExamples } from './examples.ts'
import { entriesOf, fieldsOf, isObject, listOf, schemasIn, stringsIn } from './json.ts'
import { valueAt, type Json, type JsonObject } from './json.ts'
import type { ModelDocument } from './model-document.ts'
import { operationSchemas } from './operation-document.ts'
import type { OperationDocument } from './operation-document.ts'
import { schemasOf, type Published } from './published.ts'
import { isValidExample, removeExtensions } from './schemas.ts'

/**
 * A difference from the published documents that holds for all of one kind. A difference from a
 * single document is an overlay.
 */
export type Rule<Document> = { name: string; why: string; apply: (document: Document) => void }

export const loopbackCallback = 'http://localhost:3000/api/apikley/callback'

const modelRules: Rule<ModelDocument>[] = [
  {
    name: 'input-required',
    why: 'The service refuses a task without `input`; most documents do not say so (api: "This field is required").',
    apply: ({ request }) => {
      const others = stringsIn(request.required).filter(
        (field) => field !== 'model' && field !== 'input',
      )
      request.required = ['model', ...others, 'input']
    },
  },
  {
    name: 'model-without-default',
    why: '`model` is required, so its one allowed value is not a default.',
    apply: ({ request }) => {
      const model = valueAt(request.properties, 'model')
      if (isObject(model)) {
        delete model.default
      }
    },
  },
  {
    name: 'titles',
    why: 'Most summaries repeat the model id in a sentence that is the same for all models.',
    apply: (document) => {
      if (!document.title || document.title.includes(document.subject)) {
        const words = document.subject.split(/[^a-zA-Z0-9.]+/)
        document.title = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ')
      }
    },
  },
  {
    name: 'outputs',
    why: 'No document says what a model makes, but its id does. An overlay corrects an exception.',
    apply: ({ request, subject }) => {
      const [, output] = OUTPUTS.find(([id]) => id.test(subject)) ?? [undefined, 'image']
      request['x-apikley-output'] = output
    },
  },
  {
    name: 'without-placeholders',
    why: 'Some descriptions are what the form of the author suggested.',
    apply: toEachSchema((schema) => {
      if (/^\s*select description\.?\s*$/i.test(String(schema.description))) {
        delete schema.description
      }
    }),
  },
  {
    name: 'possible-types',
    why: 'A field whose only type is null could hold nothing, so its type is unknown.',
    apply: toEachSchema(({ properties }) => {
      for (const [, field] of entriesOf(properties)) {
        if (isObject(field) && field.type === 'null') {
          delete field.type
        }
      }
    }),
  },
  {
    name: 'media-fields',
    why: 'Only prose and names say which fields take the URL of a file, and of which types and size.',
    apply: ({ request }) => {
      for (const { properties } of schemasIn(valueAt(request.properties, 'input'))) {
        for (const [name, field] of entriesOf(properties)) {
          markMedia(name, field)
        }
      }
    },
  },
  {
    name: 'loopback-callback',
    why: 'Prism posts to the callback URL of a request. An example must not name a foreign host.',
    apply: (document) => {
      const field = valueAt(document.request.properties, 'callBackUrl')
      if (isObject(field)) {
        field.examples = [loopbackCallback]
      }
      if (isObject(document.example) && 'callBackUrl' in document.example) {
        document.example = { ...document.example, callBackUrl: loopbackCallback }
      }
    },
  },
]

/** The first match decides. */
const OUTPUTS: [id: RegExp, output: string][] = [
  [/to-text$/, 'text'],
  [/video|animate|avatar|^sora/, 'video'],
  [/speech|sound|audio|music|dialogue/, 'audio'],
]

/** What a description says about files. `x-apikley-media` holds it. */
const MEDIA_PROSE =
  /\s*\([^()]*(not file content|Accepted types?:|Max size:)[^()]*\)|\s*Accepted types?: [\w.+/-]+(, [\w.+/-]+)*\.?|\s*Max size: [\d.]+ ?MB\.?/gi

/** Names of fields that take files. Most documents say `format: uri` only for lists, or never. */
const MEDIA_NAME = /(^|_)urls?$|^image$|^image_input$/

function markMedia(name: string, field: Json): void {
  const item = valueAt(field, 'type') === 'array' ? valueAt(field, 'items') : field
  if (!isObject(field) || valueAt(item, 'type') !== 'string') {
    return
  }
  const description =
    typeof field.description === 'string' ? field.description.replaceAll(/\s+/g, ' ') : ''
  const types = /Accepted types?: ([\w+-]+\/[\w.+-]*\w(?:, [\w+-]+\/[\w.+-]*\w)*)/i.exec(
    description,
  )?.[1]
  const megabytes = /Max size: ([\d.]+) ?MB/i.exec(description)?.[1]
  if (!types && !megabytes && !MEDIA_NAME.test(name)) {
    return
  }
  const text = description.replaceAll(MEDIA_PROSE, '').trim()
  if (text && text !== description) {
    field.description = text
  }
  field['x-apikley-media'] = {
    ...(types ? { types: types.split(', ') } : {}),
    // MB is read as MiB: a limit here must not refuse a file that the service takes.
    ...(megabytes ? { maxBytes: Math.round(Number(megabytes) * 2 ** 20) } : {}),
  }
}

const operationRules: Rule<OperationDocument>[] = [
  {
    name: 'files-are-binary',
    why: 'A file in a form is `format: binary`; the upgrade to 3.1 turns it into a media type without a type.',
    apply: (document) => {
      for (const schema of operationSchemas(document).flatMap(schemasIn)) {
        if (schema.contentMediaType === 'application/octet-stream') {
          delete schema.contentMediaType
          Object.assign(schema, { type: 'string', format: 'binary' })
        }
      }
    },
  },
  {
    name: 'open-answers',
    why: 'The service may send values that no document lists yet, so an enum in a response lists the known ones and forbids none.',
    apply: ({ response }) => {
      for (const schema of Object.values(response.fields).flatMap(schemasIn)) {
        if (Array.isArray(schema.enum)) {
          schema['x-extensible-enum'] = schema.enum
          delete schema.enum
        }
      }
    },
  },
]

/** Applies a change to all schemas of a document. */
function toEachSchema(change: (schema: JsonObject) => void): Rule<Published>['apply'] {
  return (document) => schemasOf(document).flatMap(schemasIn).forEach(change)
}

/** The rules for both kinds, before and after their own. */
const firstRule: Rule<Published> = {
  name: 'without-extensions',
  why: 'Extensions such as `x-apidog-…` have a meaning only for the tool that wrote the document.',
  apply: (document) => schemasOf(document).forEach(removeExtensions),
}

const lastRules: Rule<Published>[] = [
  {
    name: 'required-fields-exist',
    why: 'A field that is required and not declared has no type, so no request could contain it.',
    apply: toEachSchema((schema) => {
      const fields = fieldsOf({}, schema)
      const isClosed = isObject(schema.properties) && Array.isArray(schema.required)
      if (isClosed && !schema.oneOf && !schema.anyOf) {
        schema.required = stringsIn(schema.required).filter((name) => name in fields)
      }
    }),
  },
  {
    name: 'types-of-enums',
    why: 'The values of an enum are what the service accepts, so its type follows from them.',
    apply: toEachSchema((schema) => {
      const values = listOf(schema.enum)
      const declared: JsonObject = schema.type === undefined ? {} : { type: schema.type }
      if (!values.every((value) => isValidExample(declared, value))) {
        schema.type = [...new Set(values.map(typeOf))]
      }
      if (values.length > 0) {
        schema.enum = [...new Set(values)]
      }
    }),
  },
  {
    name: 'possible-limits',
    why: 'No value satisfies a minimum above the maximum, so both are removed.',
    apply: toEachSchema((schema) => {
      for (const [low, high] of LIMITS) {
        if (Number(schema[low]) > Number(schema[high])) {
          delete schema[low]
          delete schema[high]
        }
      }
    }),
  },
  {
    name: 'fitting-examples',
    why: 'Tests would send an example that contradicts its schema, and readers would see it.',
    apply: (document) => schemasOf(document).forEach(repairFieldExamples),
  },
]

const LIMITS: [low: string, high: string][] = [
  ['minimum', 'maximum'],
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
]

/** The type of a value, as a schema names it. */
function typeOf(value: Json): string {
  const type = value === null ? 'null' : typeof value
  return type === 'object' && Array.isArray(value) ? 'array' : type
}

/** Applies the rules to a document, and returns those that changed it. */
export function applyRules(document: Published): { name: string; why: string }[] {
  const applied = <Kind extends Published>(own: Rule<Kind>[], each: Kind): Rule<Kind>[] =>
    [firstRule, ...own, ...lastRules].filter(({ apply }) => {
      const before = structuredClone(each)
      apply(each)
      return !isDeepStrictEqual(before, each)
    })
  return document.kind === 'model'
    ? applied(modelRules, document)
    : applied(operationRules, document)
}
