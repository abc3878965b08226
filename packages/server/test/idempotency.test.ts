import { createApikley, memoryStore, type Store } from '@apikley/client'
import type { Fault } from '@apikley/simulator'
import { expect, test, vi } from 'vitest'
import {
  configurationError,
  create,
  failure,
  fetchThrough,
  fieldOf,
  instanceOf,
  keyedWorld,
  makeKey,
  methodsOf,
  model,
  onCreate,
  recover,
  send,
  sendCreate,
} from './requests.ts'
import { input, key, proxyUrl, request, secret, world, type World } from 'test-kit/world'
import type { ProxyOptions } from '../src/index.ts'

const HOUR_MS = 3_600_000
const lost = onCreate({ fault: 'reset', accepted: true })
const slow = onCreate({ fault: 'delay', ms: 3000 })
const refused = onCreate({ fault: 'code', code: 402 })
const unclear = onCreate({ fault: 'code', code: 799 })

const isUnconfirmed = { code: 502, error: { kind: 'unconfirmed', charge: 'possible' } }

/** Creates a task through the client of a page. */
const createWith = ({ page }: Pick<World, 'page'>, idempotencyKey: string) =>
  page.tasks.create(model, input, { idempotencyKey })

/** Allows every create except the first. */
const allowLater = vi.fn<() => boolean>(() => true).mockImplementationOnce(() => false)

/** A store that all instances share. */
const sharedStore = ({ clock }: Pick<World, 'clock'>): Store => memoryStore({ clock })

/** Reads the outcome of a key as the user ann. */
const recovered = async (served: Parameters<typeof send>[0], idempotencyKey: string) =>
  (await send(served, recover(idempotencyKey))).body

test('The proxy makes a key from a nonce, the time, a marker and a signature.', async () => {
  const [all, made] = await keyedWorld()
  expect(made).toMatch(/^[0-9a-f]{32}\.\d{13}\.[0-9a-f]{32}\.[\w-]{43}$/)
  expect(made.split('.')[1]).toBe(String(all.clock.now()))
  expect(await makeKey(all)).not.toBe(made)
  expect(all.simulator.journal.requests).toEqual([])
})

test('A key is valid in every instance that has the secret, also during a rotation.', async () => {
  const all = world()
  const store = sharedStore(all)
  const first = instanceOf(all, { store })
  const made = await makeKey(first)
  const rotating = instanceOf(all, { store, secret: ['x'.repeat(32), secret] })
  expect((await send(rotating, create(made))).status).toBe(200)
})

test.each<[string, (all: World, own: string) => string | Promise<string>]>([
  ['no key', () => ''],
  ['a key that the page invented', () => 'attempt-1'],
  ['the key of another user', (all) => makeKey(all, 'bob')],
  ['a key with another time', (_, own) => own.replace(/\.\d{13}\./, '.1700000000000.')],
  ['a key without its signature', (_, own) => own.slice(0, own.lastIndexOf('.'))],
  [
    'a key that another secret signed',
    (all) => makeKey(instanceOf(all, { secret: 'x'.repeat(32) })),
  ],
  ['the handle of a task', async (all) => fieldOf(await sendCreate(all), 'taskId')],
])('A create with %s gets 422, and nothing is sent.', async (_, keyOf) => {
  const all = world()
  const idempotencyKey = await keyOf(all, await makeKey(all))
  const before = all.simulator.journal.requests.length
  const { body } = await send(all, create(idempotencyKey))
  expect(body).toMatchObject({ code: 422, error: { kind: 'invalid-input', charge: 'none' } })
  const asked = await send(all, recover(idempotencyKey || 'none'))
  expect(asked.status).toBe(422)
  expect(all.simulator.journal.requests).toHaveLength(before)
})

test('A repeat gets the same handle for 23 h, and is not sent after 25 h.', async () => {
  const [all, made] = await keyedWorld({ limits: { creates: { limit: 1, interval: 60_000 } } })
  const first = await send(all, create(made))
  expect(first.status).toBe(200)
  for (const ms of [3000, 23 * HOUR_MS]) {
    await all.clock.advance(ms)
    expect((await send(all, create(made))).text).toBe(first.text)
  }
  await all.clock.advance(2 * HOUR_MS)
  expect((await send(all, create(made))).body).toMatchObject(isUnconfirmed)
  expect(all.simulator.journal.tasks).toHaveLength(1)
})

test.each<[string, Fault, number]>([
  ['was lost', lost, 1],
  ['is unclear', unclear, 0],
])('A create whose response %s is unconfirmed, and its repeat is not sent.', async (...row) => {
  const [, fault, tasks] = row
  const [all, made] = await keyedWorld({}, { faults: [fault] })
  const error = { kind: 'unconfirmed', charge: 'possible', idempotencyKey: made }
  for (const _ of [1, 2]) {
    expect(await all.clock.settle(failure(createWith(all, made)))).toMatchObject(error)
  }
  const found = await all.clock.settle(all.page.tasks.recover(made))
  expect(found).toMatchObject({ status: 'unconfirmed', error })
  expect(all.simulator.journal.requests).toHaveLength(1)
  expect(all.simulator.journal.tasks).toHaveLength(tasks)
})

test('A repeat at the deadline of the first request is never reported as free.', async () => {
  const [all, made] = await keyedWorld(
    {},
    { faults: [onCreate({ fault: 'hang', accepted: true })] },
  )
  const first = send(all, create(made))
  await all.clock.advance(100)
  const bodies = [(await send(all, create(made))).body, (await first).body]
  expect(bodies).toMatchObject([isUnconfirmed, isUnconfirmed])
  expect(all.simulator.journal.tasks).toHaveLength(1)
})

