import { stringify } from 'yaml'
import type { Json, JsonObject } from '../../spec/compile/json.ts'

/** A published document, with the reason if a sync has to refuse it. */
export type Sample = { name: string; text: string; refused?: RegExp }

type Draft = {
  id: string
  input: JsonObject
  required: string[]
  model: JsonObject
  example: JsonObject
  request: JsonObject
  media: Record<string, Json | undefined>
  document: JsonObject
  operation: JsonObject
  answer: JsonObject
}

const url = 'https://files.example.com/source.png'
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

function draft(id: string, is301: boolean): Draft {
  const input = structuredClone(fields)
  return {
    id,
    input,
    required: ['prompt'],
    model: { type: 'string', enum: [id], default: id },
    example: { prompt: 'a cat', image_urls: [url], aspect_ratio: '1:1', seed: 7 },
    request: {},
    media: {},
    document: is301 ? { openapi: '3.0.1' } : { openapi: '3.0.0' },
    operation: { operationId: id.replaceAll(/[^a-z0-9]+/g, '-') },
    answer: { code: 200, msg: 'success', data: { taskId: 'task_1' } },
  }
}

function textOf(each: Draft): string {
  const is301 = each.document.openapi === '3.0.1'
  const body: JsonObject = {
    type: 'object',
    required: ['model'],
    properties: {
      model: each.model,
      callBackUrl: { type: 'string', format: 'uri', example: 'https://your-domain.com/callback' },
      input: { type: 'object', properties: each.input, required: each.required },
    },
    ...each.request,
  }
  const codes = [200, 401, 402, 404, 422, 429, 433, 455, 500, 501, 505]
  const envelope = {
    type: 'object',
    properties: {
      code: { type: 'integer', enum: codes },
      msg: { type: 'string', example: 'success' },
      data: { type: 'object', properties: { taskId: { type: 'string' } } },
    },
  }
  return stringify(
    {
      info: { title: `${each.id} API`, version: '1.0.0', description: 'undefined' },
      servers: [{ url: 'https://api.elsewhere.example' }],
      ...each.document,
      paths: {
        '/api/v1/jobs/createTask': {
          post: {
            summary: `Generate with ${each.id}`,
            ...each.operation,
            requestBody: {
              content: {
                'application/json': {
                  schema: body,
                  example: {
                    model: each.id,
                    callBackUrl: 'https://your-domain.com/callback',
                    input: each.example,
                  },
                  ...each.media,
                },
              },
            },
            responses: {
              '200': {
                description: 'Request successful',
                content: {
                  'application/json': {
                    schema: { $ref: '#/components/schemas/Envelope' },
                    example: each.answer,
                  },
                },
              },
              '500': { description: 'request failed', headers: {} },
            },
          },
        },
      },
      components: {
        schemas: { Envelope: envelope, 'response not with recordId': { type: 'object' } },
        securitySchemes: {
          // OpenAPI does not know the type that the newer documents have.
          BearerAuth: is301 ? { type: 'bearer' } : { type: 'http', scheme: 'bearer' },
        },
      },
    },
    { lineWidth: 80, aliasDuplicateObjects: false },
  )
}

const callback = { '{$request.body#/callBackUrl}': { post: { responses: {} } } }

