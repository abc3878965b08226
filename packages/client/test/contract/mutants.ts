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
const request = ['components', 'schemas', 'IdeogramV3ReframeRequest']
const createTask = ['paths', '/api/v1/jobs/createTask', 'post']
const details = ['paths', '/api/v1/jobs/recordInfo', 'get']
const detailsAnswer = [...details, 'responses', '200', 'content', 'application/json', 'examples']
const base64 = ['paths', '/api/file-base64-upload', 'post']
const base64Body = [...base64, 'requestBody', 'content', 'application/json', 'schema']

const accepted = 'create-task: ideogram/v3-reframe is accepted with every documented value'
const refused = 'create-task: ideogram/v3-reframe is refused at the place of each violation'
const parametersAccepted = 'get-task-details: parameters is accepted with every documented value'
const parametersRefused = 'get-task-details: parameters is refused at the place of each violation'
const uploadRefused = 'upload-file-base64: body is refused at the place of each violation'

export const mutants: readonly Mutant[] = [
  {
    title: 'an enum loses a value',
    at: [...input, 'properties', 'style', 'enum'],
    value: ['AUTO', 'GENERAL', 'REALISTIC'],
    fails: accepted,
  },
  {
    title: 'an enum value is renamed',
    at: [...input, 'properties', 'num_images', 'enum'],
    value: ['1', '2', '3', 'four'],
    fails: accepted,
  },
  {
    title: 'an enum becomes any text',
    at: [...input, 'properties', 'rendering_speed', 'enum'],
    fails: refused,
  },
  {
    title: 'an optional field becomes required',
    at: [...input, 'required'],
    value: ['image_url', 'image_size', 'seed'],
    fails: accepted,
  },
  {
    title: 'a required field becomes optional',
    at: [...input, 'required'],
    value: ['image_size'],
    fails: refused,
  },
  {
    title: 'the input of a model becomes optional',
    at: [...request, 'required'],
    value: ['model'],
    fails: refused,
  },
  {
    title: 'a field changes its type',
    at: [...input, 'properties', 'seed', 'type'],
    value: 'string',
    fails: accepted,
  },
  {
    title: 'a field may have any type',
    at: [...input, 'properties', 'image_url', 'type'],
    fails: refused,
  },
  {
    title: 'a field is removed',
    at: [...input, 'properties', 'seed'],
    fails: refused,
  },
  {
    title: 'a number gets a minimum',
    at: [...input, 'properties', 'seed', 'minimum'],
    value: 1,
    fails: accepted,
  },
  {
    title: 'a model gets another id',
    at: [...request, 'properties', 'model', 'enum'],
    value: ['ideogram/v4-reframe'],
    fails: accepted,
  },
  {
    title: 'a body becomes optional',
    at: [...createTask, 'requestBody', 'required'],
    fails: 'create-task without a body is refused',
  },
  {
    title: 'an operation needs no key',
    at: [...createTask, 'security'],
    value: [],
    fails: 'create-task without a key is an authentication error',
  },
  {
    title: 'an operation changes its method',
    at: ['paths', '/api/v1/jobs/createTask'],
    value: {},
    fails: accepted,
  },
  {
    title: 'an error status is removed',
    at: [...details, 'responses', '429'],
    fails: 'get-task-details names every documented error status',
  },
  {
    title: 'an error gets another code',
    at: ['components', 'examples', 'RateLimited', 'value', 'code'],
    value: 430,
    fails: 'get-task-details names every documented error inside HTTP 200',
  },
  {
    title: 'an answer loses a required field',
    at: [...detailsAnswer, 'success', 'value', 'data', 'state'],
    fails: 'get-task-details returns the data of the example success',
  },
  {
    title: 'an answer has another value',
    at: [...detailsAnswer, 'generating', 'value', 'data', 'progress'],
    value: 41,
    fails: 'get-task-details returns the data of the example generating',
  },
  {
    title: 'a parameter is renamed',
    at: [...details, 'parameters', '0', 'name'],
    value: 'id',
    fails: parametersAccepted,
  },
  {
    title: 'a parameter becomes optional',
    at: [...details, 'parameters', '0', 'required'],
    value: false,
    fails: parametersRefused,
  },
  {
    title: 'a pattern is removed',
    at: ['components', 'schemas', 'UploadPath', 'pattern'],
    fails: uploadRefused,
  },
  {
    title: 'a minimum length is removed',
    at: [...base64Body, 'properties', 'base64Data', 'minLength'],
    fails: uploadRefused,
  },
]
