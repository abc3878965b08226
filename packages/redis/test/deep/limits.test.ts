import { mostWithin } from 'test-kit/numbers'
import { hasRedis, type RedisServer } from 'test-kit/redis'
import { afterEach, expect, test } from 'vitest'
import { LONG_SETUPS } from '../clients.ts'
import { startService, startWorker, type Service, type Worker } from './fleet.ts'

const [PROCESSES, CREATES, LIMIT, INTERVAL_MS] = [4, 25, 20, 2000]

let servers: RedisServer[] = []
let workers: Worker[] = []
let service: Service | undefined
afterEach(async () => {
  workers.map(({ kill }) => kill())
  service?.stop()
  await Promise.all(servers.map(({ kill }) => kill()))
})

// A busy machine delays requests after their turn.
test.skipIf(!hasRedis()).each(LONG_SETUPS)(
  '4 processes keep one limit over $kind with $driver, and share it',
  { retry: 2 },
  async ({ driver, start }) => {
    servers = await start()
    service = await startService()
    const creates = { limit: LIMIT, interval: INTERVAL_MS }
    const client = { baseUrl: service.url, limits: { creates } }
    const options = { driver, ports: servers.map(({ port }) => port), store: {}, client }
    workers = await Promise.all(Array.from({ length: PROCESSES }, () => startWorker(options)))
    const create = async (worker: Worker): Promise<void> => {
      expect((await worker.call({ call: 'create', input: 1 })).error).toBeUndefined()
    }
    // The first creates take longer, because they load code and open connections.
    await Promise.all(workers.flatMap((worker) => Array.from({ length: 5 }, () => create(worker))))
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS * 1.1))
    const { creates: times } = service
    times.length = 0
    const order: number[] = []
    const creating = workers.flatMap((worker, index) =>
      Array.from({ length: CREATES }, async () => {
        await create(worker)
        order.push(index)
      }),
    )
    await Promise.all(creating)
    const ideal = ((PROCESSES * CREATES) / LIMIT - 1) * INTERVAL_MS
    const duration = (times.at(-1) ?? 0) - (times[0] ?? 0)
    const half = order.slice(0, 60)
    const shares = workers.map((_, index) => half.filter((each) => each === index).length)
    const busiest = mostWithin(times, INTERVAL_MS)
    console.log({ busiest, duration: duration / ideal, shares })
    expect(times).toHaveLength(PROCESSES * CREATES)
    expect(busiest).toBeLessThanOrEqual(LIMIT)
    expect(duration / ideal).toBeLessThanOrEqual(1.1)
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(15 * 0.8)
    expect(Math.max(...shares)).toBeLessThanOrEqual(15 * 1.2)
  },
)
