import { idle } from 'test-kit/clock'
import { expect, test } from 'vitest'
import { createApikley, memoryStore, type Apikley, type ApikleyOptions } from '../src/index.ts'
import type { Store } from '../src/index.ts'
import { bind } from './keyed-creates.ts'
import { MODEL, RESULT_URL } from './replies.ts'
import { eventsOf, input, key } from './service.ts'
import { world, type World, type WorldTask } from './world.ts'

const callbackUrl = 'https://app.example.com/hook'
const OUTPUT = JSON.stringify({ resultUrls: [RESULT_URL], lyrics: 'my prompt' })
const fails = (): Promise<never> => Promise.reject(new Error('down'))

/** One service, and clients of several processes that share a store. */
function fleet(task: WorldTask): World & {
  readonly client: (options?: ApikleyOptions) => Apikley
  /** Every value and message of the store. */
  readonly written: string[]
  readonly store: Store
} {
  const all = world(task)
  const memory = bind(memoryStore({ clock: all.clock }))
  const written: string[] = []
  const store: Store = {
    ...memory,
    swap: (...args) => {
      written.push(args.join(' '))
      return memory.swap(...args)
    },
    publish: (...args) => {
      written.push(args.join(' '))
      return memory.publish(...args)
    },
  }
  const { fetch } = all.apikley.transport
  const client = (options: ApikleyOptions = {}): Apikley =>
    createApikley(
      { apiKey: key, fetch, store, ...options },
      { clock: all.clock, random: () => Math.random(), env: {} },
    )
  return { ...all, client, written, store }
}

test('when one process reads the end of a task, the waits in all processes resolve', async () => {
  const { client, clock, polls } = fleet({ duration: 20_000 })
  const { taskId } = await client().tasks.create(MODEL, input, { callbackUrl })
  const waits = [client().tasks.wait(taskId), client().tasks.wait(taskId)]
  await clock.pass(20_000)
  // The wait knows from the store that a callback is expected.
  expect(polls).toHaveLength(0)
  const task = await client().tasks.get(taskId)
  await idle()
  expect(clock.pending).toBe(0)
  for (const result of await Promise.all(waits)) {
    expect(result).toMatchObject({ taskId, state: 'success', urls: [RESULT_URL], model: MODEL })
    expect(result.completeTime).toBe(task.completeTime)
  }
  const late = await client().tasks.wait(taskId)
  expect([late.urls, polls.length]).toEqual([[RESULT_URL], 1])
})

test.each([
  { name: 'a failure', record: { failMsg: 'no cats in my prompt' }, state: 'fail' },
  { name: 'an output', record: { resultJson: OUTPUT }, state: 'success' },
] as const)('the store holds no text of $name, and each process reads it', async (each) => {
  const { client, clock, polls, written } = fleet({ duration: 20_000, ...each })
  const { taskId } = await client().tasks.create(MODEL, input, { callbackUrl })
  const wait = client()
    .tasks.wait(taskId)
    .catch((error: unknown) => error)
  await clock.pass(20_000)
  const task = await client().tasks.get(taskId)
  const end = await clock.settle(wait)
  expect(polls.map(({ at }) => at)).toEqual([polls[0]?.at, polls[0]?.at])
  expect(end).toMatchObject(
    each.state === 'fail' ? { failMsg: task.failMsg } : { object: task.object },
  )
  expect(written.join()).toContain(taskId)
  expect(written.join()).not.toMatch(/my prompt|source\.webp|hook/)
})

test.each(['publish', 'subscribe'] as const)(
  'a wait ends by polling when %s of the store fails',
  async (method) => {
    const { client, clock, store } = fleet({ duration: 5000 })
    const failing = { store: { ...store, [method]: fails } }
    const { taskId } = await client(failing).tasks.create(MODEL, input, { callbackUrl })
    const wait = client(failing).tasks.wait(taskId)
    await clock.pass(5000)
    await client(failing).tasks.get(taskId)
    expect(await clock.settle(wait)).toMatchObject({ state: 'success' })
  },
)

test('a store that fails is reported, and fails no wait', async () => {
  const all = fleet({ duration: 5000 })
  const events: Parameters<NonNullable<ApikleyOptions['onEvent']>>[0][] = []
  const store = { ...all.store, get: fails, swap: fails, subscribe: fails }
  const apikley = all.client({ store, onEvent: (event) => events.push(event) })
  expect(await all.clock.settle(apikley.run(MODEL, input))).toMatchObject({ urls: [RESULT_URL] })
  const failed = eventsOf(events, 'store')
  expect(new Set(failed.map(({ call }) => call))).toEqual(new Set(['subscribe', 'get', 'swap']))
  expect(failed[0]).toMatchObject({ duration: 0, error: { kind: 'connection' } })
})

test('the durations of tasks are shared', async () => {
  const { client, clock } = fleet({ duration: 40_000 })
  const first = client()
  await clock.settle(Promise.all([first.run(MODEL, input), client().run(MODEL, input)]))
  await idle()
  const later = client()
  await later.tasks.create(MODEL, input)
  await idle()
  expect(later.tasks.pollingHistory()[MODEL]).toMatchObject({ count: 2 })
})

test('a process listens while it awaits a task', async () => {
  const { client, clock, store } = fleet({ duration: 5000 })
  let listeners = 0
  const counting: Store = {
    ...store,
    subscribe: async (...args) => {
      const leave = await store.subscribe(...args)
      listeners += 1
      return async () => {
        listeners -= 1
        await leave()
      }
    },
  }
  const apikley = client({ store: counting })
  const waits = [apikley.tasks.wait('task_1'), apikley.tasks.wait('task_2')]
  await clock.pass(100)
  expect(listeners).toBe(1)
  await clock.settle(Promise.all(waits))
  await idle()
  expect([listeners, clock.pending]).toEqual([0, 0])
})
