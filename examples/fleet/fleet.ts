// `node examples/fleet/fleet.ts`: 200 images by three worker processes, against a simulator. See
// README.md.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startSimulator } from '@apikley/simulator'
import { Queue, QueueEvents } from 'bullmq'
import { Redis } from 'ioredis'
import { startRedis } from './redis-server.ts'
import { QUEUE, type ImageJob, type Settings } from './settings.ts'

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '200' },
    workers: { type: 'string', default: '3' },
    folder: { type: 'string', default: 'images' },
    redis: { type: 'string' },
    port: { type: 'string', default: '6390' },
    // The service allows 20 creates in this many ms.
    interval: { type: 'string', default: '10000' },
  },
})
const [images, interval] = [Number(values.images), Number(values.interval)]

/** What to stop at the end, in this order. */
const stops: (() => unknown)[] = []

function start(program: string, settings: Settings): ChildProcess {
  const env = { ...process.env, FLEET_SETTINGS: JSON.stringify(settings) }
  const child = fork(join(import.meta.dirname, program), { env })
  stops.unshift(() => {
    child.kill()
    return once(child, 'exit')
  })
  return child
}

async function main(): Promise<void> {
  const redis = values.redis === undefined ? await startRedis(Number(values.port)) : undefined
  stops.unshift(() => redis?.stop())
  const redisUrl = values.redis ?? redis?.url ?? ''
  const creates = { limit: 20, interval }
  const simulator = await startSimulator({ latency: [500, 2000], credits: images * 100 })
  stops.unshift(() => simulator.stop())
  const client = {
    apiKey: 'any-long-key-will-do',
    baseUrl: simulator.url,
    limits: { creates, reads: { limit: 10, interval: interval / 10 } },
  }
  await mkdir(values.folder, { recursive: true })
  const settings: Settings = { redisUrl, client, folder: values.folder }
  const [callbackUrl]: unknown[] = await once(start('webhook.ts', settings), 'message')
  for (let count = 0; count < Number(values.workers); count++) {
    start('worker.ts', { ...settings, callbackUrl: String(callbackUrl) })
  }
  const started = Date.now()
  const failures = await runJobs(redisUrl)
  const { tasks } = simulator.journal
  console.log(`${images - failures.length} of ${images} images are in ${values.folder}.`)
  console.log(`${tasks.length} tasks in ${((Date.now() - started) / 1000).toFixed(1)} s.`)
  failures.forEach((failure) => console.error(failure))
  process.exitCode = failures.length > 0 ? 1 : 0
}

/** Queues all images, and waits for them. Returns the reasons of the failed ones. */
async function runJobs(redisUrl: string): Promise<string[]> {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null })
  const queue = new Queue<ImageJob>(QUEUE, { connection })
  const events = new QueueEvents(QUEUE, { connection })
  stops.unshift(async () => {
    await Promise.all([queue.close(), events.close()])
    connection.disconnect()
  })
  await events.waitUntilReady()
  const failures: string[] = []
  let left = images
  const ended = new Promise<void>((resolve) => {
    const count = (): void => {
      left -= 1
      if (left === 0) {
        resolve()
      }
    }
    events.on('completed', count)
    events.on('failed', ({ jobId, failedReason }) => {
      failures.push(`Job ${jobId}: ${failedReason}`)
      count()
    })
  })
  await queue.addBulk(
    Array.from({ length: images }, (_, index) => ({
      name: 'image',
      data: { name: `image-${index + 1}`, imageUrl: `https://files.example.com/${index + 1}.png` },
      opts: { attempts: 3, backoff: { type: 'exponential', delay: 1000 } },
    })),
  )
  await ended
  return failures
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  for (const stop of stops) {
    await stop()
  }
}
