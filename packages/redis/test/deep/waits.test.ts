import { setTimeout as pause } from 'node:timers/promises'
import { mostWithin } from 'test-kit/numbers'
import { hasRedis, type RedisServer } from 'test-kit/redis'
import { afterEach, expect, test } from 'vitest'
import { LONG_SETUPS, type Setup } from '../clients.ts'
import { startService, startWorker, type Accepted, type Service, type Worker } from './fleet.ts'

const [PROCESSES, WAITS, READS] = [3, 5000, 1000]

const CALLBACKS_AT_ONCE = 8

/** A task without a callback until then is polled. On a busy machine some callbacks are later. */
const POLL_AFTER_MS = 30_000

let servers: RedisServer[] = []
let service: Service | undefined
let workers: Worker[] = []
afterEach(async () => {
  workers.map(({ kill }) => kill())
  service?.stop()
  await Promise.all(servers.map(({ kill }) => kill()))
})

interface Waiting {
  readonly task: Accepted
  /** When its wait has ended. */
  readonly ended: Promise<number>
}

/** All tasks, with a wait in another process than the one that has created them. */
async function startWaits(callbackUrl: string, from: Service): Promise<Waiting[]> {
  const created = await Promise.all(
    Array.from({ length: WAITS }, (_, input) =>
      workers[input % PROCESSES]?.call({ call: 'create', input, options: { callbackUrl } }),
    ),
  )
  return created.map((end, input) => {
    const { value: taskId = '', error } = end ?? {}
    const task = from.tasks.get(taskId)
    if (!task) {
      throw new Error(`Create ${input} ended as ${JSON.stringify(error)}`)
    }
    const waited = workers[(input + 1) % PROCESSES]?.call({ call: 'wait', taskId })
    return {
      task,
      ended: Promise.resolve(waited).then((wait) => {
        expect(wait?.value).toContain(taskId)
        return wait?.at ?? NaN
      }),
    }
  })
}

/** A service and three processes that wait, with one for callbacks. */
async function startFleet({ driver, start }: Setup): Promise<{
  readonly from: Service
  readonly hook: Worker
  readonly callbackUrl: string
}> {
  servers = await start()
  service = await startService()
  const creates = { limit: 1_000_000, interval: 1000 }
  const limits = { creates, reads: { limit: READS, interval: 1000 } }
  const client = { baseUrl: service.url, limits }
  const options = { driver, ports: servers.map(({ port }) => port), store: {}, client }
  workers = await Promise.all(Array.from({ length: PROCESSES + 1 }, () => startWorker(options)))
  const hook = workers[PROCESSES]
  const { value: callbackUrl } = (await hook?.call({ call: 'webhook' })) ?? {}
  if (!hook || callbackUrl === undefined) {
    throw new Error('The webhook did not start')
  }
  return { from: service, hook, callbackUrl }
}

test.skipIf(!hasRedis()).each(LONG_SETUPS)(
  '5,000 waits of 3 processes end with the callbacks at a fourth, over $kind with $driver',
  // A busy machine delays everything.
  { retry: 1 },
  async (setup) => {
    const { from, callbackUrl } = await startFleet(setup)
    // A service reports only to public URLs, so the test posts the callbacks.
    const waits = await startWaits('https://app.example.com/hook', from)
    await pause(1000)
    const delays: number[] = []
    const post = async ({ task, ended }: Waiting): Promise<void> => {
      const { taskId } = task
      task.endedAt = Date.now()
      const body = JSON.stringify({ code: 200, data: { taskId, state: 'success' } })
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(callbackUrl, { method: 'POST', headers, body })
      expect(answer.status).toBe(200)
      delays.push((await ended) - task.endedAt)
    }
    for (let first = 0; first < WAITS; first += CALLBACKS_AT_ONCE) {
      await Promise.all(waits.slice(first, first + CALLBACKS_AT_ONCE).map(post))
    }
    const p95 = delays.sort((a, b) => a - b)[Math.floor(WAITS * 0.95)]
    const early = waits
      .map(({ task }) => task)
      .filter(({ createdAt, endedAt = NaN }) => endedAt - createdAt < POLL_AFTER_MS)
    const mostRequests = Math.max(...early.map(({ requests }) => requests))
    console.log({ early: early.length, p95, median: delays[WAITS / 2], mostRequests })
    expect(p95).toBeLessThanOrEqual(100)
    expect(early.length).toBeGreaterThan(WAITS / 2)
    expect(mostRequests).toBeLessThanOrEqual(2)
  },
)

test.skipIf(!hasRedis()).each(LONG_SETUPS)(
  '5,000 waits of 3 processes end by polling without the process for callbacks, over $kind with $driver',
  { retry: 1 },
  async (setup) => {
    const { from, hook } = await startFleet(setup)
    const waits = await startWaits('https://app.example.com/hook', from)
    hook.kill()
    for (const { task } of waits) {
      task.endedAt = Date.now()
    }
    await Promise.all(waits.map(({ ended }) => ended))
    const requests = waits.map(({ task }) => task.requests)
    console.log({ busiest: mostWithin(from.reads, 1000), mostRequests: Math.max(...requests) })
    expect(mostWithin(from.reads, 1000)).toBeLessThanOrEqual(READS)
    expect(Math.max(...requests)).toBeLessThanOrEqual(2)
  },
)
