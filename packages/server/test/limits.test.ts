import { memoryStore, type Store } from '@apikley/client'
import { createVirtualClock, type VirtualClock } from '@apikley/simulator'
import { expect, test } from 'vitest'
import { UserLimiter } from '../src/proxy/user-limits.ts'
import {
  create,
  instanceOf,
  keyedWorld,
  makeKey,
  methodsOf,
  model,
  read,
  recover,
  send,
  sendCreate,
  upload,
} from './requests.ts'
import { input, post, request, world, type World } from 'test-kit/world'

const idle = new AbortController().signal

/** A limiter of one request in a minute, and ten in flight. */
const limiterOf = (clock: VirtualClock): UserLimiter =>
  new UserLimiter(memoryStore({ clock }), clock, {
    name: 'reads',
    rate: { limit: 1, interval: 60_000 },
    maxConcurrent: 10,
    maxDuration: 25_000,
  })

test('Reads that never end stop counting as in flight after their deadline.', async () => {
  const clock = createVirtualClock()
  const reads = limiterOf(clock)
  for (let index = 0; index < 10; index++) {
    void reads.hold('ann', () => new Promise(() => {}))
  }
  const another = (user: string) => reads.hold(user, async () => 'read')
  await expect(another('ann')).rejects.toMatchObject({ kind: 'rate-limited' })
  expect(await another('bob')).toBe('read')
  await clock.advance(25_000)
  expect(await another('ann')).toBe('read')
})

test('Creates above the limit get 429 with the delay, and other users are not affected.', async () => {
  const all = world({ limits: { creates: { limit: 2, interval: 60_000 } } })
  const statuses: number[] = []
  for (let count = 0; count < 3; count++) {
    statuses.push((await sendCreate(all)).status)
    await all.clock.advance(10_000)
  }
  expect(statuses).toEqual([200, 200, 429])
  // The first create was 30 s ago.
  expect((await sendCreate(all)).headers.get('retry-after')).toBe('30')
  expect((await sendCreate(all, { 'x-user': 'bob' })).status).toBe(200)
  expect(all.simulator.journal.tasks).toHaveLength(3)
  await all.clock.advance(30_000)
  expect((await sendCreate(all)).status).toBe(200)
  expect((await sendCreate(all)).status).toBe(429)
})

test('No interval has more than the limit, wherever it begins.', async () => {
  const all = world({ limits: { creates: { limit: 5, interval: 60_000 } } })
  const burst = async (): Promise<number> => {
    const received = await Promise.all(Array.from({ length: 10 }, () => sendCreate(all)))
    return received.filter(({ status }) => status === 200).length
  }
  await sendCreate(all)
  await all.clock.advance(58_000)
  expect(await burst()).toBe(4)
  await all.clock.advance(3000)
  expect(await burst()).toBe(1)
  await all.clock.advance(50_000)
  expect(await burst()).toBe(0)
  await all.clock.advance(9000)
  expect(await burst()).toBe(4)
})

test('Instances with one store share the limits of a user.', async () => {
  const all = world()
  const store = memoryStore({ clock: all.clock })
  const limits = { creates: { limit: 3, interval: 60_000 }, reads: { limit: 8, interval: 60_000 } }
  const [one, two] = [instanceOf(all, { store, limits }), instanceOf(all, { store, limits })]
  const statuses: number[] = []
  for (const served of [one, two, one, two]) {
    statuses.push((await sendCreate(served)).status)
  }
  expect(statuses).toEqual([200, 200, 200, 429])
  // Each create has made a key, which counts as a read.
  for (const served of [one, two, one, two, one]) {
    statuses.push((await send(served, read('x.y'))).status)
  }
  expect(statuses.slice(4)).toEqual([404, 404, 404, 404, 429])
})

test('Requests of 2,000 other users do not reset the limit of a user.', async () => {
  const limiter = limiterOf(createVirtualClock())
  await limiter.take('ann', idle)
  await Promise.all(Array.from({ length: 2000 }, (_, index) => limiter.take(`${index}`, idle)))
  const again = limiter.take('ann', idle)
  await expect(again).rejects.toMatchObject({ kind: 'rate-limited', retryAfter: 60_000 })
})

test('The page gets maintenance when the store cannot count requests.', async () => {
  const all = world()
  const store = memoryStore({ clock: all.clock })
  const made = await makeKey(instanceOf(all, { store }))
  const reserve = () => Promise.reject(new Error('no connection to redis.internal'))
  const failing = instanceOf(all, { store: { ...methodsOf(store), reserve } })
  for (const sent of [create(made), upload(), read('x.y')]) {
    const { status, text, body } = await send(failing, sent)
    expect(status).toBe(503)
    expect(body).toMatchObject({ code: 455, error: { kind: 'maintenance', charge: 'none' } })
    expect(text).not.toContain('redis')
    expect(failing.errors.splice(0)).toMatchObject([{ cause: { name: 'StoreError' } }])
  }
  expect(all.simulator.journal.requests).toEqual([])
})

test('A user has 120 reads per minute, and reads of unknown tasks count.', async () => {
  const all = world()
  const statuses: number[] = []
  for (let count = 0; count < 125; count++) {
    statuses.push((await send(all, read(`x.${'A'.repeat(43)}`))).status)
  }
  expect(statuses.filter((status) => status === 404)).toHaveLength(120)
  expect(statuses.slice(120)).toEqual([429, 429, 429, 429, 429])
})

