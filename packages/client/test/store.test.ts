import { createTestClock } from 'test-kit/clock'
import { expect, test } from 'vitest'
import { memoryStore } from '../src/index.ts'
import { storeContract } from '../src/store-contract.ts'
import { bind } from './keyed-creates.ts'
import { created } from './replies.ts'
import { errorOf, service } from './service.ts'

test.each(storeContract)('memoryStore: $name', async ({ check }) => {
  const clock = createTestClock()
  const store = memoryStore({ clock })
  const checked = check({ store, other: store, now: clock.now, pass: clock.pass })
  await expect(checked).resolves.toBeUndefined()
})

test('a full memory store refuses writes instead of forgetting', async () => {
  const clock = createTestClock()
  const store = memoryStore({ clock, capacity: 2 })
  await store.swap('a', undefined, '1', 1000)
  await store.reserve('b', 'id', { limit: 1, interval: 1000, maxDelay: 0 })
  await expect(store.swap('c', undefined, '1', 1000)).rejects.toThrow('full')
  expect(await store.swap('a', '1', '2', 1000)).toBe('2')
  await clock.pass(1001)
  expect(await store.swap('c', undefined, '1', 1000)).toBe('1')
})

test('a store that fails during recover leaves the charge possible', async () => {
  const failing = { ...bind(memoryStore()), get: () => Promise.reject(new Error('down')) }
  const { apikley } = service([created], { store: failing })
  expect(await errorOf(apikley.tasks.recover('key-1'))).toMatchObject({
    kind: 'connection',
    charge: 'possible',
    idempotencyKey: 'key-1',
    message: expect.not.stringContaining('Nothing was sent'),
  })
})

test('a failure of the default store is an ApikleyError, like that of every store', async () => {
  const { store } = service([created]).apikley.transport
  const failing = Reflect.apply(store.reserve, store, ['limit', 'id', null])
  expect(await errorOf(failing)).toMatchObject({ kind: 'connection', charge: 'none' })
})
