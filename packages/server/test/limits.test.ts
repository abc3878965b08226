import { createVirtualClock } from '@apikley/simulator'
import { expect, test } from 'vitest'
import { UserLimiter } from '../src/proxy/limits.ts'
import {
  create,
  creditsPath,
  downloadUrlPath,
  model,
  read,
  send,
  upload,
  uploadFromUrlPath,
} from './requests.ts'
import { input, post, request, world } from 'test-kit/world'

test('Reads that never end stop counting as in flight after their deadline.', async () => {
  const clock = createVirtualClock()
  const reads = new UserLimiter({ limit: 100, interval: 1000 }, clock, 10, 25_000)
  for (let index = 0; index < 10; index++) {
    void reads.run('ann', () => new Promise(() => {}))
  }
  await expect(reads.run('ann', async () => 'read')).rejects.toMatchObject({ kind: 'rate-limited' })
  expect(await reads.run('bob', async () => 'read')).toBe('read')
  await clock.advance(25_000)
  expect(await reads.run('ann', async () => 'read')).toBe('read')
})

test('Creates above the limit get 429 with the delay, and other users are not affected.', async () => {
  const all = world({ limits: { creates: { limit: 2, interval: 60_000 } } })
  const statuses: number[] = []
  for (const attemptId of ['a', 'b', 'c']) {
    statuses.push((await send(all, create(attemptId))).status)
  }
  expect(statuses).toEqual([200, 200, 429])
  // One create is regained every 30 s.
  expect((await send(all, create('d'))).headers.get('retry-after')).toBe('30')
  expect((await send(all, create('e', { 'x-user': 'bob' }))).status).toBe(200)
  await all.clock.advance(60_000)
  expect((await send(all, create('f'))).status).toBe(200)
})

test('A user regains requests one by one, so an interval never has twice the limit.', async () => {
  const all = world({ limits: { creates: { limit: 5, interval: 60_000 } } })
  const burst = async (): Promise<number> => {
    const sent = Array.from({ length: 10 }, (_, index) => create(`${all.clock.now()}-${index}`))
    const received = await all.clock.settle(Promise.all(sent.map((each) => all.proxy.fetch(each))))
    return received.filter(({ status }) => status === 200).length
  }
  await send(all, create('first'))
  await all.clock.advance(58_000)
  expect(await burst()).toBe(5)
  await all.clock.advance(3000)
  expect(await burst()).toBe(0)
  await all.clock.advance(9000)
  expect(await burst()).toBe(1)
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
  const all = world({ credits: true, limits, uploads: { fromUrl: true } })
  await all.clock.settle(all.page.credits())
  const { taskId } = await all.clock.settle(all.page.tasks.create(model, input))
  await send(all, upload())
  const url = 'https://files.example.com/a.png'
  for (const refused of [
    request(creditsPath),
    read(taskId),
    post(downloadUrlPath, { url }),
    upload(),
    post(uploadFromUrlPath, { fileUrl: url }),
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

test('Limiters of the application limit all users of all instances together.', async () => {
  const acquired: string[] = []
  const limiterOf = (name: string) => ({ acquire: async () => void acquired.push(name) })
  const limiter = { creates: limiterOf('create'), reads: limiterOf('read') }
  const { clock, page } = world({ limiter })
  const { taskId } = await clock.settle(page.tasks.create(model, input))
  await clock.settle(page.tasks.get(taskId))
  expect(acquired).toEqual(['create', 'read'])
})
