import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compile } from '../../../spec/compile/compile.ts'
import {
  isObject,
  objectAt,
  valueAt,
  type Json,
  type JsonObject,
} from '../../../spec/compile/json.ts'
import { diff } from '../../../spec/diff/diff.ts'
import { fixture } from '../../fixtures.ts'
import { copySpecs } from '../documents.ts'

const root = await copySpecs()
await copyFile(fixture('painter.yaml'), join(root, 'specs/upstream/painter.yaml'))
const { document: base } = await compile(join(root, 'specs'))
await rm(root, { recursive: true })

type Edit = (part: JsonObject) => void
type Kind = [bump: string, title: string, path: string[], edit: Edit]

const remove =
  (...keys: string[]): Edit =>
  (part) => {
    for (const key of keys) {
      delete part[key]
    }
  }

const set =
  (values: JsonObject): Edit =>
  (part) =>
    void Object.assign(part, values)

const rename =
  (key: string): Edit =>
  (part) => {
    part[`${key}_renamed`] = part[key] ?? null
    delete part[key]
  }

const schema = (...keys: string[]): string[] => ['components', 'schemas', ...keys]
const painter = (...keys: string[]): string[] => schema('AtelierPainter2_5Input', ...keys)
const reframe = (...keys: string[]): string[] => schema('IdeogramV3ReframeInput', ...keys)
const details = (...keys: string[]): string[] => schema('TaskDetails', ...keys)
const models = ['components', 'schemas', 'CreateTaskRequest', 'discriminator', 'mapping']
const credit = ['paths', '/api/v1/chat/credit']
const task = ['paths', '/api/v1/jobs/recordInfo', 'get']
const link = ['paths', '/api/v1/common/download-url', 'post']
const upload = ['paths', '/api/file-base64-upload', 'post']
const bodyOf = (operation: string[]): string[] => [
  ...operation,
  ...['requestBody', 'content', 'application/json', 'schema'],
]
const text = { type: 'string' }
const file = { types: ['image/png'], maxBytes: 1000 }

const ofRequests: Kind[] = [
  ['major', 'a model is removed', models, remove('atelier/painter-2.5')],
  [
    'minor',
    'a model is added',
    models,
    set({ 'atelier/carver': '#/components/schemas/AtelierPainter2_5Request' }),
  ],
  ['major', 'a value is removed', reframe('properties', 'image_size'), set({ enum: ['square'] })],
  [
    'minor',
    'a value is added',
    painter('properties', 'frame', 'properties', 'colour'),
    set({ enum: ['black', 'white', 'gold'] }),
  ],
  ['major', 'a field is renamed', painter('properties'), rename('strength')],
  ['major', 'an optional field is removed', painter('properties'), remove('strength')],
  ['minor', 'an optional field is added', painter('properties'), set({ another: text })],
  ['major', 'a field becomes required', painter(), set({ required: ['prompt', 'strength'] })],
  ['minor', 'a field becomes optional', painter(), set({ required: [] })],
  ['major', 'a type changes', painter('properties', 'strength'), set({ type: 'boolean' })],
  [
    'minor',
    'a field takes null',
    painter('properties', 'prompt'),
    set({ type: ['string', 'null'] }),
  ],
  ['major', 'a default is removed', painter('properties', 'strength'), remove('default')],
  ['minor', 'a default changes', painter('properties', 'strength'), set({ default: 0.5 })],
  ['minor', 'a default is added', painter('properties', 'prompt'), set({ default: 'a cat' })],
  ['major', 'a limit is removed', painter('properties', 'prompt'), remove('maxLength')],
  ['major', 'a limit is lower', painter('properties', 'prompt'), set({ maxLength: 49 })],
  ['patch', 'a limit is higher', painter('properties', 'prompt'), set({ maxLength: 51 })],
  ['major', 'a limit is added', reframe('properties', 'image_url'), set({ maxLength: 100 })],
  ['major', 'a pattern is added', painter('properties', 'prompt'), set({ pattern: '^a' })],
  ['major', 'a format is removed', painter('properties', 'image_urls', 'items'), remove('format')],
  ['major', 'unknown fields are refused', painter(), set({ additionalProperties: false })],
  ['major', 'a file is not taken', reframe('properties', 'image_url'), remove('x-apikley-media')],
  ['minor', 'a file is taken', painter('properties', 'prompt'), set({ 'x-apikley-media': file })],
  [
    'major',
    'the type of a file changes',
    reframe('properties', 'image_url', 'x-apikley-media'),
    set({ types: ['image/tiff'] }),
  ],
  [
    'major',
    'the size limit of a file is lower',
    reframe('properties', 'image_url', 'x-apikley-media'),
    set({ maxBytes: 1 }),
  ],
  [
    'minor',
    'the size limit of a file is higher',
    reframe('properties', 'image_url', 'x-apikley-media'),
    set({ maxBytes: 2 ** 30 }),
  ],
  ['patch', 'prose changes', painter('properties', 'prompt'), set({ description: 'Words.' })],
  [
    'patch',
    'an input is put into allOf',
    painter(),
    (input) => {
      const copy = structuredClone(input)
      remove(...Object.keys(input))(input)
      input.allOf = [copy]
    },
  ],
]

