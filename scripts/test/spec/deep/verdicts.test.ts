import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compile } from '../../../spec/compile/compile.ts'
import { isObject, type JsonObject } from '../../../spec/compile/json.ts'
import { diff } from '../../../spec/diff/diff.ts'
import { fixture } from '../../fixtures.ts'
import { copySpecs } from '../documents.ts'

const root = await copySpecs()
await copyFile(fixture('painter.yaml'), join(root, 'specs/upstream/painter.yaml'))
const { document: base } = await compile(join(root, 'specs'))
await rm(root, { recursive: true })

type Edit = (part: JsonObject) => void
/** The path has a space between its keys. */
type Kind = [bump: string, title: string, path: string, edit: Edit]

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
  (key: string, name = `${key}_renamed`): Edit =>
  (part) => {
    part[name] = part[key] ?? null
    delete part[key]
  }

const schemas = 'components schemas'
const painter = `${schemas} AtelierPainterV25Input`
const model = `${schemas} AtelierPainterV25Request properties model`
const prompt = `${painter} properties prompt`
const strength = `${painter} properties strength`
const frame = `${painter} properties frame`
const colour = `${frame} properties colour`
const image = `${schemas} IdeogramV3ReframeInput properties image_url`
const media = `${image} x-apikley-media`
const urls = `${painter} properties image_urls`
const created = `${schemas} CreatedTask`
const failure = `${schemas} ErrorResponse`
const callback = `${schemas} TaskCallback`
const security = 'components securitySchemes BearerAuth'
const models = `${schemas} CreateTaskRequest discriminator mapping`
const details = `${schemas} TaskDetails properties`
const credit = 'paths /api/v1/chat/credit'
const task = 'paths /api/v1/jobs/recordInfo get'
const create = 'paths /api/v1/jobs/createTask post'
const uploadFile = 'paths /api/file-stream-upload post'
const link = 'paths /api/v1/common/download-url post requestBody'
const linkBody = `${link} content application/json schema`
const base64 =
  'paths /api/file-base64-upload post requestBody content application/json schema properties base64Data'
const types = ['image/jpeg', 'image/png', 'image/webp']
const text = { type: 'string' }
const carver = { 'atelier/carver': '#/components/schemas/AtelierPainterV25Request' }
const parameter = { name: 'another', in: 'query', schema: text }
const body = { content: { 'application/json': { schema: { type: 'object' } } } }
const uploads = [{ url: 'https://api.apikley.ru/file-upload' }]

/** A field as a union of the old schema and another one, or as an `allOf` with it. */
const replace =
  (key: string, change: (old: JsonObject) => JsonObject): Edit =>
  (part) => {
    part[key] = change(isObject(part[key]) ? part[key] : {})
  }
const oneOf =
  (...more: JsonObject[]) =>
  (old: JsonObject): JsonObject => ({ oneOf: [old, ...more] })
const allOf = ({ type = null, description = null, ...old }: JsonObject): JsonObject => ({
  description,
  allOf: [{ type }, old],
})
const allOfShort = (old: JsonObject): JsonObject => ({ allOf: [old, { maxLength: 10 }] })
const deprecate = set({ deprecated: true })
const requiredApart = ({ required = [], ...old }: JsonObject): JsonObject => ({
  allOf: [old, { required }],
})
const integer = { type: 'integer' }
const narrowInOneOf = replace('prompt', (old) => oneOf(integer)({ ...old, maxLength: 10 }))
const size = { type: 'object', required: ['width'], properties: { width: integer } }
const notCalled = { OtherAuth: [] }