/** What published documents of this family do. The pipeline reads all of it without an overlay. */
const quirks: Record<string, (each: Draft) => void> = {
  plain: () => {},
  'a field was removed and stayed in the example': ({ example }) => {
    Object.assign(example, { num_images: '1', old: { deep: [1] } })
  },
  'an example has another type': ({ example, input }) => {
    input.extend_at = { type: 'number', minimum: 0 }
    Object.assign(example, { extend_at: '6', seed: 'seven', image_urls: url })
  },
  'an example lacks a required field': ({ example, required }) => {
    required.push('duration')
    delete example.prompt
  },
  'an example is a string with comments': ({ media }) => {
    media.example = '{ // the model\n  "model": "x" }'
  },
  'examples is a map': ({ media, example, id }) => {
    media.examples = { first: { value: { model: id, input: { ...example, old: 1 } } } }
    delete media.example
  },
  'keywords of 3.1 are in a 3.0 document': ({ input }) => {
    input.style = { type: ['string', 'null'], examples: ['auto', 5] }
    input.none = { type: 'null' }
  },
  'the document is 3.1 with an example': ({ document, example }) => {
    document.openapi = '3.1.0'
    document.webhooks = {}
    example.old = 1
  },
  'the document is 3.1 with lists of examples': ({ document, operation, input, media, id }) => {
    document.openapi = '3.1.0'
    operation.callbacks = { onResult: callback }
    Object.assign(input, { prompt: { type: 'string', examples: ['a cat', 5] } })
    media.examples = [{ model: id, input: { prompt: 'a cat', old: true } }]
    delete media.example
  },
  'a callback has no dollar sign': ({ operation }) => {
    operation.callbacks = { onResult: { '{request.body#/callBackUrl}': { post: {} } } }
  },
  'tags and security are at the top': ({ document }) => {
    document.security = [{ BearerAuth: [] }]
    document.tags = [{ name: 'docs/en' }]
  },
  'the operationId is missing': ({ operation }) => {
    delete operation.operationId
  },
  'the operationId is that of another document': ({ operation }) => {
    operation.operationId = 'qwen2-text-to-image'
  },
  'callBackUrl is required': ({ request }) => {
    request.required = ['model', 'callBackUrl', 'input']
  },
  'names have spaces': ({ input, example }) => {
    input['reference_video_urls '] = { type: 'array', items: { type: 'string' } }
    input[' vocalStart'] = { type: 'number' }
    example[' vocalStart'] = 1
  },
  'values have spaces': ({ input }) => {
    input.ratio = { type: 'string', enum: [' 1:8 ', '8:1'], example: '1:8' }
  },
  'required lists an incidental field': ({ required, input }) => {
    required.splice(0, 1, 'upload_method')
    input.upload_method = { type: 'string', enum: ['s3', 'oss'] }
  },
  'required lists a field that does not exist': ({ required }) => {
    required.push('no_such_field')
  },
  'a default is outside its enum': ({ input }) => {
    input.soundKey = { type: 'string', enum: ['C', 'D'], default: 'Any' }
  },
  'a default has another type': ({ input }) => {
    input.fps = { type: 'integer', default: '24', minimum: 1 }
  },
  'an answer has null data': ({ answer }) => {
    Object.assign(answer, { code: 500, data: null })
  },
  'texts are Chinese': ({ input, operation }) => {
    operation.summary = '使用模型生成内容'
    input.prompt = { type: 'string', description: '提示词 `{` */ ${x}', example: '一只猫' }
  },
  'objects nest': ({ input, example }) => {
    const shot = { Scene: { type: 'string' }, duration: { type: 'number' } }
    input.shots = {
      type: 'array',
      items: { type: 'object', properties: shot, required: ['Scene'] },
    }
    input.camera = { type: 'object', properties: { zoom: { type: 'number' } } }
    Object.assign(example, { shots: [{ Scene: 'x', old: 1 }, {}], camera: { zoom: '2', pan: 1 } })
  },
  alternatives: ({ input, example }) => {
    input.size = {
      oneOf: [
        { type: 'string', enum: ['a'] },
        { type: 'object', properties: {} },
      ],
    }
    input.either = { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }
    Object.assign(example, { size: { w: 1 }, either: 5 })
  },
  'an object has no properties': ({ input, example }) => {
    input.extra = { type: 'object', description: 'Anything' }
    input.any = {}
    Object.assign(example, { extra: { a: 1 }, any: { b: 2 } })
  },
  'extensions are everywhere': ({ input, document, request }) => {
    input.prompt = { type: 'string', 'x-apidog-mock': 1 }
    request['x-apidog-orders'] = ['model', 'input']
    document['x-apidog'] = { folder: 'docs' }
  },
  'a number is an enum': ({ input }) => {
    input.stability = { type: 'number', enum: [0, 0.5, 1], default: 0.5 }
    input.fixed = { type: 'integer', enum: ['4', 8] }
  },
  'an enum is large': ({ input }) => {
    const voices = Array.from({ length: 134 }, (_, index) => `Voice ${index}`)
    input.voice = { type: 'string', enum: [...voices, 'Voice 0'], default: 'Voice 0' }
  },
  nullable: ({ input, example }) => {
    input.mask = { type: 'string', nullable: true, format: 'uri' }
    example.mask = null
  },
  'limits contradict': ({ input }) => {
    input.scale = { type: 'number', minimum: 5, maximum: 1, example: 3 }
    input.short = { type: 'string', minLength: 3, maxLength: 3, example: 'too long' }
  },
  'the input is empty': ({ input, required, example }) => {
    for (const name of Object.keys(input)) {
      delete input[name]
      delete example[name]
    }
    required.length = 0
  },
  'the model is a constant': ({ model, id, document }) => {
    document.openapi = '3.1.0'
    delete model.enum
    model.const = id
  },
  'the answer has more fields': ({ document }) => {
    document.info = { title: '', version: '1.0.0', contact: { email: 'a@example.com' } }
  },
  'servers and examples are missing': ({ document, media }) => {
    media.example = undefined
    document.servers = []
  },
  'the key is a parameter': ({ operation }) => {
    const schema = { type: 'string' }
    operation.parameters = [{ name: 'Authorization', in: 'header', schema }]
  },
}

