import { Validator, type Schema } from '@cfworker/json-schema'
import { isObject, schemasIn, type Json, type JsonObject } from './json.ts'
import type { ModelDocument } from './model-document.ts'

/** A difference from the published documents that holds for every one of them. What holds for one is an overlay. */
export type Rule = { name: string; why: string; apply: (document: ModelDocument) => void }

export const loopbackCallback = 'http://localhost:3000/api/apikley/callback'

/** What reading leaves out, because every document repeats it, or because it is wrong in one of them. */
export const readingRules: { name: string; why: string; applies: (document: JsonObject) => boolean }[] = [
  {
    name: 'foreign-server',
    why: 'All models are on the one server of the frame; some documents name another.',
    applies: ({ servers }) =>
      Array.isArray(servers) && servers.some((server) => isObject(server) && server.url !== 'https://api.apikley.ru'),
  },
  {
    name: 'security-of-the-frame',
    why: 'The key goes in the same way for all; some documents describe that in a way that OpenAPI does not know.',
    applies: ({ components }) => isObject(components) && 'securitySchemes' in components,
  },
  {
    name: 'answers-of-the-frame',
    why: 'The answers of createTask do not depend on the model: they were compared, and those of the frame are taken.',
    applies: () => true,
  },
  {
    name: 'openapi-3.1',
    why: 'Documents of 3.0 are read as 3.1: `example` becomes `examples`, `nullable` a type.',
    applies: ({ openapi }) => typeof openapi === 'string' && openapi.startsWith('3.0'),
  },
]

export const rules: Rule[] = [
  {
    name: 'without-extensions',
    why: 'The extensions of the tool that a document was written with (`x-apidog-…`) mean nothing to anyone else.',
    apply: ({ request }) => {
      for (const schema of schemasIn(request)) for (const key of Object.keys(schema)) if (key.startsWith('x-')) delete schema[key]
    },
  },
  {
    name: 'input-required',
    why: 'The service refuses a task without `input`; most documents forget to say so (api: "This field is required").',
    apply: ({ request }) => {
      const required = Array.isArray(request.required) ? request.required : []
      request.required = ['model', ...required.filter((field) => field !== 'model' && field !== 'input'), 'input']
    },
  },
  {
    name: 'model-without-default',
    why: 'The one allowed model id is not a default that may be left out: `model` is required.',
    apply: ({ request }) => {
      if (isObject(request.properties) && isObject(request.properties.model)) delete request.properties.model.default
    },
  },
  {
    name: 'media-fields',
    why: 'Which fields take the address of a file, of which types and size, is said only in prose and by their names.',
    apply: ({ request }) => {
      const input = isObject(request.properties) ? request.properties.input : undefined
      for (const schema of schemasIn(input))
        if (isObject(schema.properties))
          for (const [name, field] of Object.entries(schema.properties)) if (isObject(field)) markMedia(name, field)
    },
  },
  {
    name: 'loopback-callback',
    why: 'Prism posts to the callback address of whatever it is sent; an example must not lead to a stranger.',
    apply: (document) => {
      const { request, example } = document
      const field = isObject(request.properties) ? request.properties.callBackUrl : undefined
      if (isObject(field)) field.examples = [loopbackCallback]
      if (isObject(example) && 'callBackUrl' in example) document.example = { ...example, callBackUrl: loopbackCallback }
    },
  },
  {
    name: 'fitting-examples',
    why: 'An example that contradicts its own schema would be sent by tests and shown to readers; the schema is what the service is asked to keep.',
    apply: (document) => {
      if (document.example !== undefined && !fits(document.request, document.example)) document.example = undefined
      for (const schema of schemasIn(document.request))
        if (Array.isArray(schema.examples)) {
          const fitting = schema.examples.filter((example) => fits(schema, example))
          if (fitting.length > 0) schema.examples = fitting
          else delete schema.examples
        }
    },
  },
]

function fits(schema: JsonObject, value: Json): boolean {
  // A copy, because the validator marks the schemas that it is given.
  const copy: Schema = JSON.parse(JSON.stringify(schema))
  return new Validator(copy, '2020-12').validate(value).valid
}

/** Names under which models of this family take files; most of them say `format: uri` only for arrays, or not at all. */
const mediaName = /(^|_)urls?$|^image$|^image_input$/

function markMedia(name: string, field: JsonObject): void {
  const item = field.type === 'array' ? field.items : field
  if (!isObject(item) || item.type !== 'string') return
  const description = typeof field.description === 'string' ? field.description.replaceAll(/\s+/g, ' ') : ''
  const types = /Accepted types?: ([\w.+/-]+(?:, [\w.+/-]+)*)/i.exec(description)?.[1]?.split(', ')
  const size = /Max size: ([\d.]+) ?MB/i.exec(description)?.[1]
  if (!types && !size && !mediaName.test(name)) return
  const media: { [key: string]: Json } = {}
  if (types) media.types = types
  // Read as MiB, the larger reading: a limit of ours must never refuse what the service would take.
  if (size) media.maxBytes = Math.round(Number(size) * 2 ** 20)
  field['x-apikley-media'] = media
}
