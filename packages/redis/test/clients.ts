import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import type { RedisServer } from 'test-kit/redis'
import type { RedisClient } from '../src/index.ts'

export type DriverName = 'node-redis' | 'ioredis'

export const DRIVERS: readonly DriverName[] = ['node-redis', 'ioredis']

export interface Connection {
  readonly client: RedisClient
  readonly close: () => void
}

/** Connects to a server, or to a cluster of several. */
export async function connect(
  driver: DriverName,
  servers: readonly Pick<RedisServer, 'port' | 'url'>[],
): Promise<Connection> {
  const [{ port, url } = { port: 0, url: '' }] = servers
  const isCluster = servers.length > 1
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
