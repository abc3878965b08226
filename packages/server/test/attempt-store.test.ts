import { describe, expect, test } from 'vitest'
import { createAttempts, type Attempts } from '../src/index.ts'
import { create, failure, fetchThrough, instanceOf, model, read, send } from './requests.ts'
import { input, key, secret, world } from 'test-kit/world'

const unconfirmed = { code: 502, error: { kind: 'unconfirmed', attemptId: 'attempt-1' } }
const otherSecret = 'another secret of 32 or more characters'

/** A store that is shared, as far as the proxy knows. */
const shared = (now?: () => number): Attempts => ({
  ...createAttempts(now ? { now } : {}),
  inMemory: false,
})

/** The create of a page that was reloaded. */
const repeat = (attemptId: string, age = '1'): Request =>
  create(attemptId, { 'idempotency-repeat': age })

describe('instances share a secret', () => {
  test('A task of one instance is read through another.', async () => {
    const all = world()
    const { taskId } = await all.clock.settle(all.page.tasks.create(model, input))
    const other = { clock: all.clock, proxy: instanceOf(all) }
    expect((await send(other, read(taskId))).status).toBe(200)
  })

  test('A secret is rotated without losing tasks.', async () => {
    const all = world()
    const { taskId } = await all.clock.settle(all.page.tasks.create(model, input))
    const both = { clock: all.clock, proxy: instanceOf(all, { secret: [otherSecret, secret] }) }
    const rotated = { clock: all.clock, proxy: instanceOf(all, { secret: otherSecret }) }
    expect((await send(both, read(taskId))).status).toBe(200)
    expect((await send(rotated, read(taskId))).status).toBe(404)
    const { text } = await send(both, create('attempt-1'))
    const { data }: { data: { taskId: string } } = JSON.parse(text)
    expect((await send(rotated, read(data.taskId))).status).toBe(200)
  })
})

describe('instances share a store', () => {
  test('Retries at other instances join an attempt in flight.', async () => {
    const all = world({}, { faults: [{ operation: 'create-task', fault: 'delay', ms: 3000 }] })
    const attempts = createAttempts({ now: all.clock.now })
    const instances = [1, 2, 3].map(() => ({
      clock: all.clock,
      proxy: instanceOf(all, { attempts }),
    }))
    const received = await Promise.all(instances.map((each) => send(each, create('attempt-1'))))
    expect(new Set(received.map(({ text }) => text)).size).toBe(1)
    expect(received[0]?.text).toContain('taskId')
    expect(all.simulator.journal.bought).toBe(1)
  })

  test('An attempt whose instance died is unconfirmed, and its task is not created again.', async () => {
    const all = world({}, { faults: [{ operation: 'create-task', fault: 'hang', accepted: true }] })
    const store = createAttempts({ now: all.clock.now })
    const dying = { ...store, set: () => new Promise(() => {}) }
    void instanceOf(all, { attempts: dying }).fetch(create('attempt-1'))
    await all.clock.advance(60_000)
    const other = { clock: all.clock, proxy: instanceOf(all, { attempts: store }) }
    expect(await send(other, create('attempt-1'))).toMatchObject({ status: 502, body: unconfirmed })
    expect(all.simulator.journal.bought).toBe(1)
  })

  test('The store holds no user, input, API key or secret, and no JSON.', async () => {
    const texts: string[] = []
    const store = createAttempts()
    const recorded = <T>(method: (...given: [string, string, number]) => T) => {
      return (...given: [string, string, number]): T => {
        texts.push(given[0], given[1])
        return method(...given)
      }
    }
    const attempts = { ...store, add: recorded(store.add), set: recorded(store.set) }
    const { clock, page } = world({ attempts })
    await clock.settle(page.tasks.create(model, input, { attemptId: 'attempt-1' }))
    expect(texts).toHaveLength(4)
    expect(texts.join()).not.toMatch(new RegExp(`ann|files\\.example|${key}|${secret}`))
    for (const text of texts) {
      expect(() => JSON.parse(text)).toThrow(SyntaxError)
    }
  })
})

describe('the store misbehaves', () => {
  test.each<[string, Attempts['add']]>([
    ['an object', async () => JSON.parse('{"input":"x"}')],
    ['OK', async () => JSON.parse('"OK"')],
    ['a number', async () => JSON.parse('1')],
    ['false', async () => JSON.parse('false')],
    ['an error', () => Promise.reject(new Error('no store'))],
  ])(
    'A store that answers %s makes the create unconfirmed, and nothing is sent.',
    async (_, add) => {
      const all = world({ attempts: { ...createAttempts(), add } })
      expect((await send(all, create('attempt-1'))).body).toMatchObject(unconfirmed)
      expect(all.simulator.journal.requests).toEqual([])
      expect(all.errors).toHaveLength(1)
    },
  )

  test('A store client that retries and finds its own claim creates the task.', async () => {
    const store = createAttempts()
    const add: Attempts['add'] = async (...given) => {
      await store.add(...given)
      return store.add(...given)
    }
    const { clock, page, simulator } = world({ attempts: { ...store, add } })
    await clock.settle(page.tasks.create(model, input))
    expect(simulator.journal.bought).toBe(1)
  })

  test('A late delete does not remove the record of a newer attempt.', async () => {
    const all = world({}, { faults: [{ operation: 'create-task', fault: 'code', code: 402 }] })
    const store = shared(all.clock.now)
    const deletes: Parameters<Attempts['delete']>[] = []
    const attempts: Attempts = {
      ...store,
      delete(...given) {
        deletes.push(given)
        return store.delete(...given)
      },
    }
    const instance = { clock: all.clock, proxy: instanceOf(all, { attempts }) }
    expect((await send(instance, create('attempt-1'))).status).toBe(402)
    const { text } = await send(instance, create('attempt-1'))
    expect(deletes).toHaveLength(1)
    for (const given of deletes) {
      await store.delete(...given)
    }
    expect((await send(instance, create('attempt-1'))).text).toBe(text)
    expect(all.simulator.journal.bought).toBe(1)
  })

  test('The proxy polls the store less and less often for an attempt in flight.', async () => {
    const store = createAttempts()
    let polls = 0
    const add: Attempts['add'] = (...given) => {
      polls++
      return store.add(...given)
    }
    const delay = { operation: 'create-task', fault: 'delay', ms: 20_000 } as const
    const { clock, proxy } = world({ attempts: { ...store, add } }, { faults: [delay] })
    await clock.settle(Promise.all([1, 2].map(() => proxy.fetch(create('attempt-1')))))
    expect(polls).toBeLessThan(20)
  })
})

