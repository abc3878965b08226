// `pnpm bench simulator`: the start, the throughput and the memory of the simulator.
import { createSimulator, createVirtualClock, startSimulator } from '@apikley/simulator'
import { print } from './print.ts'

const CREATE_URL = 'http://any/api/v1/jobs/createTask'
const headers = { authorization: 'Bearer any', 'content-type': 'application/json' }
const body = JSON.stringify({
  model: 'ideogram/v3-reframe',
  input: { image_url: 'https://files.example.com/a.webp', image_size: 'square_hd' },
})
const credits = Number.MAX_SAFE_INTEGER

const start = await timed(async () => {
  const server = await startSimulator()
  await server.stop()
})
print('startSimulator() and stop()', start * 1000, 'ms', 150)

const simulator = createSimulator({ credits, clock: createVirtualClock() })
await createTasks(2000)
const seconds = await timed(() => createTasks(20_000))
print('one createTask in process', (seconds / 20_000) * 1e6, 'µs', 200)

const full = heapMegabytes()
await createTasks(50_000)
print('heap growth after 50,000 more tasks', heapMegabytes() - full, 'MB', 10)

async function createTasks(count: number): Promise<void> {
  for (let created = 0; created < count; created += 50) {
    const batch = Array.from({ length: 50 }, async () => {
      const response = await simulator.fetch(CREATE_URL, { method: 'POST', headers, body })
      await response.text()
    })
    await Promise.all(batch)
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

function heapMegabytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 2 ** 20
}
