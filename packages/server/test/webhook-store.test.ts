import { createVirtualClock, type VirtualClock } from '@apikley/simulator'
import { expect, test, vi } from 'vitest'
import type { Seen, WebhookOptions } from '../src/index.ts'
import { webhookService } from './webhook-service.ts'

/** A store with leases of a minute. */
function createStore(clock: VirtualClock): { ends: Map<string, number | 'done'>; seen: Seen } {
  const ends = new Map<string, number | 'done'>()
  const seen: Seen = {
    async claim(event) {
      const held = ends.get(event) ?? 0
      if (held === 'done' || held > clock.now()) {
        return held === 'done' ? 'done' : 'busy'
      }
      ends.set(event, clock.now() + 60_000)
      return 'mine'
    },
    done: async (event) => void ends.set(event, 'done'),
    release: async (event) => void ends.delete(event),
  }
  return { ends, seen }
}

/** Two instances with a shared store, and a finished task. */
function instances(first: Partial<WebhookOptions>) {
  const clock = createVirtualClock()
  const { ends, seen } = createStore(clock)
  const one = webhookService({ seen, ...first }, [], undefined, clock)
  const two = webhookService({ seen, apikley: one.apikley }, [], undefined, clock)
  one.simulator.control.addTask({ taskId: 'task_1' })
  return { clock, ends, one, two }
}

const never = () => new Promise(() => {})

test('Only one of two instances calls onTask.', async () => {
  const { ends, one, two } = instances({})
  expect([await one.send(), await two.send()]).toEqual([200, 200])
  expect(one.calls.length + two.calls.length).toBe(1)
  expect([...ends]).toEqual([['task_1:success', 'done']])
})

test('A concurrent callback gets 503, and is processed if the first one fails.', async () => {
  let fail: (error: Error) => void = () => {}
  const onTask = () =>
    new Promise((_, reject) => {
      fail = reject
    })
  const { clock, one, two } = instances({ onTask })
  const first = one.post()
  await clock.advance(5000)
  expect(await two.send()).toBe(503)
  expect(two.calls).toEqual([])
  fail(new Error('The database is away'))
  expect(await clock.settle(first)).toBe(500)
  expect(await two.send()).toBe(200)
  expect(two.calls).toHaveLength(1)
})

test('After the lease of an instance that died, another one calls onTask.', async () => {
  const { clock, one, two } = instances({ onTask: never })
  void one.post()
  await clock.advance(59_000)
  expect(await two.send()).toBe(503)
  await clock.advance(2000)
  expect(await two.send()).toBe(200)
  expect(two.calls).toHaveLength(1)
})

test('A failed onTask releases its claim, even if onError throws.', async () => {
  const onTask = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('Away'))
  const onError = () => {
    throw new Error('The log is full')
  }
  const { ends, one } = instances({ onTask, onError })
  expect(await one.send()).toBe(500)
  expect([...ends]).toEqual([])
  expect(await one.send()).toBe(200)
  expect(onTask).toHaveBeenCalledTimes(2)
})

const working: Seen = { claim: () => 'mine', done: () => {}, release: () => {} }
const rejects = () => Promise.reject(new Error('No store'))

test.each<[string, Partial<Seen>, RegExp]>([
  ['fails', { claim: rejects }, /No store/],
  ['answers OK', { claim: () => JSON.parse('"OK"') }, /seen\.claim.*OK/],
])('A store that %s is reported, and the sender retries.', async (_, broken, message) => {
  const { one } = instances({ seen: { ...working, ...broken } })
  expect(await one.send()).toBe(500)
  expect(one.errors).toMatchObject([{ message: expect.stringMatching(message) }])
  expect(one.calls).toEqual([])
})

test('A store that cannot release is reported beside the error of onTask.', async () => {
  const onTask = () => Promise.reject(new Error('Away'))
  const { one } = instances({ onTask, seen: { ...working, release: rejects } })
  expect(await one.send()).toBe(500)
  expect(one.errors).toMatchObject([{ message: 'Away' }, { message: 'No store' }])
})

test('A store that fails after onTask is reported, and onTask is not called again.', async () => {
  const release = vi.fn<() => void>()
  const { one } = instances({ seen: { ...working, done: rejects, release } })
  expect([await one.send(), await one.send()]).toEqual([200, 200])
  expect(one.errors).toMatchObject([{ message: 'No store' }])
  expect(one.calls).toHaveLength(1)
  expect(release).not.toHaveBeenCalled()
})