const vendors = ['wan', 'kling-2.6', 'bytedance', 'google', 'hailuo']

/**
 * Documents of many models, in every shape that documents of this family have. The suffix makes
 * other models of them.
 */
export function hundredDocuments(suffix = ''): Sample[] {
  const edits = Object.entries(quirks)
  const good = Array.from({ length: 98 }, (_, index): Sample => {
    const [title = '', edit] = edits[index % edits.length] ?? []
    const vendor = vendors[index % vendors.length]
    const each = draft(
      `${vendor}${suffix}/${title.replaceAll(/\W+/g, '-')}-${index}`.toLowerCase(),
      index % 2 > 0,
    )
    edit?.(each)
    return { name: each.id.replace('/', '-'), text: textOf(each) }
  })
  return [...good, ...badDocuments(good)]
}

function badDocuments(good: Sample[]): Sample[] {
  const bad = (name: string, refused: RegExp, edit: (each: Draft) => void): Sample => {
    const each = draft(`atelier/${name}`, true)
    edit(each)
    return { name: `atelier-${name}`, text: textOf(each), refused }
  }
  const numbers = Array.from({ length: 4 }, (_, index) => index)
  return [
    ...numbers.map((index): Sample => ({
      name: `copy-${index}`,
      text: good[index * 20]?.text ?? '',
      refused: /is about .*, as .* is/,
    })),
    ...numbers.map((index) =>
      bad(`no-id-${index}`, /should allow exactly one model id/, ({ model }) => delete model.enum),
    ),
    ...numbers.map((index) =>
      bad(`two-ids-${index}`, /should allow exactly one model id/, ({ model }) => {
        model.enum = ['atelier/a', 'atelier/b']
      }),
    ),
    ...numbers.map((index) =>
      bad(`wrong-id-${index}`, /its example names/, ({ model }) => {
        model.enum = [`kling/v2-1-master-${index}`]
      }),
    ),
    ...numbers.map((index) =>
      bad(`odd-id-${index}`, /should allow exactly one model id/, ({ model }) => {
        model.enum = [['an id', '../x', ' ', 'x y'][index] ?? '']
      }),
    ),
  ]
}
