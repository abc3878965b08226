// `pnpm bench proxy`: the time that the proxy adds to a request, in one process without a network.
import { createProxyHandler } from '@apikley/server'
import { print } from './print.ts'

const SITE = 'https://app.example/api/apikley'
const WARM_UP_REQUESTS = 500
const REQUESTS = 3000
const unlimited = { limit: 1e9, interval: 60_000 }
let now = Date.now()

const proxy = createProxyHandler(
  {
    apiKey: 'any-long-key-will-do',
    secret: 'x'.repeat(32),
    models: ['ideogram/v3-reframe'],
    authorize: () => 'ann',
    hosts: ['app.example'],
    fetch: async () =>
      Response.json({ code: 200, data: { taskId: 'task_1', model: 'a', state: 'waiting' } }),
    limits: { creates: unlimited, reads: unlimited },
  },
  // Every reading of this clock is a second later. The limits of the service never apply.
  { clock: { now: nextSecond, after: startTimer } },
)

const input = { image_url: 'https://files.example.com/a.webp', image_size: 'square_hd' }
const body = JSON.stringify({ model: 'ideogram/v3-reframe', input })
const headers = { 'content-type': 'application/json' }
const create = (): Request =>
  new Request(`${SITE}/api/v1/jobs/createTask`, { method: 'POST', headers, body })
const { data }: { data: { taskId: string } } = await (await send(create())).json()
const read = (): Request => new Request(`${SITE}/api/v1/jobs/recordInfo?taskId=${data.taskId}`)

print('createTask through the proxy', await microsecondsPerRequest(create), 'µs')
print('recordInfo through the proxy', await microsecondsPerRequest(read), 'µs')

function nextSecond(): number {
  now += 1000
  return now
}

function startTimer(_: number, callback: () => void): () => void {
  const timer = setTimeout(callback, 60_000)
  return () => clearTimeout(timer)
}

async function microsecondsPerRequest(request: () => Request): Promise<number> {
  let started = 0
  for (let index = -WARM_UP_REQUESTS; index < REQUESTS; index++) {
    if (index === 0) {
      started = performance.now()
    }
    await send(request())
  }
  return ((performance.now() - started) * 1000) / REQUESTS
}

async function send(request: Request): Promise<Response> {
  const response = await proxy.fetch(request)
  if (response.status !== 200) {
    throw new Error(`HTTP ${response.status}: ${await response.text()}`)
  }
  return response
}
