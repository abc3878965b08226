import { createApikley, memoryStore } from '@apikley/client'
import type { Fault } from '@apikley/simulator'
import { expect, test, vi } from 'vitest'
import {
  create,
  failure,
  fetchThrough,
  fieldOf,
  instanceOf,
  isUnconfirmed,
  keyedWorld,
  makeKey,
  model,
  onCreate,
  recover,
  recovered,
  send,
  sendCreate,
} from './requests.ts'
import { input, proxyUrl, secret, world, type World } from 'test-kit/world'
import type { ProxyOptions } from '../src/index.ts'

const HOUR_MS = 3_600_000
const lost = onCreate({ fault: 'reset', accepted: true })
const slow = onCreate({ fault: 'delay', ms: 3000 })
const refused = onCreate({ fault: 'code', code: 402 })
const unclear = onCreate({ fault: 'code', code: 799 })

/** Creates a task through the client of a page. */
const createWith = ({ page }: Pick<World, 'page'>, idempotencyKey: string) =>
  page.tasks.create(model, input, { idempotencyKey })

/** Allows every create except the first. */
const allowLater = vi.fn<() => boolean>(() => true).mockImplementationOnce(() => false)

test('The proxy makes a key from a nonce, the time, a marker and a signature.', async () => {
  const [all, made] = await keyedWorld()
  expect(made).toMatch(/^[0-9a-f]{32}\.\d{13}\.[0-9a-f]{32}\.[\w-]{43}$/)
  expect(made.split('.')[1]).toBe(String(all.clock.now()))
  expect(await makeKey(all)).not.toBe(made)
  expect(all.simulator.journal.requests).toEqual([])
})

test('A key is valid in every instance that has the secret, also during a rotation.', async () => {
  const all = world()
  const store = memoryStore({ clock: all.clock })
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
