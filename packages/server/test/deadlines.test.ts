import { expect, test, vi } from 'vitest'
import { memoryStore, type Store } from '@apikley/client'
import type { ProxyOptions } from '../src/index.ts'
import { callWithDeadline } from '../src/proxy/deadline.ts'
import {
  create,
  instanceOf,
  isUnconfirmed,
  makeKey,
  methodsOf,
  model,
  onCreate,
  onRead,
  read,
  recover,
  send,
  sendCreate,
} from './requests.ts'
import { input, request, world, type World } from 'test-kit/world'

const never = (): Promise<never> => new Promise(() => {})
const hang = onCreate({ fault: 'hang', accepted: true })

test.each([0, 6000])(
  'A create that hangs is unconfirmed after 25 s, of which authorize takes %i ms.',
  async (ms) => {
    const authorize = () =>
      new Promise<string>((resolve) => all.clock.after(ms, () => resolve('ann')))
    const all = world({ authorize }, { faults: [hang] })
    const made = await makeKey(all)
    const started = all.clock.now()
    expect((await send(all, create(made))).body).toMatchObject(isUnconfirmed)
    expect(all.clock.now() - started).toBe(25_000)
    expect(all.page.transport.requestTimeout).toBeGreaterThan(25_000)
  },
)

test('A create that was not sent in time is not in doubt.', async () => {
  const busy = onCreate({ fault: 'status', status: 429, retryAfter: 3, times: 'always' })
  const all = world({ requestTimeout: 2000 }, { faults: [busy] })
  const { status, body } = await sendCreate(all)
  expect(status).toBe(429)
  expect(body).toMatchObject({ error: { kind: 'rate-limited' } })
  expect(all.simulator.journal.tasks).toHaveLength(0)
})

test('A read that takes too long is a connection error.', async () => {
  const all = world({}, { faults: [onRead({ fault: 'hang', times: 'always' })] })
  const { taskId } = await all.clock.settle(all.page.tasks.create(model, input))
  const { status, body } = await send(all, read(taskId))
  expect(status).toBe(502)
  expect(body).toMatchObject({ error: { kind: 'connection' } })
})

test.each(['authorize', 'allow'] as const)(
  'The page gets maintenance when %s never settles, and nothing is sent.',
  async (name) => {
    let isFailing = false
    const all = world({ [name]: () => (isFailing ? never() : 'ann') })
    const made = await makeKey(all)
    isFailing = true
    const started = all.clock.now()
    const { status, body } = await send(all, create(made))
    expect(status).toBe(503)
    expect(body).toMatchObject({ error: { kind: 'maintenance', charge: 'none' } })
    expect(all.clock.now() - started).toBe(25_000)
    expect(all.errors).toEqual([expect.objectContaining({ message: `${name} timed out` })])
    expect(all.simulator.journal.requests).toEqual([])
  },
)

// An earlier create with the key may have been charged, unless its record was read.
test.each<[string, keyof Store, number, (made: string) => Request, string]>([
  ['a create', 'get', 5000, (made) => create(made), 'possible'],
  ['a create', 'swap', 5000, (made) => create(made), 'possible'],
  ['a create', 'reserve', 25_000, (made) => create(made), 'none'],
  ['a recovery', 'get', 5000, (made) => recover(made), 'possible'],
  ['a key', 'reserve', 25_000, () => request('/keys', { method: 'POST' }), 'none'],
])(
  'For %s, the page gets maintenance when the method %s of the store never settles.',
  async (_, name, deadline, toRequest, charge) => {
    const all = world()
    const store = memoryStore({ clock: all.clock })
    const made = await makeKey(instanceOf(all, { store }))
    const failing = instanceOf(all, { store: { ...methodsOf(store), [name]: never } })
    const started = all.clock.now()
    const { body } = await send(failing, toRequest(made))
    expect(body).toMatchObject({ code: 455, error: { kind: 'maintenance', charge } })
    expect(all.clock.now() - started).toBeLessThanOrEqual(deadline)
    expect(failing.errors).toHaveLength(1)
    expect(all.simulator.journal.requests).toEqual([])
  },
)

test('A function is not called after the deadline.', async () => {
  const call = vi.fn<() => void>()
  const aborted = AbortSignal.abort(new Error('late'))
  await expect(callWithDeadline('allow', call, aborted)).rejects.toThrow('allow timed out')
  expect(call).not.toHaveBeenCalled()
})

test.each<[string, Partial<ProxyOptions>, (all: World) => Request | Promise<Request>]>([
  ['authorize', { authorize: never }, () => read('x')],
  [
    'a read',
    {},
    async (all) => read((await all.clock.settle(all.page.tasks.create(model, input))).taskId),
  ],
])('A page that disconnects during %s aborts it, and the log is empty.', async (...row) => {
  const [, options, toRequest] = row
  const all = world(options, { faults: [onRead({ fault: 'delay', ms: 20_000 })] })
  const sent = await toRequest(all)
  const page = new AbortController()
  const response = all.proxy.fetch(new Request(sent, { signal: page.signal }))
  await all.clock.advance(1000)
  const before = all.clock.now()
  page.abort()
  expect((await all.clock.settle(response)).status).toBe(499)
  expect(all.clock.now()).toBe(before)
  expect(all.errors).toEqual([])
})

/** Returns true for the first text with this part, and then never again. */
function firstWith(part: string): (text: string) => boolean {
  let isOver = false
  return (text) => {
    const isFirst = !isOver && text.includes(part)
    isOver ||= isFirst
    return isFirst
  }
}

/** An `authorize` that fails once, at the first read of a task. */
function authorizeFailing(fail: () => Promise<string>): Partial<ProxyOptions> {
  const fails = firstWith('/tasks/')
  return { authorize: ({ url }) => (fails(url) ? fail() : 'ann') }
}

/** A store whose method fails once, at its first call with such a key. */
function storeFailing(name: 'reserve' | 'swap' | 'get', part: string): Partial<ProxyOptions> {
  const store = methodsOf(memoryStore())
  const fails = firstWith(part)
  const call: (...args: [string, ...never[]]) => Promise<unknown> = store[name]
  const callOrFail: typeof call = (...args) =>
    fails(args[0]) ? Promise.reject(new Error('no store')) : call(...args)
  return { store: { ...store, [name]: callOrFail } }
}

test.each<[string, Partial<ProxyOptions>]>([
  ['authorize throws', authorizeFailing(() => Promise.reject(new Error('no database')))],
  ['authorize never settles', authorizeFailing(never)],
  ['the limit of reads fails', storeFailing('reserve', 'user:reads')],
  ['the limit of creates fails', storeFailing('reserve', 'user:creates')],
  ['the store of keys cannot be read', storeFailing('get', 'marker')],
  ['the store of creates cannot be read', storeFailing('get', 'create:')],
  ['the store of creates cannot be written', storeFailing('swap', 'create:')],
])('A run creates one task when %s once.', async (_, options) => {
  const { clock, page, simulator, errors } = world(options)
  expect(await clock.settle(page.run(model, input))).toMatchObject({ task: { state: 'success' } })
  expect(simulator.journal.tasks).toHaveLength(1)
  expect(errors).toHaveLength(1)
})
