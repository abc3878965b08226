import { connect as connectTo, createServer, type AddressInfo, type Socket } from 'node:net'
import { hasRedis, startRedis, type RedisServer } from 'test-kit/redis'
import { afterEach, expect, test } from 'vitest'
import { isNightly } from 'test-kit/nightly'
import { DRIVERS, setupsOf } from '../clients.ts'
import { startService, startWorker, type Service, type Worker } from './fleet.ts'
import type { End } from './worker.ts'

const [PROCESSES, CREATES, CREATES_AT_ONCE] = [4, 1000, 8]

/** The claim of a process that was killed ends after 2 min. */
const SPEED = 6

/** A task is charged at once. Its process may end before the response arrives. */
const LATENCY_MS = 50

/** A job has its key when it is queued. A failover that loses its create still has the key. */
const QUEUED_MS = 150

const OFTEN = { limit: 100_000, interval: 1000 }
const CLIENT = {
  limits: { creates: OFTEN, reads: OFTEN },
  requestTimeout: 12_000,
  maxRetryAfter: 3000,
}

/** A job is retried until it has one of these ends. */
type Result = 'created' | 'unconfirmed'

/** Between processes and Redis: it moves to another server, and drops connections. */
interface Front {
  readonly port: number
  readonly moveTo: (port: number | undefined) => void
  readonly stop: () => void
}

