import { dropExtensions, dropUnfitting, fits } from './examples.ts'
import { isObject, schemasIn, type Json, type JsonObject } from './json.ts'
import type { ModelDocument } from './model-document.ts'
import type { Rule } from './rules.ts'

export const loopbackCallback = 'http://localhost:3000/api/apikley/callback'

/** What holds for every model document. */
export const modelRules: Rule<ModelDocument>[] = [
  {
    name: 'without-extensions',
    why: 'The extensions of the tool that a document was written with (`x-apidog-…`) mean nothing to anyone else.',
    apply: ({ request }) => dropExtensions(request),
  },
  {
    name: 'input-required',
    why: 'The service refuses a task without `input`; most documents forget to say so (api: "This field is required").',
    apply: ({ request }) => {
      const required = Array.isArray(request.required) ? request.required : []
      request.required = [
        'model',
        ...required.filter((field) => field !== 'model' && field !== 'input'),
        'input',
      ]
    },
  },
  {
    name: 'model-without-default',
    why: 'The one allowed model id is not a default that may be left out: `model` is required.',
    apply: ({ request }) => {
      if (isObject(request.properties) && isObject(request.properties.model)) {
        delete request.properties.model.default
      }
    },
  },
  {
    name: 'media-fields',
    why: 'Which fields take the address of a file, of which types and size, is said only in prose and by their names.',
    apply: ({ request }) => {
      const input = isObject(request.properties) ? request.properties.input : undefined
      for (const schema of schemasIn(input)) {
        if (isObject(schema.properties)) {
          for (const [name, field] of Object.entries(schema.properties)) {
            if (isObject(field)) {
              markMedia(name, field)
            }
          }
        }
      }
    },
  },
  {
    name: 'loopback-callback',
    why: 'Prism posts to the callback address of whatever it is sent; an example must not lead to a stranger.',
    apply: (document) => {
      const { request, example } = document
      const field = isObject(request.properties) ? request.properties.callBackUrl : undefined
      if (isObject(field)) {
        field.examples = [loopbackCallback]
      }
      if (isObject(example) && 'callBackUrl' in example) {
        document.example = { ...example, callBackUrl: loopbackCallback }
      }
    },
  },
  {
    name: 'fitting-examples',
    why: 'An example that contradicts its own schema would be sent by tests and shown to readers; the schema is what the service is asked to keep.',
    apply: (document) => {
      if (document.example !== undefined && !fits(document.request, document.example)) {
        document.example = undefined
      }
      dropUnfitting(document.request)
    },
  },
]

/**
 * Names under which models of this family take files; most of them say `format: uri` only for
 * arrays, or not at all.
 */
const mediaName = /(^|_)urls?$|^image$|^image_input$/

function markMedia(name: string, field: JsonObject): void {
  const item = field.type === 'array' ? field.items : field
  if (!isObject(item) || item.type !== 'string') {
    return
  }
  const description =
    typeof field.description === 'string' ? field.description.replaceAll(/\s+/g, ' ') : ''
  const types = /Accepted types?: ([\w.+/-]+(?:, [\w.+/-]+)*)/i.exec(description)?.[1]?.split(', ')
  const size = /Max size: ([\d.]+) ?MB/i.exec(description)?.[1]
  if (!types && !size && !mediaName.test(name)) {
    return
  }
  const media: { [key: string]: Json } = {}
  if (types) {
    media.types = types
  }
  // Read as MiB, the larger reading: a limit of ours must never refuse what the service would take.
  if (size) {
    media.maxBytes = Math.round(Number(size) * 2 ** 20)
  }
  field['x-apikley-media'] = media
}
