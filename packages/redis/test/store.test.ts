import { storeContract } from '@apikley/client/store-contract'
import { hasRedis, type RedisServer } from 'test-kit/redis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { redisStore, type RedisClient } from '../src/index.ts'
import { connect, setupsOf, type Connection } from './clients.ts'

const limit = { limit: 1, interval: 60_000, maxDelay: Infinity }
const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

// The long tests cover a cluster too.
const setups = setupsOf(process.env.REDIS_CLUSTER === '1')

describe.skipIf(!hasRedis()).each(setups)('redisStore with $driver and $kind', (setup) => {
  let servers: RedisServer[]
  const connections: Connection[] = []
  const open = async (): Promise<Connection['client']> => {
    const connection = await connect(
      setup.driver,
      servers.map(({ port }) => port),
    )
    connections.push(connection)
    return connection.client
  }
  const command = (...words: string[]): string =>
    servers.map((server) => server.command(...words)).join('')

  beforeAll(async () => {
    servers = await setup.start()
  })
  afterAll(async () => {
    connections.map(({ close }) => close())
    await Promise.all(servers.map(({ kill }) => kill()))
  })

  // These run at once: most of the time they wait until values expire.
  test.concurrent.each(storeContract)('$name', async ({ name, check }) => {
    const options = { prefix: name.replaceAll(' ', '-') }
    const [store, other] = [redisStore(await open(), options), redisStore(await open(), options)]
    const checked = check({ store, other, now: Date.now, pass })
    await expect(checked).resolves.toBeUndefined()
  })

  test('every key has the hash tag of its prefix and a TTL', async () => {
    const store = redisStore(await open(), { prefix: 'mine' })
    await store.swap('key', undefined, 'a', 5000)
    await store.reserve('limit', 'a', limit)
    const keys = command('keys', '{mine}*').trim().split('\n').filter(Boolean)
    expect(keys.sort()).toEqual(['{mine}:key', '{mine}:limit', '{mine}:limit:at'])
    for (const key of keys) {
      const ttls = servers.map((server) => Number(server.command('-c', 'pttl', key)))
      expect(ttls.every((ttl) => ttl > 0 && ttl <= 61_000)).toBe(true)
    }
  })

  test('a server that has lost its scripts gets them again', async () => {
    const store = redisStore(await open(), { prefix: 'flushed' })
    await store.swap('key', undefined, 'a', 5000)
    command('script', 'flush')
    expect(await store.swap('key', 'a', 'b', 5000)).toBe('b')
  })

  test('a clock that is set back moves the turns with it', async () => {
    const store = redisStore(await open())
    await store.reserve('limit', 'a', limit)
    const later = Date.now() + 3_600_000
    servers[0]?.command('-c', 'set', '{apikley}:limit:at', String(later))
    servers[0]?.command('-c', 'zadd', '{apikley}:limit', String(later), 'a')
    const delay = await store.reserve('limit', 'b', limit)
    expect(delay).toBeGreaterThan(55_000)
    expect(delay).toBeLessThanOrEqual(60_000)
  })

  test('a policy that evicts keys causes one warning', async () => {
    const warnings: string[] = []
    const onWarning = (message: string): unknown => warnings.push(message)
    command('config', 'set', 'maxmemory-policy', 'volatile-lru')
    onTestFinished(() => {
      command('config', 'set', 'maxmemory-policy', 'noeviction')
    })
    const store = redisStore(await open(), { onWarning })
    await store.get('key')
    await store.get('key')
    await expect.poll(() => warnings).toEqual([expect.stringContaining('volatile-lru')])
  })

  test('a write fails if fewer replicas hold it than required', async () => {
    const store = redisStore(await open(), { replicas: 1, replicaTimeout: 50 })
    await expect(store.swap('key', undefined, 'a', 5000)).rejects.toThrow('0 of 1 replicas')
    expect(await store.swap('key', undefined, 'b', 5000)).toBe('a')
    expect(await store.swap('key', 'a', undefined, 5000)).toBeUndefined()
  })
})

/** A client whose server reports a policy. */
const stub = (policy: string): RedisClient => ({
  isCluster: false,
  duplicate: () => expect.fail(),
  pipeline: (commands) => ({
    exec: async () => commands.map(() => [null, `maxmemory_policy:${policy}`]),
  }),
})

test('a policy that keeps all keys causes no warning', async () => {
  const warnings: string[] = []
  for (const policy of ['noeviction', 'allkeys-lru']) {
    await redisStore(stub(policy), { onWarning: (text) => warnings.push(text) }).get('key')
  }
  expect(warnings).toEqual([expect.stringContaining('allkeys-lru')])
})

test('a prefix with a brace is refused', () => {
  expect(() => redisStore(stub('noeviction'), { prefix: 'a{b}' })).toThrow('prefix')
})
