import { once } from 'node:events'
import { connect as connectTo, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { seeded } from 'test-kit/numbers'
import { hasRedis, startRedis, type RedisServer } from 'test-kit/redis'
import { afterEach, expect, test } from 'vitest'
import { LONG_SETUPS, type Setup } from '../clients.ts'
import { startService, startWorker, type Service, type Worker } from './fleet.ts'
import type { Call, End } from './worker.ts'

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

/** The task of each job that has ended. It is missing if its create ended as unconfirmed. */
type Ends = Map<number, string | undefined>

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
    const destroy = (): void => {
      socket.destroy()
      upstream?.destroy()
      sockets.delete(socket)
    }
    for (const each of [socket, upstream]) {
      each?.on('error', () => {}).once('close', destroy)
    }
    if (upstream) {
      sockets.add(socket)
      socket.pipe(upstream).pipe(socket)
    } else {
      destroy()
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const drop = (): void => sockets.forEach((socket) => socket.destroy())
  return {
    port: Object(server.address()).port,
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
): Promise<Ends> {
  const ends: Ends = new Map()
  const workers = await Promise.all(Array.from({ length: PROCESSES }, start))
  const jobs = Array.from({ length: CREATES }, (_, input) => input)

  async function runJob(input: number, slot: number): Promise<void> {
    const call = async (given: Call): Promise<Partial<End>> =>
      (await workers[slot % PROCESSES]?.call(given).catch(() => {})) ?? {}
    let idempotencyKey: string | undefined
    while (idempotencyKey === undefined) {
      idempotencyKey = (await call({ call: 'key' })).value
      await pause(QUEUED_MS)
    }
    // A job is retried until it has a task or is unconfirmed.
    while (!ends.has(input)) {
      const { value, error } = await call({ call: 'create', input, options: { idempotencyKey } })
      if (value !== undefined || error?.kind === 'unconfirmed') {
        ends.set(input, value)
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
  return ends
}

/** A service that loses some responses. */
async function startLossyService(random: () => number): Promise<Service> {
  const lose = (): 'before' | 'after' | undefined => {
    const chance = random()
    if (chance < 0.04) {
      return chance < 0.02 ? 'before' : 'after'
    }
    return undefined
  }
  return keep(await startService(lose, LATENCY_MS), ({ stop }) => stop())
}

/** Replaces a process that is killed. */
async function replace(
  workers: Worker[],
  index: number,
  start: () => Promise<Worker>,
): Promise<void> {
  workers[index]?.kill()
  workers[index] = await start()
}

/** The jobs with a second task, another task than they report, or a task that is not reported. */
function findFaults({ tasks }: Service, ends: Ends): object {
  const accepted = new Map(Array.from(tasks.values(), ({ input, taskId }) => [input, taskId]))
  const created = [...ends].filter(([, taskId]) => taskId !== undefined)
  console.log({ created: created.length, unconfirmed: ends.size - created.length })
  return {
    second: tasks.size - accepted.size,
    wrong: created.filter(([input, taskId]) => accepted.get(input) !== taskId),
    lost: [...accepted.keys()].filter((input) => !ends.has(input)),
    ends: ends.size,
    areMostCreated: created.length > CREATES * 0.8,
  }
}

const NO_FAULTS = { second: 0, wrong: [], lost: [], ends: CREATES, areMostCreated: true }

const setupsOf = (kind: Setup['kind']): readonly Setup[] =>
  LONG_SETUPS.filter((setup) => setup.kind === kind)

test.skipIf(!hasRedis()).each(setupsOf('one server'))(
  '1,000 creates of 4 processes with $driver charge nothing twice, whatever fails',
  async ({ driver }) => {
    const random = seeded(1)
    const stop = ({ stop: end }: Front): void => end()
    const kill = (server: RedisServer): Promise<void> => server.kill()
    const service = await startLossyService(random)
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
    const ends = await runJobs(start, async (count, workers) => {
      if (count === 300) {
        master.command('flushall')
      } else if (count === 600) {
        // The stream to the replica stops. What the master still accepts is lost with it.
        stream.moveTo(undefined)
        await pause(100)
        workers[0]?.kill()
        front.moveTo(undefined)
        await master.kill()
        replica.command('replicaof', 'no', 'one')
        master = replica
        replica = keep(await startReplica(master), kill)
        front.moveTo(master.port)
        workers[0] = await start()
      } else if (count % 200 === 0) {
        await replace(workers, Math.floor(random() * PROCESSES), start)
      } else {
        front.moveTo(master.port)
      }
    })
    expect(findFaults(service, ends)).toEqual(NO_FAULTS)
  },
)

test.skipIf(!hasRedis()).each(setupsOf('a cluster'))(
  '1,000 creates of 4 processes over a cluster with $driver charge nothing twice',
  async ({ driver, start }) => {
    const random = seeded(1)
    const service = await startLossyService(random)
    const nodes = keep(await start(), (all) => Promise.all(all.map(({ kill }) => kill())))
    const client = { ...CLIENT, baseUrl: service.url }
    const ports = nodes.map(({ port }) => port)
    const options = { driver, ports, store: {}, speed: SPEED, client }
    // A process cannot start while its connections are dropped. Its supervisor starts it again.
    const startOne = async (): Promise<Worker> =>
      keep(await startWorker(options).catch(() => startWorker(options)), (worker) => worker.kill())
    const ends = await runJobs(startOne, async (count, workers) => {
      if (count === 300) {
        nodes.map(({ command }) => command('flushall'))
      } else if (count % 200 === 0) {
        await replace(workers, Math.floor(random() * PROCESSES), startOne)
      } else {
        nodes.map(({ command }) => command('client', 'kill', 'type', 'normal'))
      }
    })
    expect(findFaults(service, ends)).toEqual(NO_FAULTS)
  },
)