test('A user who sends 600 reads at once does not delay other users.', async () => {
  const { clock, page, pageOf, proxy } = world()
  const { taskId } = await clock.settle(page.tasks.create(model, input))
  const theirs = await clock.settle(pageOf('bob').tasks.create(model, input))
  const flood = Array.from({ length: 600 }, () =>
    proxy.fetch(read(theirs.taskId, { headers: { 'x-user': 'bob' } })),
  )
  await clock.advance(50)
  const started = clock.now()
  await clock.settle(page.tasks.get(taskId))
  expect(clock.now() - started).toBeLessThan(2000)
  const statuses = (await clock.settle(Promise.all(flood))).map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(10)
  expect(statuses.filter((status) => status === 429)).toHaveLength(590)
  expect((await send({ clock, proxy }, read(taskId))).status).toBe(200)
})

test('Reads and uploads have limits on every path.', async () => {
  const once = { limit: 1, interval: 60_000 }
  const limits = { reads: once, uploads: once }
  const [all, made] = await keyedWorld({ credits: true, limits, uploads: { fromUrl: true } })
  await send(all, upload())
  const url = 'https://files.example.com/a.png'
  for (const refused of [
    request('/credits'),
    request('/keys', { method: 'POST' }),
    recover(made),
    read('x.y'),
    post('/files/link', { url }),
    upload(),
    post('/files/from-url', { fileUrl: url }),
  ]) {
    expect((await send(all, refused)).status).toBe(429)
  }
})

test('One user has at most 20 uploads in flight.', async () => {
  const { clock, proxy } = world({ requestTimeout: 1000 })
  const statuses: number[] = []
  for (let index = 0; index < 25; index++) {
    const body = new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(1)) })
    void proxy.fetch(upload(body)).then(({ status }) => statuses.push(status))
  }
  await clock.advance(500)
  expect(statuses).toEqual([429, 429, 429, 429, 429])
})

test('Instances with one store share the limits of the service.', async () => {
  const all = world()
  const store = memoryStore({ clock: all.clock })
  const limits = { creates: { limit: 100, interval: 1000 } }
  const instances = [1, 2, 3].map(() => instanceOf(all, { store, limits }))
  const keys: string[] = []
  for (const served of instances.flatMap((each) => Array<typeof each>(10).fill(each))) {
    keys.push(await makeKey(served))
  }
  const started = all.clock.now()
  const creating = keys.map((made, index) => send(instances[index % 3] ?? all, create(made)))
  await Promise.all(creating)
  const times = all.simulator.journal.tasks.map(({ at }) => at - started)
  expect(times).toHaveLength(30)
  // A quarter is left to other users.
  expect(times.filter((time) => time < 10_000)).toHaveLength(15)
})

/** A store that counts its calls. */
function counted(all: World): { store: Store; calls: { get: number; reserve: number } } {
  const methods = methodsOf(memoryStore({ clock: all.clock }))
  const calls = { get: 0, reserve: 0 }
  const count =
    <Args extends unknown[], T>(name: keyof typeof calls, call: (...args: Args) => T) =>
    (...args: Args): T => {
      calls[name] += 1
      return call(...args)
    }
  const [get, reserve] = [count('get', methods.get), count('reserve', methods.reserve)]
  const store = { ...methods, get, reserve }
  return { store, calls }
}

test('Requests in flight are refused before the body and the store are touched.', async () => {
  const all = world()
  const { store, calls } = counted(all)
  const served = instanceOf(all, { store })
  const headers = { 'idempotency-key': await makeKey(served), 'content-type': 'application/json' }
  calls.reserve = 0
  const bodies = new Set<number>()
  const statuses: number[] = []
  for (let index = 0; index < 400; index++) {
    // The body never arrives.
    const pull = (): Promise<void> => new Promise(() => bodies.add(index))
    const body = new ReadableStream({ pull }, { highWaterMark: 0 })
    const sent = request('/tasks', { method: 'POST', headers, body, ...{ duplex: 'half' } })
    void served.proxy.fetch(sent).then(({ status }) => statuses.push(status))
  }
  await all.clock.advance(100)
  expect(statuses).toEqual(Array.from({ length: 350 }, () => 429))
  expect([bodies.size, calls.reserve]).toEqual([50, 0])
})

test('300 repeats of one key cause one read of the store per second.', async () => {
  const all = world()
  const { store, calls } = counted(all)
  const repeating = instanceOf(all, { store })
  const made = await makeKey(repeating)
  const slow = instanceOf(all, {
    store,
    async fetch(url, init) {
      await new Promise<void>((resolve) => void all.clock.after(8000, resolve))
      return all.simulator.fetch(url, init)
    },
  })
  const first = slow.proxy.fetch(create(made))
  await all.clock.advance(100)
  calls.get = 0
  const repeats = Array.from({ length: 300 }, () => repeating.proxy.fetch(create(made)))
  await all.clock.advance(6000)
  expect(calls.get).toBeLessThanOrEqual(7)
  const answers = await all.clock.settle(Promise.all([first, ...repeats]))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(51)
  expect(all.simulator.journal.tasks).toHaveLength(1)
})

test.each([
  [{}, 70_000, 413],
  [{ maxJsonBytes: 100_000 }, 70_000, 200],
  [{ maxJsonBytes: 1000 }, 2000, 413],
])('With the options %o, a create of %i bytes gets %i.', async (options, bytes, status) => {
  const all = world(options)
  const body = { model, input: { ...input, prompt: 'x'.repeat(bytes) } }
  const sent = post('/tasks', body, { 'idempotency-key': await makeKey(all) })
  expect((await send(all, sent)).status).toBe(status)
})
