/** A change of the compiled document, and the contract case that has to notice it. */
export interface Mutant {
  readonly title: string
  /** Where the document changes. */
  readonly at: readonly string[]
  /** The new value. Without one, the member is removed. */
  readonly value?: unknown
  readonly fails: string
}

const input = ['components', 'schemas', 'IdeogramV3ReframeInput']
const properties = [...input, 'properties']
const request = ['components', 'schemas', 'IdeogramV3ReframeRequest']
const createTask = ['paths', '/api/v1/jobs/createTask', 'post']
const details = ['paths', '/api/v1/jobs/recordInfo', 'get']
const detailsAnswer = [...details, 'responses', '200', 'content', 'application/json', 'examples']
const base64 = ['paths', '/api/file-base64-upload', 'post']
const base64Body = [...base64, 'requestBody', 'content', 'application/json', 'schema']

const accepted = 'create-task: ideogram/v3-reframe is accepted with every documented value'
const refused = 'create-task: ideogram/v3-reframe is refused for each violation'
const parametersAccepted = 'get-task-details: parameters is accepted with every documented value'
const parametersRefused = 'get-task-details: parameters is refused for each violation'
const uploadRefused = 'upload-file-base64: body is refused for each violation'

/** Rows of a title, a place and a new value, for one contract case. */
function noticedBy(
  fails: string,
  rows: readonly [title: string, at: readonly string[], value?: unknown][],
): Mutant[] {
  return rows.map(([title, at, value]) => ({ title, at, value, fails }))
}

export const mutants: readonly Mutant[] = [
  ...noticedBy(accepted, [
    ['an enum loses a value', [...properties, 'style', 'enum'], ['AUTO', 'GENERAL', 'REALISTIC']],
    ['an enum value is renamed', [...properties, 'num_images', 'enum'], ['1', '2', '3', 'four']],
    [
      'an optional field becomes required',
      [...input, 'required'],
      ['image_url', 'image_size', 'seed'],
    ],
    ['a field changes its type', [...properties, 'seed', 'type'], 'string'],
    ['a number gets a minimum', [...properties, 'seed', 'minimum'], 1],
    [
      'a model gets another id',
      [...request, 'properties', 'model', 'enum'],
      ['ideogram/v4-reframe'],
    ],
    ['an operation changes its method', ['paths', '/api/v1/jobs/createTask'], {}],
  ]),
  ...noticedBy(refused, [
    ['an enum becomes any text', [...properties, 'rendering_speed', 'enum']],
    ['a required field becomes optional', [...input, 'required'], ['image_size']],
    ['the input of a model becomes optional', [...request, 'required'], ['model']],
    ['a field may have any type', [...properties, 'image_url', 'type']],
    ['a field is removed', [...properties, 'seed']],
  ]),
  ...noticedBy('create-task without a body is refused', [
    ['a body becomes optional', [...createTask, 'requestBody', 'required']],
  ]),
  ...noticedBy('create-task without a key is an authentication error', [
    ['an operation needs no key', [...createTask, 'security'], []],
  ]),
  ...noticedBy('get-task-details names every documented error status', [
    ['an error status is removed', [...details, 'responses', '429']],
  ]),
  ...noticedBy('get-task-details names every documented error inside HTTP 200', [
    ['an error gets another code', ['components', 'examples', 'RateLimited', 'value', 'code'], 430],
  ]),
  ...noticedBy('get-task-details returns the data of the example success', [
    ['an answer loses a required field', [...detailsAnswer, 'success', 'value', 'data', 'state']],
  ]),
  ...noticedBy('get-task-details returns the data of the example generating', [
    [
      'an answer has another value',
      [...detailsAnswer, 'generating', 'value', 'data', 'progress'],
      41,
    ],
  ]),
  ...noticedBy(parametersAccepted, [
    ['a parameter is renamed', [...details, 'parameters', '0', 'name'], 'id'],
  ]),
  ...noticedBy(parametersRefused, [
    ['a parameter becomes optional', [...details, 'parameters', '0', 'required'], false],
  ]),
  ...noticedBy(uploadRefused, [
    ['a pattern is removed', ['components', 'schemas', 'UploadPath', 'pattern']],
    ['a minimum length is removed', [...base64Body, 'properties', 'base64Data', 'minLength']],
  ]),
]
