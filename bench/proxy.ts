// `pnpm bench proxy`: what the proxy adds to a request, and what it holds of a file that goes
// through it. In one process, without a network.
import { createProxyHandler } from '@apikley/server'

const MiB = 2 ** 20
const site = 'https://app.example/api/apikley'
const uploaded = {
  fileName: 'a',
  filePath: 'a',
  downloadUrl: 'https://files.example.com/a',
  fileSize: 1,
  mimeType: 'image/png',
  uploadedAt: '',
}
const often = { limit: 1e9, interval: 60_000 }

/** The most that was held while the service read what came, in bytes. */
let most = 0
let before = 0

/** A service that answers at once, and reads every file to its end. */
const service: typeof fetch = async (url, init) => {
  if (!String(url).endsWith('/file-stream-upload')) {
    return Response.json({ code: 200, data: { taskId: 'task_1', model: 'a', state: 'waiting' } })
  }
  const { body } = new Request(url, init)
  for await (const _ of body ?? []) {
    note()
  }
  return Response.json({ code: 200, data: uploaded })
}

const { fetch: proxied } = createProxyHandler(
  {
    apiKey: 'any-key',
    secret: 'x'.repeat(32),
    models: ['ideogram/v3-reframe'],
    authorize: () => 'ann',
    fetch: service,
    uploads: { maxBytes: 200 * MiB },
    limits: { creates: often, uploads: often, reads: often },
  },
  // No limit of the service is to be kept here, so its time flies.
  { clock: { now: tick(), after: (_, callback) => clear(setTimeout(callback, 60_000)) } },
)

const body = JSON.stringify({
  model: 'ideogram/v3-reframe',
  input: { image_url: 'https://files.example.com/a.webp', image_size: 'square_hd' },
})
const create = (): Request =>
  new Request(`${site}/api/v1/jobs/createTask`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
const { data }: { data: { taskId: string } } = await (await ok(create())).json()
const look = (): Request => new Request(`${site}/api/v1/jobs/recordInfo?taskId=${data.taskId}`)

print('createTask through the proxy', `${await perRequest(create)} µs`)
print('recordInfo through the proxy', `${await perRequest(look)} µs`)

for (const size of [1, 20, 100]) {
  await ok(upload(MiB))
  before = held()
  most = 0
  await ok(upload(size * MiB))
  print(`a file of ${size} MiB, at the most`, `${(most / MiB).toFixed(1)} MiB more`)
}

/** Each look at the clock is a second after the last one. */
function tick(): () => number {
  let now = 1_765_177_570_132
  return () => (now += 1000)
}

function clear(timer: NodeJS.Timeout): () => void {
  return () => clearTimeout(timer)
}

async function perRequest(request: () => Request): Promise<string> {
  const count = 3000
  for (let index = 0; index < 500; index++) {
    await ok(request())
  }
  const started = performance.now()
  for (let index = 0; index < count; index++) {
    await ok(request())
  }
  return (((performance.now() - started) * 1000) / count).toFixed(0)
}

function upload(size: number): Request {
  let left = size
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left <= 0) {
        return controller.close()
      }
      controller.enqueue(new Uint8Array(65_536))
      left -= 65_536
    },
  })
  return new Request(`${site}/file-upload/api/file-stream-upload`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: stream,
    ...{ duplex: 'half' },
  })
}

/** What is alive, on the heap and beside it. */
function held(): number {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function note(): void {
  most = Math.max(most, held() - before)
}

async function ok(request: Request): Promise<Response> {
  const answer = await proxied(request)
  if (answer.status !== 200) {
    throw new Error(`HTTP ${answer.status}: ${await answer.text()}`)
  }
  return answer
}

function print(what: string, value: string): void {
  console.log(`${what.padEnd(32)} ${value.padStart(14)}`)
}