/** @param port where connections go */
async function startFront(port: number): Promise<Front> {
  let target: number | undefined = port
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    const upstream = target === undefined ? undefined : connectTo(target, '127.0.0.1')
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      if (one && other) {
        sockets.add(one)
        one.pipe(other)
      }
      one?.on('error', () => {})
      one?.once('close', () => {
        sockets.delete(one)
        other?.destroy()
      })
    }
    if (!upstream) {
      socket.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const drop = (): void => sockets.forEach((socket) => socket.destroy())
  return {
    port: (server.address() as AddressInfo).port,
    moveTo(next) {
      target = next
      drop()
    },
    stop() {
      server.close()
      drop()
    },
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A replica that has everything. */
async function startReplica({ port }: RedisServer, through = port): Promise<RedisServer> {
  const replica = await startRedis('--replicaof', `127.0.0.1 ${through}`)
  while (!replica.command('info', 'replication').includes('master_link_status:up')) {
    await pause(20)
  }
  return replica
}

const cleanUps: (() => unknown)[] = []
const keep = <Value extends object>(value: Value, stop: (value: Value) => unknown): Value => {
  cleanUps.push(() => stop(value))
  return value
}
afterEach(async () => {
  await Promise.all(cleanUps.splice(0).map((stop) => stop()))
})

/** Does all jobs with a fleet. `disturb` is called after each 100 of them. */
async function runJobs(
  start: () => Promise<Worker>,
  disturb: (count: number, workers: Worker[]) => Promise<unknown>,
): Promise<{ readonly ends: Map<number, Result>; readonly taskIds: Map<number, string> }> {
  const ends = new Map<number, Result>()
  const taskIds = new Map<number, string>()
  const workers = await Promise.all(Array.from({ length: PROCESSES }, start))
  const jobs = Array.from({ length: CREATES }, (_, input) => input)
  const lost = (): Partial<End> => ({ error: { kind: 'lost' } })

  async function runJob(input: number, slot: number): Promise<void> {
    let idempotencyKey: string | undefined
    while (!ends.has(input)) {
      const worker = workers[slot % PROCESSES]
      if (idempotencyKey === undefined) {
        idempotencyKey = (await worker?.call({ call: 'key' }).catch(lost))?.value
        await pause(QUEUED_MS)
      }
      const options = { idempotencyKey }
      const end =
        idempotencyKey && (await worker?.call({ call: 'create', input, options }).catch(lost))
      if (end && end.value !== undefined) {
        ends.set(input, 'created')
        taskIds.set(input, end.value)
      } else if (end && end.error?.kind === 'unconfirmed') {
        ends.set(input, 'unconfirmed')
      } else {
        await pause(50)
      }
    }
    if (ends.size % 100 === 0 && ends.size < CREATES) {
      await disturb(ends.size, workers)
    }
  }

  async function runSlot(slot: number): Promise<void> {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      await runJob(job, slot)
    }
  }
  await Promise.all(Array.from({ length: PROCESSES * CREATES_AT_ONCE }, (_, slot) => runSlot(slot)))
  return { ends, taskIds }
}

/** Deterministic, in [0, 1). */
function createRandom(): () => number {
  let seed = 1
  return () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
}

function loseSome(random: () => number): 'before' | 'after' | undefined {
  const chance = random()
  if (chance < 0.02) {
    return 'before'
  }
  return chance < 0.04 ? 'after' : undefined
}

/** The jobs with a second task, another task than they report, or a task that is not reported. */
function findFaults(
  service: Service,
  { ends, taskIds }: Awaited<ReturnType<typeof runJobs>>,
): { second: number; wrong: number[]; lost: number[]; ends: number } {
  const accepted = new Map(Array.from(service.tasks.values(), (task) => [task.input, task]))
  const created = [...ends.values()].filter((end) => end === 'created').length
  console.log({ created, unconfirmed: ends.size - created })
  const isWrong = ([input, taskId]: [number, string]): boolean =>
    accepted.get(input)?.taskId !== taskId
  return {
    second: service.tasks.size - accepted.size,
    wrong: [...taskIds].filter(isWrong).map(([input]) => input),
    lost: [...accepted.keys()].filter((input) => !ends.has(input)),
    ends: ends.size,
  }
}

const NO_FAULTS = { second: 0, wrong: [], lost: [], ends: CREATES }
const MIN_CREATED = CREATES * 0.8

test.skipIf(!hasRedis()).each(DRIVERS)(
  '1,000 creates of 4 processes with %s charge nothing twice, whatever fails',
  async (driver) => {
    const random = createRandom()
    const stop = ({ stop: end }: Service | Front): void => end()
    const kill = (server: RedisServer): Promise<void> => server.kill()
    const service = keep(await startService(() => loseSome(random), LATENCY_MS), stop)
    let master = keep(await startRedis(), kill)
    const front = keep(await startFront(master.port), stop)
    const stream = keep(await startFront(master.port), stop)
    let replica = keep(await startReplica(master, stream.port), kill)
    const client = { ...CLIENT, baseUrl: service.url }
    const store = { replicas: 1, replicaTimeout: 500 }
    const start = async (): Promise<Worker> =>
      keep(
        await startWorker({ driver, ports: [front.port], store, speed: SPEED, client }),
        (worker) => worker.kill(),
      )
    const jobs = await runJobs(start, async (count, workers) => {
      if (count === 300) {
        master.command('flushall')
      } else if (count === 600) {
        // The stream to the replica stops. What the master still accepts is lost with it.
        stream.moveTo(undefined)
        await pause(100)
        const [killed] = workers
        killed?.kill()
        front.moveTo(undefined)
        await master.kill()
        replica.command('replicaof', 'no', 'one')
        master = replica
        replica = keep(await startReplica(master), kill)
        front.moveTo(master.port)
        workers[0] = await start()
      } else if (count % 200 === 0) {
        const index = Math.floor(random() * PROCESSES)
        workers[index]?.kill()
        workers[index] = await start()
      } else {
        front.moveTo(master.port)
      }
    })
    expect(findFaults(service, jobs)).toEqual(NO_FAULTS)
    expect(jobs.taskIds.size).toBeGreaterThan(MIN_CREATED)
  },
)

const clusters = setupsOf(true).filter(({ kind }) => kind === 'a cluster')
test.skipIf(!hasRedis() || !isNightly).each(clusters)(
  '1,000 creates of 4 processes over a cluster with $driver charge nothing twice',
  async ({ driver, start }) => {
    const random = createRandom()
    const service = keep(await startService(() => loseSome(random), LATENCY_MS), (each) =>
      each.stop(),
    )
    const nodes = keep(await start(), (all) => Promise.all(all.map(({ kill }) => kill())))
    const client = { ...CLIENT, baseUrl: service.url }
    const ports = nodes.map(({ port }) => port)
    const options = { driver, ports, store: {}, speed: SPEED, client }
    // A process cannot start while its connections are dropped. Its supervisor starts it again.
    const startOne = async (): Promise<Worker> =>
      keep(await startWorker(options).catch(() => startWorker(options)), (worker) => worker.kill())
    const jobs = await runJobs(startOne, async (count, workers) => {
      if (count === 300) {
        nodes.map(({ command }) => command('flushall'))
      } else if (count % 200 === 0) {
        const index = Math.floor(random() * PROCESSES)
        workers[index]?.kill()
        workers[index] = await startOne()
      } else {
        nodes.map(({ command }) => command('client', 'kill', 'type', 'normal'))
      }
    })
    expect(findFaults(service, jobs)).toEqual(NO_FAULTS)
    expect(jobs.taskIds.size).toBeGreaterThan(MIN_CREATED)
  },
)
