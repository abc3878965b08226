// `pnpm bench turns`: a turn of the limit over Redis, and what other limiters allow at a window's
// edge.
import { createApikley } from '@apikley/client'
import { redisStore } from '@apikley/redis'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { hasRedis, startRedis } from 'test-kit/redis'
import { median, print } from './print.ts'

const [LIMIT, INTERVAL_MS, REQUESTS, ROUNDS] = [20, 2000, 60, 2000]

/** A request that waits for its turn. */
type Acquire = (request: number) => Promise<unknown>

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

if (hasRedis()) {
  const server = await startRedis()
  const options = { host: '127.0.0.1', port: server.port, maxRetriesPerRequest: null }
  const redis = new Redis(options)
  try {
    await measureTurn(redis)
    await compare('@apikley/redis', await apikley(redis))
    await compare('rate-limiter-flexible', flexible(redis))
    await compareBullmq(options)
  } finally {
    redis.disconnect()
    await server.kill()
  }
}

async function measureTurn(redis: Redis): Promise<void> {
  const store = redisStore(redis)
  const limit = { limit: LIMIT, interval: INTERVAL_MS, maxDelay: Infinity }
  const timeOf = async (act: (round: number) => Promise<unknown>): Promise<number> => {
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now()
      await act(round)
      times.push(performance.now() - started)
    }
    return median(times)
  }
  const trip = await timeOf(() => redis.ping())
  const turn = await timeOf((round) => store.reserve('turn', `process.${round}`, limit))
  print('a turn, on top of the round trip', turn - trip, 'ms', 0.3)
}

/** Prints how many requests are allowed in any interval, beginning in the middle of a window. */
async function compare(name: string, acquire: Acquire): Promise<void> {
  const times: number[] = []
  const take = async (request: number): Promise<void> => {
    await acquire(request)
    times.push(performance.now())
  }
  // The first request opens a fixed window. The others begin shortly before its end.
  await take(0)
  await pause(INTERVAL_MS * 0.9)
  const started = performance.now()
  await Promise.all(Array.from({ length: REQUESTS - 1 }, (_, request) => take(request + 1)))
  report(name, times, performance.now() - started)
}

function report(name: string, times: readonly number[], duration: number): void {
  const counts = times.map(
    (first) => times.filter((time) => time >= first && time < first + INTERVAL_MS).length,
  )
  const limit = name.startsWith('@apikley') ? LIMIT : undefined
  print(`${name}: of ${LIMIT}, in the busiest interval`, Math.max(...counts), '', limit)
  print(`${name}: ${REQUESTS} requests`, duration, 'ms')
}

async function apikley(redis: Redis): Promise<Acquire> {
  const limits = { creates: { limit: LIMIT, interval: INTERVAL_MS } }
  const { transport } = createApikley({
    apiKey: 'any-long-key-will-do',
    store: redisStore(redis),
    limits,
  })
  await redis.ping()
  return () => transport.creates.acquire()
}

function flexible(redis: Redis): Acquire {
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    points: LIMIT,
    duration: INTERVAL_MS / 1000,
  })
  return async () => {
    for (;;) {
      try {
        return await limiter.consume('key')
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) {
          throw refusal
        }
        await pause(refusal.msBeforeNext)
      }
    }
  }
}

async function compareBullmq(connection: { host: string; port: number }): Promise<void> {
  const queue = new Queue('turns', { connection })
  const waiting = new Map<string, () => void>()
  const worker = new Worker('turns', async ({ name }) => waiting.get(name)?.(), {
    connection,
    concurrency: REQUESTS,
    limiter: { max: LIMIT, duration: INTERVAL_MS },
  })
  await worker.waitUntilReady()
  await compare('BullMQ', async (request) => {
    const turn = new Promise<void>((resolve) => waiting.set(String(request), resolve))
    await queue.add(String(request), {})
    await turn
  })
  await worker.close()
  await queue.close()
}
