import {
  createSimulator,
  createVirtualClock,
  type Simulator,
  type SimulatorOptions,
  type VirtualClock,
} from '../src/index.ts'
import { isObject, type JsonObject } from '../src/document.ts'

export const key = 'sk-5up3r-s3cr3t'
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
}

/** A simulator in process that checks every answer against the document, and a plain caller. */
export function service(options: SimulatorOptions<VirtualClock> = {}): Caller {
  const clock = createVirtualClock()
  const simulator = createSimulator({ check: true, ...options, clock })
  const get = async (path: string): Promise<JsonObject> =>
    json(await simulator.fetch(`https://api.apikley.ru${path}`, { headers }))
  const post = async (path: string, body: unknown): Promise<JsonObject> =>
    json(
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
    async record(taskId) {
      const { data } = await get(`/api/v1/jobs/recordInfo?taskId=${taskId}`)
      if (!isObject(data)) {
        throw new Error(`The task ${taskId} is unknown`)
      }
      return data
    },
  }
}

async function json(response: Response): Promise<JsonObject> {
  const value: unknown = await response.json()
  if (!isObject(value)) {
    throw new Error('The answer is not an object')
  }
  return { status: response.status, ...value }
}
