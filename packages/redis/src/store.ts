import type { Store, TurnLimit } from '@apikley/client'
import { driverOf, type Driver, type RedisClient } from './clients.ts'
import { RESERVE, SWAP, type Script } from './lua-scripts.ts'

export interface RedisStoreOptions {
  /**
   * The start of all keys. It is their hash tag too, so that one node of a cluster holds them all.
   * Use one prefix for one account. Default: `apikley`.
   */
  readonly prefix?: string | undefined
  /**
   * How many replicas must hold a value before a write counts. A create is then not sent before
   * they hold its record, so that a failover cannot cause a second charge. Default: 0.
   */
  readonly replicas?: number | undefined
  /** How long a write waits for its replicas, in ms. It fails after that. Default: 1,000. */
  readonly replicaTimeout?: number | undefined
  /** Receives a warning when Redis may evict keys. Default: `console.warn`. */
  readonly onWarning?: ((message: string) => void) | undefined
}

/**
 * Makes a store that several processes share, over Redis 6.2 and newer or Valkey. Pass a client of
 * node-redis that is connected, or one of ioredis, or a cluster client of either. The store closes
 * no client. While a task is awaited it has one more connection, for messages.
 *
 * @example
 * const store = redisStore(await createClient().connect())
 * const apikley = createApikley({ store })
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): Store {
  return new RedisStore(driverOf(client), options)
}

class RedisStore implements Store {
  readonly #driver: Driver
  readonly #prefix: string
  readonly #replicas: number
  readonly #replicaTimeout: number
  readonly #onWarning: (message: string) => void
  #isChecked = false

  constructor(driver: Driver, options: RedisStoreOptions) {
    const { prefix = 'apikley', replicas = 0, replicaTimeout = 1000, onWarning } = options
    if (!/^[^{}\s]+$/.test(prefix)) {
      throw new TypeError('The prefix of a store must be a text without spaces and braces.')
    }
    this.#driver = driver
    this.#prefix = `{${prefix}}:`
    this.#replicas = replicas
    this.#replicaTimeout = replicaTimeout
    this.#onWarning = onWarning ?? ((message) => console.warn(message))
  }

  async get(key: string): Promise<string | undefined> {
    const [value] = await this.#send(key, ['get', this.#prefix + key])
    return typeof value === 'string' ? value : undefined
  }

  async swap(
    key: string,
    expected: string | undefined,
    value: string | undefined,
    ttl: number,
  ): Promise<string | undefined> {
    const toArgument = (text?: string): string => (text === undefined ? '' : `:${text}`)
    const written = toArgument(value)
    const args = [toArgument(expected), written, String(Math.max(1, Math.ceil(ttl)))]
    const wait = ['wait', String(this.#replicas), String(this.#replicaTimeout)]
    const needsReplicas = this.#replicas > 0 && value !== undefined
    const [reply, replicas] = await this.#run(SWAP, [key], args, needsReplicas ? [wait] : [])
    const held = String(reply)
    if (needsReplicas && held === written && Number(replicas) < this.#replicas) {
      throw new Error(`${Number(replicas)} of ${this.#replicas} replicas hold the value`)
    }
    return held === '' ? undefined : held.slice(1)
  }

  async reserve(
    key: string,
    id: string,
    { limit, interval, maxDelay }: TurnLimit,
  ): Promise<number | undefined> {
    const longest = maxDelay === Infinity ? '' : String(maxDelay)
    const args = [id, String(limit), String(interval), longest]
    const [reply] = await this.#run(RESERVE, [key, `${key}:at`], args)
    const delay = Number(reply)
    return delay < 0 ? undefined : delay
  }

  async cancel(key: string, id: string): Promise<void> {
    await this.#send(key, ['zrem', this.#prefix + key, id])
  }

  async publish(channel: string, message: string): Promise<void> {
    await this.#send(channel, ['publish', this.#prefix + channel, message])
  }

  subscribe(channel: string, listener: (message: string) => void): Promise<() => Promise<void>> {
    return this.#driver.subscribe(this.#prefix + channel, listener)
  }

  /** Runs a script by its SHA, or by its text on a node that does not know it. */
  async #run(
    { sha, text }: Script,
    keys: string[],
    args: string[],
    more: string[][] = [],
  ): Promise<unknown[]> {
    const [key = ''] = keys
    const rest = [String(keys.length), ...keys.map((each) => this.#prefix + each), ...args]
    try {
      return await this.#send(key, ['evalsha', sha, ...rest], ...more)
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('NOSCRIPT')) {
        return this.#send(key, ['eval', text, ...rest], ...more)
      }
      throw error
    }
  }

  #send(key: string, ...commands: string[][]): Promise<unknown[]> {
    if (!this.#isChecked) {
      this.#isChecked = true
      void this.#checkPolicy().catch(() => {})
    }
    return this.#driver.send(this.#prefix + key, commands)
  }

  /** Some providers forbid the command. The store then does not warn. */
  async #checkPolicy(): Promise<void> {
    const [info] = await this.#driver.send(this.#prefix, [['info', 'memory']])
    const [, policy = 'noeviction'] = /maxmemory_policy:(\S+)/.exec(String(info)) ?? []
    if (policy !== 'noeviction') {
      this.#onWarning(
        `Redis may evict the records of creates: maxmemory-policy is ${policy}. A create whose ` +
          'record is lost ends as unconfirmed, or in a second charge. Set noeviction.',
      )
    }
  }
}
