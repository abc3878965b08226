import { memoryStore, type Store } from '@apikley/client'
import { createVirtualClock } from '@apikley/simulator'
import { expect, test, vi } from 'vitest'
import type { WebhookOptions } from '../src/index.ts'
import { methodsOf } from './requests.ts'
import { webhookService } from './webhook-service.ts'

const KEY = 'event:task_1:success'

/** Two instances with a shared store, and a finished task. */
function instances(first: Partial<WebhookOptions> = {}) {
  const clock = createVirtualClock()
  const store = memoryStore({ clock })
  const one = webhookService({ store, ...first }, [], undefined, clock)
  const two = webhookService({ store, apikley: one.apikley }, [], undefined, clock)
  one.simulator.control.addTask({ taskId: 'task_1' })
  return { clock, store, one, two }
}

const never = () => new Promise(() => {})

test('Two instances call onTask once for concurrent and later callbacks.', async () => {
  const onTask = () => new Promise<void>((resolve) => void clock.after(1000, resolve))
  const { clock, store, one, two } = instances({ onTask })
  const posts = [one, two, one, two].map((service) => service.post())
  const statuses = await clock.settle(Promise.all(posts))
  expect(statuses).toEqual([200, 503, 200, 503])
  expect(await store.get(KEY)).toBe('=done')
  expect([await one.send(), await two.send()]).toEqual([200, 200])
  expect(one.calls.length + two.calls.length).toBe(1)
})

test('A call keeps its lease for 10 min, and is repeated if it fails.', async () => {
  let reject: (error: Error) => void = () => {}
  const onTask = () =>
    new Promise<never>((_, rejectCall) => {
      reject = rejectCall
    })
  const { clock, one, two } = instances({ onTask })
  void one.post()
  for (let minutes = 0; minutes < 10; minutes++) {
    expect(await two.send()).toBe(503)
    await clock.advance(60_000)
  }
  expect([one.calls.length, two.calls.length]).toEqual([1, 0])
  reject(new Error('The database is away'))
  await clock.advance(1000)
  expect([await two.send(), await one.send()]).toEqual([200, 200])
  expect([one.calls.length, two.calls.length]).toEqual([1, 1])
})

test('After the lease of an instance that died, another one calls onTask.', async () => {
  const clock = createVirtualClock()
  const store = memoryStore({ clock })
  let hasDied = false
  const dying: Store = {
    ...methodsOf(store),
    swap: (...given) => (hasDied ? new Promise(() => {}) : store.swap(...given)),
  }
  const one = webhookService({ store: dying, onTask: never }, [], undefined, clock)
  const two = webhookService({ store, apikley: one.apikley }, [], undefined, clock)
  one.simulator.control.addTask({ taskId: 'task_1' })
  void one.post()
  await clock.advance(10)
  hasDied = true
  await clock.advance(58_000)
  expect(await two.send()).toBe(503)
  await clock.advance(3000)
  expect(await two.send()).toBe(200)
  expect(two.calls).toHaveLength(1)
})

test('The store remembers a handled event for 24 h, also when the handler is new.', async () => {
  const { clock, store, one } = instances()
  await one.send()
  await clock.advance(23 * 3_600_000)
  const restarted = webhookService({ store, apikley: one.apikley }, [], undefined, clock)
  expect(await restarted.send()).toBe(200)
  expect(restarted.calls).toEqual([])
})

test('A failed onTask releases its lease, even if onError throws.', async () => {
  const onTask = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('Away'))
  const onError = () => {
    throw new Error('The log is full')
  }
  const { store, one } = instances({ onTask, onError })
  expect(await one.send()).toBe(500)
  expect(await store.get(KEY)).toBeUndefined()
  expect(await one.send()).toBe(200)
  expect(onTask).toHaveBeenCalledTimes(2)
})

const rejects = () => Promise.reject(new Error('No store'))

test.each<[string, Partial<Store>, RegExp]>([
  ['cannot be read', { get: rejects }, /No store/],
  ['cannot be written', { swap: rejects }, /No store/],
  ['answers OK to a claim', { swap: async () => 'OK' }, /set up wrongly: swap returned OK/],
  ['answers nothing to a claim', { swap: async () => undefined }, /swap returned undefined/],
])('A store that %s is reported, and the sender retries.', async (_, broken, message) => {
  const store = { ...methodsOf(memoryStore()), ...broken }
  const { one } = instances({ store })
  expect(await one.send()).toBe(500)
  expect(one.errors).toMatchObject([{ message: expect.stringMatching(message) }])
  expect(one.calls).toEqual([])
})

/** A store whose writes of this value fail. */
function failingFor(value: string | undefined): Store {
  const memory = memoryStore()
  return {
    ...methodsOf(memory),
    swap: (...given) => (given[2] === value ? rejects() : memory.swap(...given)),
  }
}

test.each<[string, string | undefined, number, object[]]>([
  [
    'the release of a failed onTask',
    undefined,
    500,
    [{ message: 'Away' }, { message: 'No store' }],
  ],
  ['the end of onTask', '=done', 200, [{ message: 'No store' }]],
])('A store that fails to save %s is reported.', async (_, value, status, errors) => {
  const onTask = () => (value ? Promise.resolve() : Promise.reject(new Error('Away')))
  const { one } = instances({ onTask, store: failingFor(value) })
  expect(await one.send()).toBe(status)
  expect(one.errors).toMatchObject(errors)
  expect(one.calls).toHaveLength(1)
})