test.each<[string, Partial<ProxyOptions>, Fault, object]>([
  ['an error of the account', {}, refused, { code: 402 }],
  ['allow', { allow: allowLater }, slow, { code: 403 }],
  [
    'a limit, which the page has recovered',
    { limits: { creates: { limit: 1, interval: 300_000 } } },
    slow,
    { code: 429 },
  ],
])('A late copy of a create that was refused by %s creates nothing.', async (_, ...setup) => {
  const [options, fault, refusal] = setup
  const all = world(options, { faults: [fault] })
  if (options.limits) {
    await sendCreate(all)
  }
  const before = all.simulator.journal.tasks.length
  const made = await makeKey(all)
  const error = await all.clock.settle(failure(createWith(all, made)))
  expect(error).toMatchObject({ charge: 'none', ...refusal })
  await all.clock.advance(300_000)
  expect((await send(all, create(made))).body).toMatchObject(refusal)
  expect(all.simulator.journal.tasks).toHaveLength(before)
})

test('A key belongs to one input, in which the order of fields does not matter.', async () => {
  const [all, made] = await keyedWorld()
  const createFrom = (fields: string): ReturnType<typeof send> => {
    const body = `{"model":"${model}","input":{${fields}}}`
    return send(all, new Request(create(made), { body }))
  }
  const { text } = await createFrom('"image_url":"https://a.example/x","image_size":"square"')
  const other = await createFrom('"image_size":"square","image_url":"https://a.example/x"')
  expect(other.text).toBe(text)
  const { body } = await createFrom('"image_size":"square","image_url":"https://a.example/y"')
  expect(body).toMatchObject({ code: 422, error: { kind: 'invalid-input' } })
  expect(all.simulator.journal.tasks).toHaveLength(1)
})

test('A page that disconnects does not abort its create, and recovers the task.', async () => {
  const [all, made] = await keyedWorld({}, { faults: [slow] })
  const page = new AbortController()
  const creating = all.proxy.fetch(new Request(create(made), { signal: page.signal }))
  await all.clock.advance(1000)
  page.abort()
  // The answer waits while the create is in flight.
  const found = await all.clock.settle(all.page.tasks.recover(made))
  const { data } = await (await all.clock.settle(creating)).json()
  expect(found).toEqual({ status: 'created', ...data })
  expect(all.simulator.journal.tasks).toHaveLength(1)
})

test('A created task has its handle, and only its user can read it.', async () => {
  const [all, made] = await keyedWorld()
  const handle = fieldOf(await send(all, create(made)), 'taskId')
  expect(await recovered(all, made)).toEqual({
    code: 200,
    msg: 'success',
    data: { status: 'created', taskId: handle },
  })
  const asBob = recover(made, { headers: { 'x-user': 'bob' } })
  expect((await send(all, asBob)).status).toBe(422)
})

test('A refused create has its reason, without messages about the account.', async () => {
  const fault = { ...refused, msg: 'owner@corp.example has no credits' }
  const [all, made] = await keyedWorld({}, { faults: [fault] })
  await send(all, create(made))
  expect((await send(all, recover(made))).text).not.toContain('owner@')
  expect(await all.clock.settle(all.page.tasks.recover(made))).toMatchObject({
    status: 'refused',
    error: { kind: 'insufficient-credits', charge: 'none' },
  })
})

test('A key that was never used is void, and a late create with it is refused.', async () => {
  const [all, made] = await keyedWorld()
  for (const _ of [1, 2]) {
    expect(await all.clock.settle(all.page.tasks.recover(made))).toEqual({ status: 'void' })
  }
  const { body } = await send(all, create(made))
  expect(body).toMatchObject({ code: 422, error: { kind: 'invalid-input', charge: 'none' } })
  expect(all.simulator.journal.requests).toEqual([])
})

test('A response that is lost on the way to the page is recovered without a second create.', async () => {
  const [all, made] = await keyedWorld()
  const fetch = async (...given: Parameters<typeof globalThis.fetch>): Promise<never> => {
    await fetchThrough(all.proxy.fetch)(...given)
    throw new TypeError('fetch failed')
  }
  const losing = all.pageOf('ann', { fetch })
  const error = await all.clock.settle(failure(createWith({ page: losing }, made)))
  expect(error).toMatchObject({ kind: 'unconfirmed', idempotencyKey: made })
  const found = await all.clock.settle(all.page.tasks.recover(made))
  const { taskId = '' } = found.status === 'created' ? found : {}
  expect(await all.clock.settle(all.page.tasks.wait(taskId))).toMatchObject({ state: 'success' })
  expect(all.simulator.journal.tasks).toHaveLength(1)
})

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

test.each([
  ['a refusal', 502, 502, 'rejected', 'unconfirmed'],
  ['an unknown kind', 502, 502, 'nice', 'unconfirmed'],
  ['a refusal', 200, 799, 'rejected', 'unconfirmed'],
  ['an unconfirmed error', 422, 422, 'unconfirmed', 'unconfirmed'],
  ['a more exact error', 422, 422, 'invalid-input', 'invalid-input'],
])(
  'The page never softens what a response means: %s with status %i and code %i.',
  async (_, status, code, kind, expected) => {
    const { clock } = world()
    let sent = 0
    const fetch: typeof globalThis.fetch = async (_url, init) => {
      sent += init?.method === 'POST' ? 1 : 0
      const headers = { 'apikley-proxy': 'final' }
      return Response.json({ code, error: { kind, message: 'no' } }, { status, headers })
    }
    const page = createApikley({ proxyUrl, fetch }, { clock, env: {} })
    const error = await clock.settle(failure(createWith({ page }, 'a-key')))
    expect(error).toMatchObject({ kind: expected, idempotencyKey: 'a-key' })
    expect(sent).toBe(1)
  },
)