const ofOperations: Kind[] = [
  ['major', 'an operation is removed', credit, remove('get')],
  ['major', 'an operation is renamed', [...credit, 'get'], set({ operationId: 'another' })],
  [
    'minor',
    'an operation is added',
    credit,
    (item) => {
      item.post = { ...structuredClone(objectAt(item, ['get'], '')), operationId: 'another' }
    },
  ],
  ['major', 'a URL changes', ['paths'], rename('/api/v1/chat/credit')],
  [
    'minor',
    'the server changes',
    credit,
    set({ servers: [{ url: 'https://api.apikley.ru/file-upload' }] }),
  ],
  [
    'major',
    'the media type of a body changes',
    [...link, 'requestBody', 'content'],
    (content) => {
      content['multipart/form-data'] = content['application/json'] ?? null
      delete content['application/json']
    },
  ],
  [
    'major',
    'an operation without parameters takes one',
    [...credit, 'get'],
    set({ parameters: [{ name: 'another', in: 'query', schema: text }] }),
  ],
  [
    'minor',
    'an operation with parameters takes one more',
    task,
    ({ parameters }) =>
      Array.isArray(parameters) && parameters.push({ name: 'another', in: 'query', schema: text }),
  ],
  ['major', 'a parameter is renamed', [...task, 'parameters', '0'], set({ name: 'another' })],
  ['major', 'a parameter becomes optional', [...task, 'parameters', '0'], remove('required')],
  [
    'major',
    'an operation without a body takes one',
    task,
    set({ requestBody: { content: { 'application/json': { schema: { type: 'object' } } } } }),
  ],
  ['minor', 'a body becomes optional', [...link, 'requestBody'], remove('required')],
  ['minor', 'a field of a body becomes optional', bodyOf(link), remove('required')],
  ['major', 'a field of a body is removed', [...bodyOf(link), 'properties'], remove('url')],
  [
    'patch',
    'a limit of a body is removed',
    [...bodyOf(upload), 'properties', 'base64Data'],
    remove('minLength'),
  ],
  [
    'major',
    'a limit of a body is added',
    [...bodyOf(upload), 'properties', 'base64Data'],
    set({ maxLength: 10 }),
  ],
  [
    'minor',
    'a default of a body changes',
    [...bodyOf(link), 'properties', 'url'],
    set({ default: 'https://files.example.com/a.png' }),
  ],
  ['patch', 'an error response is removed', [...task, 'responses'], remove('404')],
  ['patch', 'the summary changes', task, set({ summary: 'Another' })],
  [
    'major',
    'the security scheme changes',
    ['components', 'securitySchemes', 'BearerAuth'],
    set({ scheme: 'basic' }),
  ],
]

const ofResponses: Kind[] = [
  ['major', 'a field is renamed', details('properties'), rename('param')],
  ['major', 'a field is removed', details('properties'), remove('param')],
  ['minor', 'a field is added', details('properties'), set({ another: text })],
  ['major', 'a field may be missing', schema('CreatedTask'), set({ required: [] })],
  [
    'minor',
    'a field is always there',
    schema('CreatedTask'),
    set({ required: ['taskId', 'recordId'] }),
  ],
  ['major', 'a type changes', details('properties', 'taskId'), set({ type: 'boolean' })],
  ['major', 'the data may be null', schema('DownloadLink'), set({ type: ['string', 'null'] })],
  ['major', 'a limit is removed', details('properties', 'taskId'), remove('minLength')],
  ['patch', 'a limit is added', details('properties', 'taskId'), set({ maxLength: 100 })],
  [
    'minor',
    'a known value is removed',
    details('properties', 'state'),
    set({ 'x-extensible-enum': ['waiting', 'success', 'fail'] }),
  ],
  [
    'major',
    'the code of an error is removed',
    schema('ErrorResponse', 'properties'),
    remove('code'),
  ],
  [
    'major',
    'a field of a callback is removed',
    schema('TaskCallback', 'properties'),
    remove('code'),
  ],
  [
    'minor',
    'a component is renamed',
    [],
    (document) => {
      const renamed = JSON.stringify(document).replaceAll(/UploadFileName(?=")/g, 'UploadName')
      Object.assign(document, JSON.parse(renamed))
    },
  ],
]

const kinds = [
  ...ofRequests.map((kind) => ['of a request', ...kind] as const),
  ...ofOperations.map((kind) => ['of an operation', ...kind] as const),
  ...ofResponses.map((kind) => ['of a response', ...kind] as const),
]

/** The object at `keys`, which may lead through lists. */
function partAt(document: JsonObject, keys: string[]): JsonObject {
  let part: Json | undefined = document
  for (const key of keys) {
    part = Array.isArray(part) ? part[Number(key)] : valueAt(part, key)
  }
  if (!isObject(part)) {
    throw new Error(`${keys.join(' > ')} is not an object`)
  }
  return part
}

test.concurrent.each(kinds)('%s: %s: %s', async (_, bump, _title, path, edit) => {
  const revision = structuredClone(base)
  edit(partAt(revision, path))
  expect(revision).not.toEqual(base)
  expect((await diff(base, revision)).bump).toBe(bump)
})
