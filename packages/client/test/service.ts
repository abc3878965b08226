import {
  createApikley,
  type Apikley,
  type ApikleyEvent,
  type ApikleyOptions,
  type CreatedTask,
  type CreateOptions,
  type RunOptions,
  type RunResult,
  type Task,
  type WaitOptions,
} from '../src/index.ts'
import { createTestClock, type TestClock } from 'test-kit/clock'
import { MODEL, type Reply, type Sent } from './replies.ts'

export interface Service {
  readonly apikley: Apikley
  readonly clock: TestClock
  /** Every request that was sent, in order. */
  readonly sent: Sent[]
  readonly events: ApikleyEvent[]
  /** `tasks.create` with the usual input. Time passes until it ends. */
  readonly create: (options?: CreateOptions) => Promise<CreatedTask>
  /** `run` with the usual input. Time passes until it ends. */
  readonly run: (options?: RunOptions) => Promise<RunResult>
  /** `tasks.wait` for `task_1`. Time passes until it ends. */
  readonly wait: (options?: WaitOptions) => Promise<Task>
}

export const key = 'sk-5up3r-s3cr3t-0123'
export const input = {
  image_url: 'https://files.example.com/source.webp',
  image_size: 'square_hd',
} as const

const file = new Blob(['bytes'], { type: 'image/png' })
export const withFile: { image_url: Blob; image_size: 'square_hd' } = { ...input, image_url: file }

/** The options of a client of a proxy. */
export const proxied = { apiKey: undefined, proxyUrl: 'https://app.example/api/apikley' }

/**
 * A client and a service on a virtual clock. Each request gets the next reply. The last reply
 * repeats.
 */
export function service(replies: Reply[], options: ApikleyOptions = {}): Service {
  const clock = createTestClock()
  const sent: Sent[] = []
  const events: ApikleyEvent[] = []
  const apikley = createApikley(
    {
      apiKey: key,
      onEvent: (event) => events.push(event),
      async fetch(url, init = {}) {
        const request = new Request(String(url), { ...init, signal: null })
        const { method, headers } = request
        const arrived = {
          method,
          headers,
          url: new URL(String(url)),
          body: await request.text(),
          init,
        }
        sent.push(arrived)
        const reply = replies[Math.min(sent.length, replies.length) - 1]
        if (!reply) {
          throw new Error('The test has no reply for this request')
        }
        return reply(arrived)
      },
      ...options,
    },
    { clock, random: () => 0.5, env: {} },
  )
  return {
    apikley,
    clock,
    sent,
    events,
    create: (more) => clock.settle(apikley.tasks.create(MODEL, input, more)),
    run: (more) => clock.settle(apikley.run(MODEL, input, more)),
    wait: (more) => clock.settle(apikley.tasks.wait('task_1', more)),
  }
}

/** A key of the caller's own. The store of the client is older. */
export async function ownKey(
  { apikley, clock }: Service,
  idempotencyKey: string,
): Promise<{ readonly idempotencyKey: string; readonly createdAt: number }> {
  await apikley.tasks.createKey()
  await clock.pass(2000)
  return { idempotencyKey, createdAt: clock.now() }
}

/** The events of one type, in order. */
export function eventsOf<Type extends ApikleyEvent['type']>(
  events: readonly ApikleyEvent[],
  type: Type,
): Extract<ApikleyEvent, { readonly type: Type }>[] {
  return events.filter(
    (event): event is Extract<ApikleyEvent, { readonly type: Type }> => event.type === type,
  )
}

const fileUrl = 'https://files.example.com/a.png'

/** The calls of a client with their usual arguments, and options of any type. */
export const calls: Readonly<Record<string, (apikley: Apikley, options?: unknown) => unknown>> = {
  run: ({ run }, options) => Reflect.apply(run, null, [MODEL, input, options]),
  'run with a file': ({ run }, options) => Reflect.apply(run, null, [MODEL, withFile, options]),
  create: ({ tasks }, options) => Reflect.apply(tasks.create, null, [MODEL, input, options]),
  get: ({ tasks }, options) => Reflect.apply(tasks.get, null, ['task_1', options]),
  wait: ({ tasks }, options) => Reflect.apply(tasks.wait, null, ['task_1', options]),
  watch: ({ tasks }, options) => Reflect.apply(tasks.watch, null, ['task_1', options]).next(),
  upload: ({ files }, options) => Reflect.apply(files.upload, null, [file, options]),
  uploadFromUrl: ({ files }, options) =>
    Reflect.apply(files.uploadFromUrl, null, [fileUrl, options]),
  save: ({ files }, options) => Reflect.apply(files.save, null, [fileUrl, undefined, options]),
  downloadUrl: ({ files }, options) => Reflect.apply(files.downloadUrl, null, [fileUrl, options]),
  credits: ({ credits }, options) => Reflect.apply(credits, null, [options]),
}

/** A function of the caller that throws. */
export const mistake = (): never => {
  throw new Error('a mistake')
}

/** The reason of a rejection. */
export function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('The call succeeded')
    },
    (error: unknown) => error,
  )
}

/** The input of a create, as the service received it. */
export function sentInput(request: Sent | undefined): Record<string, unknown> {
  return JSON.parse(request?.body ?? '').input
}

/** The states that a watch yields until it ends. */
export async function statesOf(watch: AsyncIterable<Task>): Promise<string[]> {
  const states: string[] = []
  for await (const { state } of watch) {
    states.push(state)
  }
  return states
}
