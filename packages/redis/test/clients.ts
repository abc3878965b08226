import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { startCluster, startRedis, type RedisServer } from 'test-kit/redis'
import type { RedisClient } from '../src/index.ts'

export type DriverName = 'node-redis' | 'ioredis'

export const DRIVERS: readonly DriverName[] = ['node-redis', 'ioredis']

export interface Setup {
  readonly kind: 'one server' | 'a cluster'
  readonly driver: DriverName
  readonly start: () => Promise<RedisServer[]>
}

/** Each driver over one server, and over a cluster too if the test includes clusters. */
export function setupsOf(hasCluster: boolean): Setup[] {
  const single = async (): Promise<RedisServer[]> => [await startRedis()]
  return DRIVERS.flatMap((driver): Setup[] => [
    { kind: 'one server', driver, start: single },
    ...(hasCluster ? [{ kind: 'a cluster', driver, start: startCluster } as const] : []),
  ])
}

export interface Connection {
  readonly client: RedisClient
  readonly close: () => void
}

/** Connects to a server, or to a cluster of several. */
export async function connect(driver: DriverName, ports: readonly number[]): Promise<Connection> {
  const [port = 0] = ports
  const url = `redis://127.0.0.1:${port}`
  const isCluster = ports.length > 1
  if (driver === 'ioredis') {
    const client = isCluster
      ? new Cluster([{ host: '127.0.0.1', port }])
      : new Redis({ host: '127.0.0.1', port })
    client.on('error', () => {})
    return { client, close: () => client.disconnect() }
  }
  const client = isCluster ? createCluster({ rootNodes: [{ url }] }) : createClient({ url })
  client.on('error', () => {})
  await client.connect()
  return { client, close: () => client.destroy() }
}
