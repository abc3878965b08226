// One of the processes of the fleet: creates images, and saves them.
import { join } from 'node:path'
import { ApikleyError, createApikley } from '@apikley/client'
import { redisStore } from '@apikley/redis'
import { UnrecoverableError, Worker, type Job } from 'bullmq'
import { Redis } from 'ioredis'
import { QUEUE, readSettings, type ImageJob } from './settings.ts'

const { redisUrl, client, callbackUrl, folder } = readSettings()
const connection = new Redis(redisUrl, { maxRetriesPerRequest: null })
const apikley = createApikley({ store: redisStore(connection), ...client })

async function createImage(job: Job<ImageJob>): Promise<string> {
  const { name, imageUrl } = job.data
  // The key is in the job before the create, so that a retry in any process creates no second task.
  const idempotencyKey = job.data.idempotencyKey ?? (await apikley.tasks.createKey())
  await job.updateData({ ...job.data, idempotencyKey })
  const input = { image_url: imageUrl, image_size: 'square_hd' } as const
  try {
    const { urls } = await apikley.run('ideogram/v3-reframe', input, {
      idempotencyKey,
      callbackUrl,
    })
    return await apikley.files.save(urls[0] ?? '', join(folder, `${name}.webp`))
  } catch (error) {
    // A retry cannot help, and the job says why.
    throw ApikleyError.is(error) && error.kind === 'unconfirmed'
      ? new UnrecoverableError(error.message)
      : error
  }
}

const worker = new Worker<ImageJob, string>(QUEUE, createImage, { connection, concurrency: 50 })
process.once('SIGTERM', async () => {
  await worker.close()
  connection.disconnect()
})