describe('a page that was reloaded repeats its create', () => {
  test.each<[string, Attempts | undefined]>([
    ['the default store', undefined],
    ['a store from createAttempts()', createAttempts()],
  ])('An unknown repeat is unconfirmed with %s, and nothing is sent.', async (_, attempts) => {
    const all = world({ attempts })
    for (const _ of [1, 2]) {
      expect((await send(all, repeat('attempt-1'))).body).toMatchObject(unconfirmed)
    }
    expect(all.simulator.journal.requests).toEqual([])
  })

  test('A known repeat gets the task, even while its create is in flight.', async () => {
    const all = world({}, { faults: [{ operation: 'create-task', fault: 'delay', ms: 3000 }] })
    const first = send(all, create('attempt-1'))
    await all.clock.advance(1000)
    const received = await Promise.all([first, send(all, repeat('attempt-1'))])
    received.push(await send(all, repeat('attempt-1')))
    expect(new Set(received.map(({ text }) => text)).size).toBe(1)
    expect(received[0]?.text).toContain('taskId')
    expect(all.simulator.journal.bought).toBe(1)
  })

  test('An unknown repeat of the last 9 min creates the task with a shared store.', async () => {
    const all = world({ attempts: shared() })
    expect((await send(all, repeat('attempt-1', '539'))).status).toBe(200)
    expect(all.simulator.journal.bought).toBe(1)
  })

  test.each(['540', '3600', '-31', 'soon', 'NaN', '', '0x10', '1e2'])(
    'An unknown repeat is unconfirmed with a shared store when its age is %j.',
    async (age) => {
      const all = world({ attempts: shared() })
      expect((await send(all, repeat('attempt-1', age))).body).toMatchObject(unconfirmed)
      expect(all.simulator.journal.bought).toBe(0)
    },
  )

  test('A page that returns after 11 min with a charged attempt gets unconfirmed.', async () => {
    const faults = [{ operation: 'create-task', fault: 'reset', accepted: true } as const]
    const all = world({}, { faults })
    const proxy = instanceOf(all, { attempts: shared(all.clock.now) })
    const page = all.pageOf('ann', { fetch: fetchThrough(proxy.fetch) })
    const firstSentAt = all.clock.now()
    for (const again of [{}, { firstSentAt }]) {
      const created = page.tasks.create(model, input, { attemptId: 'attempt-1', ...again })
      expect(await all.clock.settle(failure(created))).toMatchObject({ kind: 'unconfirmed' })
      await all.clock.advance(660_000)
    }
    expect(all.simulator.journal.bought).toBe(1)
  })

  test('A record that expires while a repeat waits for it does not create a second task.', async () => {
    const all = world()
    const store = createAttempts({ now: all.clock.now })
    const attempts = { ...store, set: async () => {}, inMemory: false }
    all.simulator.control.addFaults({ operation: 'create-task', fault: 'hang', accepted: true })
    const dying = { ...attempts, delete: async () => {} }
    void instanceOf(all, { attempts: dying }).fetch(create('attempt-1'))
    await all.clock.advance(590_000)
    const other = { clock: all.clock, proxy: instanceOf(all, { attempts }) }
    expect((await send(other, repeat('attempt-1', '590'))).body).toMatchObject(unconfirmed)
    expect(all.simulator.journal.bought).toBe(1)
  })

  test("Unknown repeats of another user do not displace a user's records.", async () => {
    const all = world({ attempts: createAttempts({ capacity: 100 }) })
    const { text } = await send(all, create('attempt-1'))
    for (let index = 0; index < 200; index++) {
      await send(all, create(`flood-${index}`, { 'x-user': 'mallory', 'idempotency-repeat': '1' }))
    }
    expect((await send(all, create('attempt-1'))).text).toBe(text)
    expect(all.simulator.journal.bought).toBe(1)
  })
})

describe('createAttempts', () => {
  test('The proxy forgets an outcome after 10 min.', async () => {
    const all = world()
    await send(all, create('attempt-1'))
    await all.clock.advance(601_000)
    await send(all, create('attempt-1'))
    expect(all.simulator.journal.bought).toBe(2)
  })

  test('The oldest outcomes are dropped above the capacity.', async () => {
    const attempts = createAttempts({ capacity: 2 })
    for (const name of ['a', 'b', 'c']) {
      await attempts.add(name, name, 1000)
    }
    const found = [
      await attempts.add('c', 'new', 1000),
      await attempts.add('b', 'new', 1000),
      await attempts.add('a', 'new', 1000),
    ]
    expect(found).toEqual(['c', 'b', undefined])
  })
})
