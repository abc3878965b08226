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
export const createPath = '/api/v1/jobs/createTask'
export const recordPath = '/api/v1/jobs/recordInfo'
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
  /** Creates a task, waits until it has ended, and returns its record and its result. */
  finish(more?: object): Promise<Finished>
  credits(): Promise<unknown>
}

export interface Finished {
  readonly taskId: string
  readonly ended: JsonObject
  readonly result: { readonly resultUrls: readonly string[] }
  /** The first URL of the result. */
  readonly url: string
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
  const dataOf = ({ data, msg }: JsonObject): JsonObject =>
    isObject(data) ? data : expect.fail(`The request was refused: ${String(msg)}`)
  const create = async (more = {}): Promise<string> =>
    String(dataOf(await post(createPath, { model, input, ...more })).taskId)
  const record = async (taskId: string): Promise<JsonObject> =>
    dataOf(await get(`${recordPath}?taskId=${taskId}`))
  async function finish(more = {}): Promise<Finished> {
    const taskId = await create(more)
    await clock.advance(10_000)
    const ended = await record(taskId)
    const result = JSON.parse(String(ended.resultJson))
    return { taskId, ended, result, url: result?.resultUrls?.[0] }
  }
  const credits = async (): Promise<unknown> => (await get('/api/v1/chat/credit')).data
  return { simulator, clock, get, post, create, record, finish, credits }
}

/** Uploads a file in a form. */
export async function upload(
  { fetch }: Pick<Simulator, 'fetch'>,
  file: Blob,
  fields: Record<string, string> = { uploadPath: 'pictures' },
): Promise<JsonObject> {
  const body = new FormData()
  body.append('file', file, 'own name.png')
  for (const [name, value] of Object.entries(fields)) {
    body.append(name, value)
  }
  const { authorization } = headers
  const url = 'https://api.apikley.ru/file-upload/api/file-stream-upload'
  const response = await fetch(url, { method: 'POST', headers: { authorization }, body })
  const answer: unknown = await response.json()
  return isObject(answer) ? answer : expect.fail('The answer is not an object')
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
