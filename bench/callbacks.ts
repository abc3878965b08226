// `pnpm bench callbacks`: how long after a callback has come its wait is over, and what a task
// costs, in one long-lived server on loopback with real clocks.
import { createServer } from 'node:http'
import { createApikley } from '@apikley/client'
import { createWebhookHandler } from '@apikley/server'
import { startSimulator } from '@apikley/simulator'
import { getRequestListener } from '@hono/node-server'
import { printTable, within } from './waiting/table.ts'

const model = 'ideogram/v3-reframe'
const input = {
  image_url: 'https://files.example.com/source.webp',
  image_size: 'square_hd',
} as const
const tasks = 200
const inOneGo = 10

/** Between the arrival of a callback and the end of the wait, in ms. */
const limit = 50

const simulator = await startSimulator({
  latency: [2000, 4000],
  callbacks: { secret: 'hook-secret' },
})
// Enough reads a second that the limit of the service is not what is measured.
const apikley = createApikley({
  apiKey: 'any',
  baseUrl: simulator.url,
  limits: { creates: { limit: 1000, interval: 1000 } },
})
const came = new Map<string, number>()
const webhook = createWebhookHandler({ apikley, secret: 'hook-secret', onTask: () => {} })
const server = createServer(
  getRequestListener(async (request) => {
    const at = performance.now()
    const { data }: { data: { taskId: string } } = await request.clone().json()
    if (!came.has(data.taskId)) {
      came.set(data.taskId, at)
    }
    return webhook(request)
  }),
)
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const address = server.address()
const callbackUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`

try {
  const late: number[] = []
  for (let done = 0; done < tasks; done += inOneGo) {
    await Promise.all(
      Array.from({ length: inOneGo }, async () => {
        const { taskId } = await apikley.run(model, input, { callbackUrl })
        late.push(performance.now() - (came.get(taskId) ?? Number.NaN))
      }),
    )
  }
  const sorted = late.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN
  printTable(
    `${tasks} tasks of 2 to 4 s, ${inOneGo} at a time, each with a callback`,
    ['', ''],
    [
      ['requests for each task', within(simulator.journal.received / tasks, 2, 2)],
      ['wait over after its callback, median', `${at(0.5).toFixed(1)} ms`],
      ['wait over after its callback, p95', `${within(at(0.95), limit, 1)} ms`],
      ['wait over after its callback, at the most', `${at(1).toFixed(1)} ms`],
    ],
  )
} finally {
  server.closeAllConnections()
  server.close()
  await simulator.stop()
}
