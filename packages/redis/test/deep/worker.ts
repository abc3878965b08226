// A process of a fleet. The test that forks it sends calls, and receives their ends.
import { createApikley, type ApikleyOptions, type Clock, type CreateOptions } from '@apikley/client'
import { createWebhookHandler } from '@apikley/server'
import { listenWith } from 'test-kit/listen'
import { redisStore, type RedisStoreOptions } from '../../src/index.ts'
import { connect, type DriverName } from '../clients.ts'

export interface WorkerOptions {
  readonly driver: DriverName
  readonly ports: readonly number[]
  readonly store: RedisStoreOptions
  /** How much faster than real time the clock of the client runs. Default: 1. */
  readonly speed?: number
  readonly client: Pick<ApikleyOptions, 'baseUrl' | 'limits' | 'requestTimeout' | 'maxRetryAfter'>
}

/** A call, which names its input by a number. */
export type Call =
  | { readonly call: 'key' }
  | { readonly call: 'create'; readonly input: number; readonly options?: CreateOptions }
  | { readonly call: 'wait'; readonly taskId: string }
  | { readonly call: 'webhook' }

/** The end of a call: its value, or the error as JSON. */
export interface End {
  readonly id: number
  readonly value?: string
  readonly error?: { readonly kind?: string; readonly message?: string; readonly charge?: string }
  /** In Unix ms. */
  readonly at: number
}

/** All processes have the same time. */
const EPOCH = Date.UTC(2026, 0, 1)

const { driver, ports, store, speed = 1, client }: WorkerOptions = JSON.parse(process.argv[2] ?? '')
const { client: redis } = await connect(driver, ports)
const clock: Clock = {
  now: () => EPOCH + (Date.now() - EPOCH) * speed,
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms / speed, 2 ** 31 - 1))
    return () => clearTimeout(timer)
  },
}
const apikley = createApikley(
  { apiKey: 'any-long-key-will-do', store: redisStore(redis, store), ...client },
  { clock },
)

async function run(call: Call): Promise<string> {
  switch (call.call) {
    case 'key':
      return apikley.tasks.createKey()
    case 'create': {
      const image_url = `https://files.example.com/${call.input}.png`
      const input = { image_url, image_size: 'square' } as const
      const { taskId } = await apikley.tasks.create('ideogram/v3-reframe', input, call.options)
      return taskId
    }
    case 'wait': {
      const { urls } = await apikley.tasks.wait(call.taskId)
      return urls[0] ?? ''
    }
    case 'webhook': {
      const handler = createWebhookHandler({ apikley, token: 'token', onTask: () => {} })
      const { url } = await listenWith((request) => handler(request))
      return `${url}/?token=token`
    }
  }
}

process.on('message', ({ id, ...call }: Call & { readonly id: number }) => {
  const send = (end: Omit<End, 'id' | 'at'>): unknown =>
    process.send?.({ id, at: Date.now(), ...end })
  run(call).then(
    (value) => send({ value }),
    (error: unknown) =>
      send({ error: JSON.parse(JSON.stringify(error)) ?? { message: String(error) } }),
  )
})
process.once('disconnect', () => process.exit())
process.send?.({ id: 0, at: Date.now() })
