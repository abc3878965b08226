import { examplesIn } from './examples.ts'
import { assertSpec, fieldsOf, isObject, listOf, objectAt, resolve } from './json.ts'
import {
  valueAt,
  type Json,
  type JsonObject,
  type LocatedOperation,
  type OverlayAction,
} from './json.ts'
import { parametersIn, refuseStream } from './operation-document.ts'
import { inline } from './schemas.ts'

export const createTaskPath = '/api/v1/jobs/createTask'

const operationPath = ['paths', createTaskPath, 'post']
const modelField = ['requestBody', 'content', 'application/json', 'schema', 'properties', 'model']
const fieldsTarget = `$.paths['${createTaskPath}'].post.requestBody.content['application/json'].schema.properties`

/** One published document of a model, without the parts that every document repeats. */
export type ModelDocument = {
  kind: 'model'
  /** Model id, for instance `ideogram/v3-reframe`. */
  subject: string
  operationId: string | undefined
  /** Prefix of the model's component names, for instance `KlingV26TextToVideo`. */
  name: string
  title: string
  description: string
  /** Whether the document itself retires the model. */
  isDeprecated: boolean
  /** `inferred` for a supplement. */
  evidence: Json | undefined
  /** The request body: `model`, `input`, `callBackUrl`, and other fields of the model. */
  request: JsonObject
  /** The first example of a request. */
  example: Json | undefined
  /** The codes that the envelope lists. */
  codes: number[]
  contact: JsonObject | undefined
}

export function readModelDocument(
  document: JsonObject,
  located: LocatedOperation,
  source: string,
): ModelDocument {
  const { operation } = located
  assertSpec(
    parametersIn(document, located).length === 0,
    `${source}: createTask has parameters, unlike in other documents`,
    [...operationPath, 'parameters'],
  )
  const media = objectAt(operation, ['requestBody', 'content', 'application/json'], source)
  const request = inline(document, media.schema ?? null, source)
  assertSpec(isObject(request), `${source}: the request body has no schema`)
  const example = examplesIn(media)[0]
  const model = readModelId(request, example, source)
  const contact = valueAt(document.info, 'contact')
  return {
    kind: 'model',
    subject: model,
    operationId: typeof operation.operationId === 'string' ? operation.operationId : undefined,
    name: modelName(model),
    title: String(operation.summary ?? ''),
    description: String(operation.description ?? ''),
    isDeprecated: operation.deprecated === true,
    evidence: valueAt(document.info, 'x-evidence'),
    request,
    example,
    codes: readCodes(document, operation, source),
    contact: isObject(contact) ? contact : undefined,
  }
}

/** `kling-2.6/text-to-video` becomes `KlingV26TextToVideo`. */
export function modelName(model: string): string {
  const version = /(?<![a-z0-9.])v?(\d+(?:[.-]\d+)+)(?![a-z0-9])/gi
  return componentName(
    model.replaceAll(version, (_, digits: string) => `v${digits.replaceAll(/\D/g, '')}`),
  )
}

/** `gallery-2.5/find` becomes `Gallery2_5Find`. */
export function componentName(model: string): string {
  return model
    .replaceAll(/(?<=\d)[^a-zA-Z0-9]+(?=\d)/g, '_')
    .split(/[^a-zA-Z0-9_]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')
}

function readModelId(request: JsonObject, example: Json | undefined, source: string): string {
  const field = objectAt(request, ['properties'], source).model
  const constant = valueAt(field, 'const')
  const values = constant === undefined ? listOf(valueAt(field, 'enum')) : [constant]
  const [model] = values
  assertSpec(
    values.length === 1 && typeof model === 'string' && isModelId(model),
    `${source}: the request field "model" should allow exactly one model id, it allows ${JSON.stringify(values)}`,
    [...operationPath, ...modelField],
    // An overlay may not remove what is not there.
    modelIdFix(valueAt(example, 'model') ?? 'the-model-id').slice(values.length > 0 ? 0 : 1),
  )
  return model
}

const isModelId = (text: string): boolean =>
  /^[a-z0-9][a-z0-9./-]*$/i.test(text) && !text.includes('..')

/** The overlay actions that correct the id of a model. */
export const modelIdFix = (id: Json): OverlayAction[] => [
  { target: `${fieldsTarget}.model.enum`, remove: true },
  // The document may lack the field.
  { target: fieldsTarget, update: { model: { type: 'string', enum: [id] } } },
]

/**
 * The codes of the envelope. The response has to be the one of the supplement, `data.taskId`,
 * because it does not depend on the model.
 */
function readCodes(document: JsonObject, operation: JsonObject, source: string): number[] {
  const response = resolve(document, objectAt(operation, ['responses'], source)['200'])
  assertSpec(response, `${source}: createTask has no response 200`)
  refuseStream(document, operation, source)
  const media = objectAt(response, ['content', 'application/json'], source)
  const fields = fieldsOf(document, inline(document, media.schema ?? null, source))
  const data = fieldsOf(document, fields.data)
  assertSpec(
    valueAt(data.taskId, 'type') === 'string',
    `${source}: the response 200 has no string data.taskId`,
    [...operationPath, 'responses', '200'],
  )
  const unknown = [
    ...Object.keys(fields).filter((key) => !['code', 'msg', 'data'].includes(key)),
    ...Object.keys(data).filter((key) => !['taskId', 'recordId'].includes(key)),
  ]
  assertSpec(
    unknown.length === 0,
    `${source}: the response 200 has fields that the other models do not have: ${unknown.join(', ')}`,
  )
  return listOf(valueAt(fields.code, 'enum')).filter((code) => typeof code === 'number')
}
