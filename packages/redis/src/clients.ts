/** The parts of node-redis, ioredis and their cluster clients that the store uses. */
export type RedisClient = IoRedisClient | NodeRedisClient | NodeRedisCluster

type Listener = (...args: string[]) => void

/** `Redis` or `Cluster` of ioredis. */
export interface IoRedisClient {
  readonly isCluster: boolean
  pipeline(commands: string[][]): { exec(): Promise<[Error | null, unknown][] | null> }
  duplicate(): IoRedisSubscriber
}

interface IoRedisSubscriber {
  on(event: 'message' | 'error', listener: Listener): unknown
  removeAllListeners(event: 'message'): unknown
  subscribe(channel: string): Promise<unknown>
  disconnect(): void
}

interface Pipeline<Arguments extends unknown[]> {
  addCommand(...args: Arguments): unknown
  execAsPipeline(): Promise<unknown[]>
}

interface NodeRedis<Arguments extends unknown[]> {
  multi(): Pipeline<Arguments>
  duplicate(): NodeRedisSubscriber
}

interface NodeRedisSubscriber {
  on(event: 'error', listener: () => void): unknown
  connect(): Promise<unknown>
  subscribe(channel: string, listener: Listener): Promise<unknown>
  destroy(): void
}

/** The client of `createClient` of node-redis. */
export type NodeRedisClient = NodeRedis<[args: string[]]>

/** The client of `createCluster` of node-redis. */
export interface NodeRedisCluster extends NodeRedis<
  [firstKey: string, isReadonly: boolean, args: string[]]
> {
  readonly masters: unknown
}

/** What the store needs of a driver. */
export interface Driver {
  /**
   * Sends commands in one batch, on one connection, to the node that holds `key`. Rejects with the
   * error of the first command that failed.
   */
  send(key: string, commands: string[][]): Promise<unknown[]>
  /** Subscribes on a connection of its own. Returns a function that closes it. */
  subscribe(channel: string, listener: (message: string) => void): Promise<() => Promise<void>>
}

export function driverOf(client: RedisClient): Driver {
  if ('isCluster' in client) {
    return ioRedis(client)
  }
  if ('masters' in client) {
    return nodeRedis(client, (key, args) => [key, false, args])
  }
  return nodeRedis(client, (_, args) => [args])
}

function ioRedis(client: IoRedisClient): Driver {
  return {
    async send(_, commands) {
      const replies = (await client.pipeline(commands).exec()) ?? []
      return replies.map(([error, reply]) => checked(error ?? reply))
    },
    async subscribe(channel, listener) {
      const connection = client.duplicate()
      // The driver reconnects by itself.
      connection.on('error', () => {})
      connection.on('message', (_, message = '') => listener(message))
      try {
        await connection.subscribe(channel)
      } catch (error) {
        connection.disconnect()
        throw error
      }
      return async () => {
        // Messages may still arrive while it is closed.
        connection.removeAllListeners('message')
        connection.disconnect()
      }
    },
  }
}

function nodeRedis<Arguments extends unknown[]>(
  client: NodeRedis<Arguments>,
  toArguments: (key: string, args: string[]) => Arguments,
): Driver {
  return {
    async send(key, commands) {
      const pipeline = client.multi()
      for (const command of commands) {
        pipeline.addCommand(...toArguments(key, command))
      }
      return (await pipeline.execAsPipeline()).map(checked)
    },
    async subscribe(channel, listener) {
      const connection = client.duplicate()
      connection.on('error', () => {})
      try {
        await connection.connect()
        await connection.subscribe(channel, (message = '') => listener(message))
      } catch (error) {
        connection.destroy()
        throw error
      }
      return async () => connection.destroy()
    },
  }
}

function checked(reply: unknown): unknown {
  if (reply instanceof Error) {
    throw reply
  }
  return reply
}
