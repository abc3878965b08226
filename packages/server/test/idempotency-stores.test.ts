import { memoryStore, type Store } from '@apikley/client'
import { expect, test } from 'vitest'
import {
  configurationError,
  create,
  instanceOf,
  isUnconfirmed,
  makeKey,
  methodsOf,
  model,
  onCreate,
  recover,
  recovered,
  send,
  sendCreate,
} from './requests.ts'
import { input, key, request, secret, world, type World } from 'test-kit/world'

const slow = onCreate({ fault: 'delay', ms: 3000 })

/** A store that all instances share. */
const sharedStore = ({ clock }: Pick<World, 'clock'>): Store => memoryStore({ clock })

test('Instances with one store create one task for repeats in flight.', async () => {
  const all = world({}, { faults: [slow] })
  const store = sharedStore(all)
  const [one, two] = [instanceOf(all, { store }), instanceOf(all, { store })]
  const made = await makeKey(one)
  const received = await Promise.all([one, one, two].map((each) => send(each, create(made))))
  expect(new Set(received.map(({ text }) => text)).size).toBe(1)
  expect(received[0]?.text).toContain('taskId')
  expect(all.simulator.journal.tasks).toHaveLength(1)
})

test('The create of an instance that died is unconfirmed in another one.', async () => {
  const all = world({}, { faults: [onCreate({ fault: 'hang', accepted: true })] })
  const store = sharedStore(all)
  const saved: string[] = []
  const dying = instanceOf(all, {
    store: {
      ...methodsOf(store),
      async swap(name, expected, value, ttl) {
        saved.push(value ?? '')
        // It dies after it has sent the request.
        const hasDied = saved.some((text) => text.includes('"sent"')) && !value?.includes('"sent"')
        return hasDied ? new Promise(() => {}) : store.swap(name, expected, value, ttl)
      },
    },
  })
  const made = await makeKey(dying)
  void dying.proxy.fetch(create(made))
  await all.clock.advance(60_000)
  const other = instanceOf(all, { store })
  for (const _ of [1, 2]) {
    expect((await send(other, create(made))).body).toMatchObject(isUnconfirmed)
    await all.clock.advance(300_000)
  }
  expect(await recovered(other, made)).toMatchObject({ data: { status: 'unconfirmed' } })
  expect(all.simulator.journal.tasks).toHaveLength(1)
})

test.each([0, 1])(
  'A repeat at an instance without a shared store, which has made %i keys, is unconfirmed.',
  async (ownKeys) => {
    const all = world()
    const [one, two] = [instanceOf(all), instanceOf(all)]
    const made = await makeKey(one)
    expect((await send(one, create(made))).status).toBe(200)
    for (let count = 0; count < ownKeys; count++) {
      await sendCreate(two)
    }
    for (const sent of [create(made), recover(made), create(await makeKey(one))]) {
      expect((await send(two, sent)).text).toContain('unconfirmed')
    }
    expect(all.simulator.journal.tasks).toHaveLength(1 + ownKeys)
    expect(one.errors).toEqual([])
    // It is reported once.
    expect(two.errors).toEqual([configurationError('shared store')])
  },
)

test('The store holds no user, input, API key or secret, and no JSON.', async () => {
  const texts: string[] = []
  const store = memoryStore()
  const recording: Store = {
    ...methodsOf(store),
    swap(name, expected, value, ttl) {
      texts.push(name, value ?? '')
      return store.swap(name, expected, value, ttl)
    },
    reserve(name, id, limit) {
      texts.push(name, id)
      return store.reserve(name, id, limit)
    },
  }
  const all = world({ store: recording })
  const { taskId } = await all.clock.settle(all.page.tasks.create(model, input))
  await all.clock.settle(all.page.tasks.get(taskId))
  expect(texts.some((text) => text.includes('created'))).toBe(true)
  expect(texts.join('\n')).not.toMatch(new RegExp(`ann|files\\.example|${key}|${secret}`))
  for (const text of texts) {
    expect(text === '' || /^\d/.test(text) || !isJson(text)).toBe(true)
  }
})

const fails = () => Promise.reject(new Error('ECONNREFUSED redis.internal:6379'))
test.each<[string, Partial<Store>, string]>([
  ['cannot be read', { get: fails }, 'maintenance'],
  ['cannot be written', { swap: fails }, 'maintenance'],
  ['answers OK to every write', { swap: async () => 'OK' }, 'configuration'],
  ['answers with a number', { get: async () => JSON.parse('1') }, 'configuration'],
  ['answers with an object', { get: async () => JSON.parse('{"a":1}') }, 'configuration'],
])('Nothing is sent when a store %s.', async (_, broken, kind) => {
  const all = world()
  const store = sharedStore(all)
  const made = await makeKey(instanceOf(all, { store }))
  const failing = instanceOf(all, { store: { ...methodsOf(store), ...broken } })
  // An earlier create with the key may have been charged.
  for (const [sent, charge] of [
    [create(made), 'possible'],
    [recover(made), 'possible'],
    [request('/keys', { method: 'POST' }), 'none'],
  ] as const) {
    const { text, body } = await send(failing, sent)
    expect(body).toMatchObject({ error: { kind, charge } })
    expect(text).not.toContain('redis')
    expect(failing.errors.splice(0)).toHaveLength(1)
  }
  expect(all.simulator.journal.requests).toEqual([])
})

test('A store that fails after the create delays the answer, which has the task.', async () => {
  const all = world()
  const store = sharedStore(all)
  const served = instanceOf(all, {
    store: {
      ...methodsOf(store),
      swap: (name, expected, value, ttl) =>
        value?.includes('"created"')
          ? new Promise(() => {})
          : store.swap(name, expected, value, ttl),
    },
  })
  const made = await makeKey(served)
  const started = all.clock.now()
  expect((await send(served, create(made))).status).toBe(200)
  expect(all.clock.now() - started).toBeLessThan(6000)
  expect(served.errors).toMatchObject([{ kind: 'connection' }])
  expect((await send(served, create(made))).body).toMatchObject(isUnconfirmed)
  expect(all.simulator.journal.tasks).toHaveLength(1)
})

test('A store whose values were flushed makes earlier keys unconfirmed.', async () => {
  const all = world()
  let store = sharedStore(all)
  const served = instanceOf(all, { store: methodsOf(() => store) })
  const made = await makeKey(served)
  await send(served, create(made))
  store = sharedStore(all)
  expect((await send(served, create(made))).body).toMatchObject(isUnconfirmed)
  expect(all.simulator.journal.tasks).toHaveLength(1)
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
