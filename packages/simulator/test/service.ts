import { expect } from 'vitest'
import {
  createSimulator,
  createVirtualClock,
  type Simulator,
  type SimulatorOptions,
  type VirtualClock,
} from '../src/index.ts'
import { isObject, readDocument, type JsonObject } from '../src/document.ts'
import { problemsOf } from '../src/schemas.ts'

export const key = 'sk-5up3r-s3cr3t-0123'
export const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
export const model = 'ideogram/v3-reframe'
export const input = { image_url: 'https://files.example.com/source.webp', image_size: 'square_hd' }

export interface Caller {
  readonly simulator: Simulator<VirtualClock>
  readonly clock: VirtualClock
  get(path: string): Promise<JsonObject>
  post(path: string, body: unknown): Promise<JsonObject>
  /** Creates a task and returns its id. */
  create(more?: object): Promise<string>
  record(taskId: string): Promise<JsonObject>
  credits(): Promise<unknown>
}

/** A simulator in process that checks every answer against the document, and a plain caller. */
export function service(options: SimulatorOptions<VirtualClock> = {}): Caller {
  const clock = createVirtualClock()
  const simulator = createSimulator({ ...options, clock })
  const get = async (path: string): Promise<JsonObject> =>
    json('get', path, await simulator.fetch(`https://api.apikley.ru${path}`, { headers }))
  const post = async (path: string, body: unknown): Promise<JsonObject> =>
    json(
      'post',
      path,
      await simulator.fetch(`https://api.apikley.ru${path}`, {
        method: 'POST',
        headers,
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    )
  return {
    simulator,
    clock,
    get,
    post,
    async create(more = {}) {
      const { data } = await post('/api/v1/jobs/createTask', { model, input, ...more })
      if (!isObject(data)) {
        throw new Error('createTask was refused')
      }
      return String(data.taskId)
    },
    credits: async () => (await get('/api/v1/chat/credit')).data,
    async record(taskId) {
      const { data } = await get(`/api/v1/jobs/recordInfo?taskId=${taskId}`)
      if (!isObject(data)) {
        throw new Error(`The task ${taskId} is unknown`)
      }
      return data
    },
  }
}

const document = readDocument()

/** The JSON pointer of an operation's answer with HTTP 200. */
function successAnswerOf(path: string, method: string): string {
  let value: unknown = document.value
  const names = ['paths', path, method, 'responses', '200']
  for (const name of names) {
    value = isObject(value) ? value[name] : undefined
  }
  const place = `#/paths/${path.replaceAll('/', '~1')}/${method}/responses/200`
  return isObject(value) && typeof value.$ref === 'string' ? value.$ref : place
}

/** @throws when an answer with HTTP 200 differs from the document */
async function json(method: string, path: string, response: Response): Promise<JsonObject> {
  const value: unknown = await response.json()
  if (!isObject(value)) {
    throw new Error('The answer is not an object')
  }
  const operation = document.operations.find(({ paths }) =>
    paths.includes(path.split('?')[0] ?? ''),
  )
  if (operation?.paths[0] && response.status === 200) {
    const pointer = successAnswerOf(operation.paths[0], method)
    expect(problemsOf(`${pointer}/content/application~1json/schema`, value)).toEqual([])
  }
  return { status: response.status, ...value }
}