const addOperation: Edit = (item) => {
  item.post = { ...(isObject(item.get) ? item.get : {}), operationId: 'another' }
}
const referToInput: Edit = (all) => {
  rename('AtelierPainterV25Input', 'Part')(all)
  all.AtelierPainterV25Input = { allOf: [{ $ref: '#/components/schemas/Part' }] }
}
const renameServer: Edit = (document) => {
  const text = JSON.stringify(document).replaceAll('api.apikley.ru', 'eu.apikley.ru')
  Object.assign(document, JSON.parse(text))
}
const renameComponent: Edit = (document) => {
  const renamed = JSON.stringify(document).replaceAll(/UploadFileName(?=")/g, 'UploadName')
  Object.assign(document, JSON.parse(renamed))
}

const ofRequests: Kind[] = [
  ['major', 'a model is removed', models, remove('atelier/painter-2.5')],
  ['minor', 'a model is added', models, set(carver)],
  ['major', 'a value is removed', colour, set({ enum: ['black'] })],
  ['minor', 'a value is added', colour, set({ enum: ['black', 'white', 'gold'] })],
  ['major', 'a field is renamed', `${painter} properties`, rename('strength')],
  ['major', 'an optional field is removed', `${painter} properties`, remove('strength')],
  ['minor', 'an optional field is added', `${painter} properties`, set({ another: text })],
  ['major', 'a field becomes required', painter, set({ required: ['prompt', 'strength'] })],
  ['minor', 'a field becomes optional', painter, set({ required: [] })],
  ['major', 'a type changes', strength, set({ type: 'boolean' })],
  ['minor', 'a field takes null', prompt, set({ type: ['string', 'null'] })],
  ['major', 'a default is removed', strength, remove('default')],
  ['minor', 'a default changes', strength, set({ default: 0.5 })],
  ['minor', 'a default is added', prompt, set({ default: 'a cat' })],
  ['major', 'a limit is removed', prompt, remove('maxLength')],
  ['major', 'a limit is lower', prompt, set({ maxLength: 49 })],
  ['patch', 'a limit is higher', prompt, set({ maxLength: 51 })],
  ['major', 'a limit is added', image, set({ maxLength: 100 })],
  ['major', 'a pattern is added', prompt, set({ pattern: '^a' })],
  ['major', 'a format is removed', `${painter} properties image_urls items`, remove('format')],
  ['major', 'unknown fields are refused', painter, set({ additionalProperties: false })],
  ['major', 'a file is not taken', image, remove('x-apikley-media')],
  ['minor', 'a file is taken', prompt, set({ 'x-apikley-media': { maxBytes: 1000 } })],
  ['major', 'the type of a file changes', media, set({ types: ['image/tiff'] })],
  ['major', 'the size limit of a file is lower', media, set({ maxBytes: 1 })],
  ['minor', 'a file may have one more type', media, set({ types: [...types, 'image/tiff'] })],
  ['major', 'the size limit of a file is removed', media, remove('maxBytes')],
  ['minor', 'the size limit of a file is higher', media, set({ maxBytes: 2 ** 30 })],
  ['major', 'a field becomes read-only', strength, set({ readOnly: true })],
  ['major', 'a nested field becomes read-only', colour, set({ readOnly: true })],
  ['patch', 'a field becomes write-only', strength, set({ writeOnly: true })],
  ['patch', 'a model is deprecated', `${schemas} AtelierPainterV25Request`, deprecate],
  ['patch', 'a field is deprecated', colour, deprecate],
  ['patch', 'a field becomes an allOf', `${painter} properties`, replace('prompt', allOf)],
  ['patch', 'an object becomes an allOf', `${painter} properties`, replace('frame', allOf)],
  ['patch', 'an input becomes an allOf', schemas, replace('AtelierPainterV25Input', allOf)],
  ['patch', 'a field is in a oneOf alone', `${painter} properties`, replace('prompt', oneOf())],
  ['minor', 'a string may be an integer', prompt, set({ type: ['string', 'integer'] })],
  ['minor', 'a oneOf adds a type', `${painter} properties`, replace('prompt', oneOf(integer))],
  ['minor', 'a oneOf adds a form', `${painter} properties`, replace('frame', oneOf(size))],
  ['minor', 'a oneOf adds an input', schemas, replace('AtelierPainterV25Input', oneOf(size))],
  ['patch', 'required is in an allOf', schemas, replace('AtelierPainterV25Input', requiredApart)],
  ['major', 'a number becomes an integer', strength, set({ type: 'integer' })],
  ['minor', 'items take one more type', urls, replace('items', oneOf(integer))],
  ['major', 'a oneOf has a stricter limit', `${painter} properties`, narrowInOneOf],
  ['minor', 'a nested field becomes optional', `${painter} properties frame`, remove('required')],
  ['major', 'a nested limit is added', colour, set({ maxLength: 4 })],
  ['major', 'fewer items are allowed', urls, set({ maxItems: 1 })],
  ['patch', 'a minimum that allows everything is added', prompt, set({ minLength: 0 })],
  ['major', 'an allOf adds a limit', `${painter} properties`, replace('prompt', allOfShort)],
  ['major', 'a field depends on another', painter, set({ dependentRequired: { frame: ['a'] } })],
  ['patch', 'a field is read-only: false', strength, set({ readOnly: false })],
  ['major', 'a field becomes a constant', prompt, set({ const: 'a cat' })],
  ['patch', 'a single value becomes a constant', model, set({ const: 'atelier/painter-2.5' })],
  ['major', 'the first items have types', urls, set({ prefixItems: [integer] })],
  ['patch', 'the types of a file change order', media, set({ types: types.toReversed() })],
  ['patch', 'prose changes', prompt, set({ description: 'Words.' })],
  ['patch', 'an input becomes a reference', schemas, referToInput],
]

const ofOperations: Kind[] = [
  ['major', 'an operation is removed', credit, remove('get')],
  ['major', 'an operation is renamed', `${credit} get`, set({ operationId: 'another' })],
  ['minor', 'an operation is added', credit, addOperation],
  ['major', 'a URL changes', 'paths', rename('/api/v1/chat/credit')],
  ['minor', 'the server changes', credit, set({ servers: uploads })],
  ['major', 'a media type changes', `${link} content`, rename('application/json', 'text/json')],
  ['major', 'an operation takes a parameter', `${credit} get`, set({ parameters: [parameter] })],
  ['minor', 'an operation takes one more parameter', `${task} parameters`, set({ 1: parameter })],
  ['major', 'a parameter is renamed', `${task} parameters 0`, set({ name: 'another' })],
  ['major', 'a parameter becomes optional', `${task} parameters 0`, remove('required')],
  ['major', 'an operation without a body takes one', task, set({ requestBody: body })],
  ['minor', 'a body becomes optional', link, remove('required')],
  ['minor', 'a field of a body becomes optional', linkBody, remove('required')],
  ['major', 'a field of a body is removed', `${linkBody} properties`, remove('url')],
  ['patch', 'a limit of a body is removed', base64, remove('minLength')],
  ['major', 'a limit of a body is added', base64, set({ maxLength: 10 })],
  ['minor', 'a default of a body changes', `${linkBody} properties url`, set({ default: 'a' })],
  ['major', 'a field of a body becomes a constant', base64, set({ const: 'a' })],
  ['patch', 'an error response is removed', `${task} responses`, remove('404')],
  ['major', 'a charged operation is retried', create, set({ 'x-apikley-resend': 'safe' })],
  ['major', 'an operation is retried no more', uploadFile, set({ 'x-apikley-resend': 'never' })],
  ['patch', 'an operation is deprecated', task, deprecate],
  ['patch', 'a parameter is deprecated', `${task} parameters 0`, deprecate],
  ['major', 'an operation needs other authentication', task, set({ security: [notCalled] })],
  ['minor', 'an operation needs no authentication', task, set({ security: [] })],
  ['minor', 'the server of the API changes', '', renameServer],
  ['patch', 'the summary changes', task, set({ summary: 'Another' })],
  ['major', 'the security scheme changes', security, set({ scheme: 'basic' })],
]

const ofResponses: Kind[] = [
  ['major', 'a field is renamed', details, rename('param')],
  ['major', 'a field is removed', details, remove('param')],
  ['minor', 'a field is added', details, set({ another: text })],
  ['major', 'a field may be missing', created, set({ required: [] })],
  ['minor', 'a field is always there', created, set({ required: ['taskId', 'recordId'] })],
  ['major', 'a type changes', `${details} taskId`, set({ type: 'boolean' })],
  ['major', 'the data may be null', `${schemas} DownloadLink`, set({ type: ['string', 'null'] })],
  ['major', 'a field becomes write-only', `${details} param`, set({ writeOnly: true })],
  ['patch', 'a field becomes read-only', `${details} param`, set({ readOnly: true })],
  ['patch', 'a field is write-only: false', `${details} param`, set({ writeOnly: false })],
  ['minor', 'a field becomes a constant', `${details} param`, set({ const: 'a' })],
  ['patch', 'a field is deprecated', `${details} param`, deprecate],
  ['patch', 'a format is lost', `${schemas} DownloadLink`, remove('format')],
  ['patch', 'a schema becomes an allOf', schemas, replace('TaskDetails', allOf)],
  ['major', 'a oneOf adds a type', details, replace('taskId', oneOf(integer))],
  ['patch', 'required is in an allOf', schemas, replace('CreatedTask', requiredApart)],
  ['major', 'an integer may be a fraction', `${details} createTime`, set({ type: 'number' })],
  ['major', 'a limit is removed', `${details} taskId`, remove('minLength')],
  ['patch', 'a limit is added', `${details} taskId`, set({ maxLength: 100 })],
  ['minor', 'a known value is removed', `${details} state`, set({ 'x-extensible-enum': ['fail'] })],
  ['major', 'the code of an error is removed', `${failure} properties`, remove('code')],
  ['major', 'a field of a callback is removed', `${callback} properties`, remove('code')],
  ['minor', 'a component is renamed', '', renameComponent],
]

const kinds = Object.entries({
  request: ofRequests,
  operation: ofOperations,
  response: ofResponses,
})

function partAt(document: JsonObject, path: string): JsonObject {
  const part = path
    .split(' ')
    .filter(Boolean)
    .reduce<unknown>((here, key) => Object(here)[key], document)
  return Object(part)
}

test.concurrent.each(
  kinds.flatMap(([subject, rows]) => rows.map((row) => [subject, ...row] as const)),
)('of a %s: %s: %s', async (_, bump, _title, path, edit) => {
  const revision = structuredClone(base)
  edit(partAt(revision, path))
  expect(revision).not.toEqual(base)
  expect((await diff(base, revision)).bump).toBe(bump)
})
