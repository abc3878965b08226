import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import type { Json, JsonObject } from '../../../spec/compile/json.ts'
import { changesIn } from '../../../spec/generate/generate.ts'
import { readSources } from '../../../spec/sync/sync.ts'
import { syncOptions } from '../documents.ts'
import { repository } from '../../../release/packages.ts'

/** What differs in a document. A field that is undefined is left out. */
type Quirk = Partial<
  Record<
    'input' | 'example' | 'model' | 'request' | 'media' | 'document' | 'operation' | 'answer',
    Record<string, Json | undefined>
  >
> & { required?: string[] }

const url = 'https://files.example.com/source.png'
const text = { type: 'string' }
const fields: JsonObject = {
  prompt: { type: 'string', maxLength: 5000, description: 'What to make', example: 'a cat' },
  image_urls: {
    description: 'Accepted types: image/jpeg, image/png; Max size: 10.0MB',
    type: 'array',
    maxItems: 4,
    items: { type: 'string', format: 'uri' },
    example: [url],
  },
  aspect_ratio: { type: 'string', enum: ['1:1', '16:9'], default: '1:1', example: '1:1' },
  duration: { type: 'string', enum: ['5', '10'], default: '5' },
  seed: { type: 'number', minimum: -1, maximum: 2147483647, default: -1 },
  nsfw_checker: { type: 'boolean', description: 'Checks the result', default: false },
}
const shownInput = { prompt: 'a cat', image_urls: [url], aspect_ratio: '1:1', seed: 7 }
const none = (values: object): Record<string, undefined> =>
  Object.fromEntries(Object.keys(values).map((name) => [name, undefined]))

const callback = { '{$request.body#/callBackUrl}': { post: { responses: {} } } }
const voices = Array.from({ length: 134 }, (_, index) => `Voice ${index}`)
const shot = { Scene: text, duration: { type: 'number' } }
const size = [
  { type: 'string', enum: ['a'] },
  { type: 'object', properties: {} },
]

/** What published documents of this family do. The pipeline reads all of it without an overlay. */
const quirks = (id: string): Record<string, Quirk> => ({
  plain: {},
  'a field was removed and stayed in the example': {
    example: { num_images: '1', old: { deep: [1] } },
  },
  'an example has another type': {
    input: { extend_at: { type: 'number', minimum: 0 } },
    example: { extend_at: '6', seed: 'seven', image_urls: url },
  },
  'an example lacks a required field': {
    required: ['prompt', 'duration'],
    example: { prompt: undefined },
  },
  'an example is a string with comments': {
    media: { example: '{ // the model\n  "model": "x" }' },
  },
  'examples is a map': {
    media: {
      example: undefined,
      examples: { first: { value: { model: id, input: { ...shownInput, old: 1 } } } },
    },
  },
  'keywords of 3.1 are in a 3.0 document': {
    input: {
      style: { type: ['string', 'null'], examples: ['auto', 5] },
      none: { type: 'null' },
    },
  },
  'the document is 3.1 with an example': {
    document: { openapi: '3.1.0', webhooks: {} },
    example: { old: 1 },
  },
  'the document is 3.1 with lists of examples': {
    document: { openapi: '3.1.0' },
    operation: { callbacks: { onResult: callback } },
    input: { prompt: { type: 'string', examples: ['a cat', 5] } },
    media: {
      example: undefined,
      examples: [{ model: id, input: { prompt: 'a cat', old: true } }],
    },
  },
  'a callback has no dollar sign': {
    operation: { callbacks: { onResult: { '{request.body#/callBackUrl}': { post: {} } } } },
  },
  'tags and security are at the top': {
    document: { security: [{ BearerAuth: [] }], tags: [{ name: 'docs/en' }] },
  },
  'the operationId is missing': { operation: { operationId: undefined } },
  'the operationId is that of another document': {
    operation: { operationId: 'qwen2-text-to-image' },
  },
  'callBackUrl is required': { request: { required: ['model', 'callBackUrl', 'input'] } },
  'names have spaces': {
    input: { 'reference_urls ': { type: 'array', items: text }, ' vocalStart': { type: 'number' } },
    example: { ' vocalStart': 1 },
  },
  'values have spaces': {
    input: { ratio: { type: 'string', enum: [' 1:8 ', '8:1'], example: '1:8' } },
  },
  'required lists an incidental field': {
    required: ['upload_method'],
    input: { upload_method: { type: 'string', enum: ['s3', 'oss'] } },
  },
  'required lists a field that does not exist': { required: ['prompt', 'no_such_field'] },
  'a default is outside its enum': {
    input: { soundKey: { type: 'string', enum: ['C', 'D'], default: 'Any' } },
  },
  'a default has another type': { input: { fps: { type: 'integer', default: '24', minimum: 1 } } },
  'an answer has null data': { answer: { code: 500, data: null } },
  'texts are Chinese': {
    operation: { summary: '使用模型生成内容' },
    input: { prompt: { type: 'string', description: '提示词 `{` */ ${x}', example: '一只猫' } },
  },
  'objects nest': {
    input: {
      shots: { type: 'array', items: { type: 'object', properties: shot, required: ['Scene'] } },
      camera: { type: 'object', properties: { zoom: { type: 'number' } } },
    },
    example: { shots: [{ Scene: 'x', old: 1 }, {}], camera: { zoom: '2', pan: 1 } },
  },
  alternatives: {
    input: { size: { oneOf: size }, either: { anyOf: [text, { type: 'array', items: text }] } },
    example: { size: { w: 1 }, either: 5 },
  },
  'an object has no properties': {
    input: { extra: { type: 'object', description: 'Anything' }, any: {} },
    example: { extra: { a: 1 }, any: { b: 2 } },
  },
  'extensions are everywhere': {
    input: { prompt: { type: 'string', 'x-apidog-mock': 1 } },
    request: { 'x-apidog-orders': ['model', 'input'] },
    document: { 'x-apidog': { folder: 'docs' } },
  },
  'a number is an enum': {
    input: {
      stability: { type: 'number', enum: [0, 0.5, 1], default: 0.5 },
      fixed: { type: 'integer', enum: ['4', 8] },
    },
  },
  'an enum is large': {
    input: { voice: { type: 'string', enum: [...voices, 'Voice 0'], default: 'Voice 0' } },
  },
  nullable: {
    input: { mask: { type: 'string', nullable: true, format: 'uri' } },
    example: { mask: null },
  },
  'limits contradict': {
    input: {
      scale: { type: 'number', minimum: 5, maximum: 1, example: 3 },
      short: { type: 'string', minLength: 3, maxLength: 3, example: 'too long' },
    },
  },
  'the input is empty': { input: none(fields), example: none(shownInput), required: [] },
  'the model is a constant': {
    document: { openapi: '3.1.0' },
    model: { enum: undefined, const: id },
  },
  'the title is empty': {
    document: { info: { title: '', version: '1.0.0', contact: { email: 'a@example.com' } } },
  },
  'servers and examples are missing': {
    media: { example: undefined },
    document: { servers: [] },
  },
  'the key is a parameter': {
    operation: { parameters: [{ name: 'Authorization', in: 'header', schema: text }] },
  },
})

