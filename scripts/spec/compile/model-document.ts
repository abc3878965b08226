import { inline } from './inline.ts'
import {
  fieldsOf,
  isObject,
  objectAt,
  resolve,
  SpecError,
  type Json,
  type JsonObject,
} from './json.ts'
import { methods, parametersIn } from './operation-document.ts'

export const createTaskPath = '/api/v1/jobs/createTask'

const requestPath = [
  'paths',
  createTaskPath,
  'post',
  'requestBody',
  'content',
  'application/json',
  'schema',
]
const requestTarget = `$.paths['${createTaskPath}'].post.requestBody.content['application/json'].schema`

/**
 * One published document of a model: what it says about it, and nothing of what every document
 * repeats.
 */
export type ModelDocument = {
  kind: 'model'
  /** Model id, for instance `ideogram/v3-reframe`. */
  model: string
  /** Prefix of the model's component names, for instance `IdeogramV3Reframe`. */
  name: string
  summary: string
  /**
   * The request body: `model`, `input`, `callBackUrl` and whatever else the model takes at the top.
   */
  request: JsonObject
  /** The request example, if there is one. */
  example: Json | undefined
  /** Codes that the envelope's enum lists. */
  codes: number[]
  contact: JsonObject | undefined
}

export function readModelDocument(document: JsonObject, source: string): ModelDocument {
  const item = objectAt(document, ['paths', createTaskPath], source)
  const operation = objectAt(document, ['paths', createTaskPath, 'post'], source)
  const others = methods.filter((method) => method !== 'post' && method in item)
  if (others.length > 0) {
    throw new SpecError(`${source}: ${createTaskPath} has another method, ${others.join(', ')}`, [
      'paths',
      createTaskPath,
    ])
  }
  if (parametersIn(document, [item, operation]).length > 0) {
    throw new SpecError(`${source}: createTask has parameters, which no other model has`, [
      'paths',
      createTaskPath,
      'post',
      'parameters',
    ])
  }

  const media = objectAt(operation, ['requestBody', 'content', 'application/json'], source)
  const request = inline(document, media.schema ?? null, source)
  if (!isObject(request)) {
    throw new SpecError(`${source}: the request body has no schema`)
  }
  const model = modelOf(document, request, source)
  return {
    kind: 'model',
    model,
    name: componentName(model),
    summary: typeof operation.summary === 'string' ? operation.summary : model,
    request,
    example: exampleOf(media),
    codes: checkAnswer(document, operation, source),
    contact: contactOf(document),
  }
}

/**
 * `ideogram/v3-reframe` -> `IdeogramV3Reframe`, `kling-2.6/text-to-video` -> `Kling2_6TextToVideo`.
 */
export function componentName(model: string): string {
  return model
    .replaceAll(/(?<=\d)[^a-zA-Z0-9]+(?=\d)/g, '_')
    .split(/[^a-zA-Z0-9_]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')
}

function modelOf(document: JsonObject, request: JsonObject, source: string): string {
  const field = resolve(document, objectAt(request, ['properties'], source).model)
  const values = Array.isArray(field?.enum)
    ? field.enum
    : field && 'const' in field
      ? [field.const]
      : []
  const [model] = values
  if (
    values.length !== 1 ||
    typeof model !== 'string' ||
    !/^[a-z0-9][a-z0-9./-]*$/i.test(model) ||
    model.includes('..')
  ) {
    throw new SpecError(
      `${source}: the request field "model" should allow exactly one model id, it allows ${JSON.stringify(values)}`,
      [...requestPath, 'properties', 'model'],
      { target: `${requestTarget}.properties.model`, update: { enum: ['the-model-id'] } },
    )
  }
  return model
}

function exampleOf(media: JsonObject): Json | undefined {
  if (!isObject(media.examples)) {
    return undefined
  }
  const [first] = Object.values(media.examples)
  return isObject(first) ? first.value : undefined
}

/**
 * The answer belongs to the operation, not to the model: it has to be the one of the frame,
 * `data.taskId`. Gives the envelope's codes.
 */
function checkAnswer(document: JsonObject, operation: JsonObject, source: string): number[] {
  const answer = resolve(document, objectAt(operation, ['responses'], source)['200'])
  if (!answer) {
    throw new SpecError(`${source}: createTask has no answer 200`)
  }
  const schema = inline(
    document,
    objectAt(answer, ['content', 'application/json'], source).schema ?? null,
    source,
  )
  const fields = fieldsOf(document, schema)
  const data = fieldsOf(document, fields.data)
  if (resolve(document, data.taskId)?.type !== 'string') {
    throw new SpecError(`${source}: the answer 200 has no string data.taskId`, [
      'paths',
      createTaskPath,
      'post',
      'responses',
      '200',
    ])
  }
  const unknown = [
    ...Object.keys(fields).filter((key) => !['code', 'msg', 'data'].includes(key)),
    ...Object.keys(data).filter((key) => !['taskId', 'recordId'].includes(key)),
  ]
  if (unknown.length > 0) {
    throw new SpecError(
      `${source}: the answer 200 has fields that the other models do not have: ${unknown.join(', ')}`,
    )
  }
  const codes = resolve(document, fields.code)?.enum
  return Array.isArray(codes) ? codes.filter((code) => typeof code === 'number') : []
}

function contactOf(document: JsonObject): JsonObject | undefined {
  const info = document.info
  return isObject(info) && isObject(info.contact) ? info.contact : undefined
}