function documentOf(id: string, openapi: string, quirk: Quirk): string {
  const { input, example, required = ['prompt'], model, request, media, answer } = quirk
  const codes = [200, 401, 402, 404, 422, 429, 433, 455, 500, 501, 505]
  const callBackUrl = { type: 'string', format: 'uri', example: 'https://your-domain.com/callback' }
  const schema = {
    type: 'object',
    required: ['model'],
    properties: {
      model: { type: 'string', enum: [id], default: id, ...model },
      callBackUrl,
      input: { type: 'object', properties: { ...fields, ...input }, required },
    },
    ...request,
  }
  const sent = { model: id, callBackUrl: callBackUrl.example, input: { ...shownInput, ...example } }
  const response = {
    schema: { $ref: '#/components/schemas/Envelope' },
    example: { code: 200, msg: 'success', data: { taskId: 'task_1' }, ...answer },
  }
  const operation = {
    summary: `Generate with ${id}`,
    operationId: id.replaceAll(/[^a-z0-9]+/g, '-'),
    requestBody: { content: { 'application/json': { schema, example: sent, ...media } } },
    responses: {
      '200': { description: 'Request successful', content: { 'application/json': response } },
      '500': { description: 'request failed', headers: {} },
    },
    ...quirk.operation,
  }
  const envelope = {
    type: 'object',
    properties: {
      code: { type: 'integer', enum: codes },
      msg: { type: 'string', example: 'success' },
      data: { type: 'object', properties: { taskId: text } },
    },
  }
  // OpenAPI does not know the type that the newer documents have.
  const scheme = openapi === '3.0.1' ? { type: 'bearer' } : { type: 'http', scheme: 'bearer' }
  const document = {
    openapi,
    info: { title: `${id} API`, version: '1.0.0', description: 'undefined' },
    servers: [{ url: 'https://api.elsewhere.example' }],
    paths: { '/api/v1/jobs/createTask': { post: operation } },
    components: {
      schemas: { Envelope: envelope, 'response not with recordId': { type: 'object' } },
      securitySchemes: { BearerAuth: scheme },
    },
    ...quirk.document,
  }
  return stringify(document, { lineWidth: 80, aliasDuplicateObjects: false })
}

test('documents with the quirks of their family add to the media table alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'apikley-quirks-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const names: string[] = []
  for (const openapi of ['3.0.0', '3.0.1']) {
    for (const title of Object.keys(quirks(''))) {
      const id = `quirk-${openapi}/${title.replaceAll(/\W+/g, '-')}`.toLowerCase()
      const name = join(folder, `${id.replace('/', '-')}.yaml`)
      await writeFile(name, documentOf(id, openapi, quirks(id)[title] ?? {}))
      names.push(name)
    }
  }
  const lines: string[] = []
  const { outcomes, generated } = await readSources({
    ...syncOptions(repository, names),
    log: (line) => lines.push(line),
  })
  expect(lines.filter((line) => line.includes('failed'))).toEqual([])
  expect(outcomes).toHaveLength(names.length)
  const repaired = generated?.warnings.find(({ message }) => message.includes('num_images'))
  expect(repaired).toMatchObject({ file: expect.stringContaining('upstream'), line: 72 })
  expect(JSON.stringify(generated?.document.paths)).toMatch(/examples-are-missing":{"value"/)
  const changed = await changesIn(repository, generated?.files ?? new Map())
  const bundled = changed.map(({ path }) => path).filter((path) => /(client|react).src/.test(path))
  expect(bundled).toEqual(['packages/client/src/generated/media.ts'])
})
