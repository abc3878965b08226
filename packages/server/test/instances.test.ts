import { describe, expect, test } from 'vitest'
import { createAttempts, createProxyHandler, type Attempts } from '../src/index.ts'
import { input, key, post, request, secret, world, type World } from 'test-kit/world'

const model = 'ideogram/v3-reframe'
const createTask = '/api/v1/jobs/createTask'
const other = 'another secret of 32 or more characters'

/** Another instance of the same server, with a memory of its own. */
function instanceOf(
  { clock, simulator }: World,
  options: { secret?: string | string[]; attempts?: Attempts } = {},
) {
  return createProxyHandler(
    {
      apiKey: key,
      secret,
      models: [model],
      authorize: ({ headers }) => headers.get('x-user'),
      fetch: simulator.fetch,
      onError: () => {},
      ...options,
    },
    { clock, env: {} },
  )
}

const create = (attemptId: string): Request =>
  post(createTask, { model, input }, { 'idempotency-key': attemptId })
const look = (taskId: string): Request => request(`/api/v1/jobs/recordInfo?taskId=${taskId}`)

describe('instances need nothing in common but the secret', () => {
  test('a task that one has made is collected through another', async () => {
    const all = world()
    const { taskId } = await all.clock.settle(all.page.tasks.create(model, input))
    expect((await all.clock.settle(instanceOf(all).fetch(look(taskId)))).status).toBe(200)
  })

  test('a secret is replaced without losing tasks: the new one first, the old one after it', async () => {
    const all = world()
    const { taskId } = await all.clock.settle(all.page.tasks.create(model, input))
    expect(
      (await all.clock.settle(instanceOf(all, { secret: [other, secret] }).fetch(look(taskId))))
        .status,
    ).toBe(200)
    expect(
      (await all.clock.settle(instanceOf(all, { secret: other }).fetch(look(taskId)))).status,
    ).toBe(404)
    const answer = await all.clock.settle(
      instanceOf(all, { secret: [other, secret] }).fetch(create('attempt-1')),
    )
    const { data }: { data: { taskId: string } } = await answer.json()
    expect(
      (await all.clock.settle(instanceOf(all, { secret: other }).fetch(look(data.taskId)))).status,
    ).toBe(200)
  })
})

describe('with a store of attempts in common', () => {
  test('a repeat at another instance buys nothing, also while the first is under way', async () => {
    const all = world({}, { faults: [{ operation: 'create-task', fault: 'delay', ms: 3000 }] })
    const attempts = createAttempts({ now: all.clock.now })
    const instances = [1, 2, 3].map(() => instanceOf(all, { attempts }))
    const answers = await all.clock.settle(
      Promise.all(instances.map((each) => each.fetch(create('attempt-1')))),
    )
    const texts = await Promise.all(answers.map((answer) => answer.text()))
    expect(new Set(texts).size).toBe(1)
    expect(texts[0]).toContain('taskId')
    expect(all.simulator.journal.bought).toBe(1)
  })

  test('an attempt whose instance is gone is unconfirmed, and is not made anew', async () => {
    const all = world({}, { faults: [{ operation: 'create-task', fault: 'hang', accepted: true }] })
    const kept = createAttempts({ now: all.clock.now })
    // The first instance never gets to writing down what became of it.
    const attempts: Attempts = { ...kept, set: () => new Promise(() => {}) }
    void instanceOf(all, { attempts }).fetch(create('attempt-1'))
    await all.clock.advance(60_000)
    const answer = await all.clock.settle(
      instanceOf(all, { attempts: kept }).fetch(create('attempt-1')),
    )
    expect(answer.status).toBe(502)
    expect(await answer.json()).toMatchObject({
      error: { kind: 'unconfirmed', attemptId: 'attempt-1' },
    })
    expect(all.simulator.journal.bought).toBe(1)
  })

  test('a store that does not answer leaves it open whether this is a repeat: nothing is bought, and nothing is called refused', async () => {
    const errors: unknown[] = []
    const broken: Attempts = {
      add: () => Promise.reject(new Error('no store')),
      set: async () => {},
      delete: async () => {},
    }
    const all = world({ attempts: broken, onError: (error) => errors.push(error) })
    const answer = await all.clock.settle(all.proxy.fetch(create('attempt-1')))
    expect(await answer.json()).toMatchObject({ code: 502, error: { kind: 'unconfirmed' } })
    expect(all.simulator.journal.requests).toEqual([])
    expect(errors).toEqual([new Error('attempts.add failed', { cause: new Error('no store') })])
  })

  test('neither the user nor the input nor the key is in it', async () => {
    const texts: string[] = []
    const kept = createAttempts()
    const attempts: Attempts = {
      add: (key, value, ttl) => (texts.push(key, value), kept.add(key, value, ttl)),
      set: (key, value, ttl) => (texts.push(key, value), kept.set(key, value, ttl)),
      delete: kept.delete,
    }
    const { clock, page } = world({ attempts })
    await clock.settle(page.tasks.create(model, input, { attemptId: 'attempt-1' }))
    expect(texts).toHaveLength(4)
    expect(texts.join()).not.toMatch(new RegExp(`ann|files\\.example|${key}|${secret}`))
  })
})

describe('a store is not believed more than it says', () => {
  test('values are no JSON, so that a client that reads JSON by itself gives them as they are', async () => {
    const kept = createAttempts()
    const attempts: Attempts = {
      ...kept,
      async add(...given) {
        const text = await kept.add(...given)
        expect(() => JSON.parse(given[1])).toThrow(SyntaxError)
        expect(() => JSON.parse(text ?? '-')).toThrow(SyntaxError)
        return text
      },
    }
    const { clock, page, simulator } = world({ attempts })
    const first = await clock.settle(page.tasks.create(model, input, { attemptId: 'attempt-1' }))
    expect(await clock.settle(page.tasks.create(model, input, { attemptId: 'attempt-1' }))).toEqual(
      first,
    )
    expect(simulator.journal.bought).toBe(1)
  })

  test.each([{ input: 'x' }, 'OK', 1, false])(
    'one that gives %j for what it keeps leaves it open, and nothing is bought',
    async (odd) => {
      const attempts: Attempts = {
        ...createAttempts(),
        add: async () => JSON.parse(JSON.stringify(odd)),
      }
      const all = world({ attempts })
      const answer = await all.clock.settle(all.proxy.fetch(create('attempt-1')))
      expect(await answer.json()).toMatchObject({
        code: 502,
        error: { kind: 'unconfirmed', attemptId: 'attempt-1' },
      })
      expect(all.simulator.journal.requests).toEqual([])
      expect(all.errors).toHaveLength(1)
    },
  )

  test('one whose client asks again, and finds what it kept a moment ago, has found no repeat', async () => {
    const kept = createAttempts()
    const attempts: Attempts = {
      ...kept,
      add: async (...given) => (await kept.add(...given), kept.add(...given)),
    }
    const { clock, page, simulator } = world({ attempts })
    await clock.settle(page.tasks.create(model, input))
    expect(simulator.journal.bought).toBe(1)
  })
})

describe('a page that was loaded again marks what it sends anew', () => {
  const again = (attemptId: string, age = '1'): Request => {
    const sent = create(attemptId)
    sent.headers.set('idempotency-repeat', age)
    return sent
  }

  test('what this instance does not know, another one may have bought: it is unconfirmed, and buys nothing', async () => {
    const { clock, proxy, simulator } = world()
    for (const sent of [again('attempt-1'), again('attempt-1')]) {
      const answer = await clock.settle(proxy.fetch(sent))
      expect(await answer.json()).toMatchObject({
        code: 502,
        error: { kind: 'unconfirmed', attemptId: 'attempt-1' },
      })
    }
    expect(simulator.journal.requests).toEqual([])
  })

  test('what this instance knows is given, also while it is under way', async () => {
    const { clock, proxy, simulator } = world(
      {},
      { faults: [{ operation: 'create-task', fault: 'delay', ms: 3000 }] },
    )
    const first = proxy.fetch(create('attempt-1'))
    await clock.advance(1000)
    const answers = await clock.settle(Promise.all([first, proxy.fetch(again('attempt-1'))]))
    answers.push(await clock.settle(proxy.fetch(again('attempt-1'))))
    const texts = await Promise.all(answers.map((answer) => answer.text()))
    expect(new Set(texts).size).toBe(1)
    expect(texts[0]).toContain('taskId')
    expect(simulator.journal.bought).toBe(1)
  })

  test('what a store in common does not know never arrived, and is bought', async () => {
    const { clock, proxy, simulator } = world({
      attempts: { ...createAttempts(), inMemory: false },
    })
    expect((await clock.settle(proxy.fetch(again('attempt-1')))).status).toBe(200)
    expect(simulator.journal.bought).toBe(1)
  })

  test.each(['540', '3600', '-31', 'soon', 'NaN', '', '0x10', '1e2'])(
    'what a store in common does not know, and may have forgotten, is unconfirmed, and buys nothing: %s s old',
    async (age) => {
      const { clock, proxy, simulator } = world({
        attempts: { ...createAttempts(), inMemory: false },
      })
      const answer = await clock.settle(proxy.fetch(again('attempt-1', age)))
      expect(await answer.json()).toMatchObject({
        error: { kind: 'unconfirmed', attemptId: 'attempt-1' },
      })
      expect(simulator.journal.bought).toBe(0)
    },
  )

  test('a page that comes back after 11 min with an attempt that was bought learns that nobody knows', async () => {
    const attempts = (now: () => number): Attempts => ({
      ...createAttempts({ now }),
      inMemory: false,
    })
    let kept: Attempts | undefined
    const lazy: Attempts = {
      add: (...given) => (kept ??= attempts(all.clock.now)).add(...given),
      set: async (...given) => kept?.set(...given),
      delete: async (...given) => kept?.delete(...given),
    }
    const all = world(
      { attempts: lazy },
      { faults: [{ operation: 'create-task', fault: 'reset', accepted: true }] },
    )
    const { clock, page, simulator } = all
    const firstSentAt = clock.now()
    const sent = { attemptId: 'attempt-1', firstSentAt }
    await expect(
      clock.settle(page.tasks.create(model, input, { attemptId: 'attempt-1' })),
    ).rejects.toMatchObject({ kind: 'unconfirmed' })
    await clock.advance(660_000)
    await expect(clock.settle(page.tasks.create(model, input, sent))).rejects.toMatchObject({
      kind: 'unconfirmed',
    })
    expect(simulator.journal.bought).toBe(1)
  })

  test('one that waits for an attempt whose time in the store ends meanwhile does not buy it', async () => {
    const all = world()
    const kept = createAttempts({ now: all.clock.now })
    const attempts: Attempts = { ...kept, set: async () => {}, inMemory: false }
    // An instance that died while it bought.
    const { clock, simulator } = all
    simulator.control.addFaults({ operation: 'create-task', fault: 'hang', accepted: true })
    void instanceOf(all, { attempts: { ...attempts, delete: async () => {} } }).fetch(
      create('attempt-1'),
    )
    await clock.advance(590_000)
    const answer = await clock.settle(
      instanceOf(all, { attempts }).fetch(again('attempt-1', '590')),
    )
    expect(await answer.json()).toMatchObject({ error: { kind: 'unconfirmed' } })
    expect(simulator.journal.bought).toBe(1)
  })

  test('what attempts in memory do not know may have been bought before a restart, also when they were given', async () => {
    const { clock, proxy, simulator } = world({ attempts: createAttempts() })
    const answer = await clock.settle(proxy.fetch(again('attempt-1')))
    expect(await answer.json()).toMatchObject({
      error: { kind: 'unconfirmed', attemptId: 'attempt-1' },
    })
    expect(simulator.journal.bought).toBe(0)
  })
})

describe('what is known of an attempt', () => {
  test('is not taken away by a delete that comes too late, because a client of a store has sent it again', async () => {
    const { clock, proxy, simulator, ...all } = world(
      {},
      { faults: [{ operation: 'create-task', fault: 'code', code: 402 }] },
    )
    const kept = createAttempts({ now: clock.now })
    const deletes: (() => Promise<unknown>)[] = []
    const attempts: Attempts = {
      ...kept,
      inMemory: false,
      delete: (...given) => {
        deletes.push(() => kept.delete(...given))
        return kept.delete(...given)
      },
    }
    const instance = instanceOf({ clock, proxy, simulator, ...all }, { attempts })
    expect((await clock.settle(instance.fetch(create('attempt-1')))).status).toBe(402)
    const bought = await (await clock.settle(instance.fetch(create('attempt-1')))).text()
    expect(deletes).toHaveLength(1)
    for (const late of deletes) {
      await late()
    }
    expect(await (await clock.settle(instance.fetch(create('attempt-1')))).text()).toBe(bought)
    expect(simulator.journal.bought).toBe(1)
  })

  test('makes no room for what another user calls repeats', async () => {
    const attempts = createAttempts({ capacity: 100 })
    const { clock, proxy, simulator } = world({ attempts })
    const bought = await (await clock.settle(proxy.fetch(create('attempt-1')))).text()
    for (let index = 0; index < 200; index++) {
      const sent = create(`flood-${index}`)
      sent.headers.set('x-user', 'mallory')
      sent.headers.set('idempotency-repeat', '1')
      await clock.settle(proxy.fetch(sent))
    }
    expect(await (await clock.settle(proxy.fetch(create('attempt-1')))).text()).toBe(bought)
    expect(simulator.journal.bought).toBe(1)
  })

  test('is asked of a store less and less often while it is under way', async () => {
    const kept = createAttempts()
    let asked = 0
    const attempts: Attempts = { ...kept, add: (...given) => (asked++, kept.add(...given)) }
    const { clock, proxy } = world(
      { attempts },
      { faults: [{ operation: 'create-task', fault: 'delay', ms: 20_000 }] },
    )
    const answers = [1, 2].map(() => proxy.fetch(create('attempt-1')))
    await clock.settle(Promise.all(answers))
    expect(asked).toBeLessThan(20)
  })

  test('is the same for the same input, whatever the order of its fields', async () => {
    const { clock, proxy, simulator } = world()
    const body = (text: string): Request =>
      new Request(create('attempt-1'), { body: `{"model":"${model}","input":${text}}` })
    const texts: string[] = []
    for (const text of [
      '{"image_url":"https://a.example/x","image_size":"square"}',
      '{"image_size":"square","image_url":"https://a.example/x"}',
    ]) {
      texts.push(await (await clock.settle(proxy.fetch(body(text)))).text())
    }
    expect(new Set(texts).size).toBe(1)
    expect(simulator.journal.bought).toBe(1)
  })
})

describe('attempts in memory', () => {
  test('are forgotten after their time', async () => {
    const all = world()
    await all.clock.settle(all.page.tasks.create(model, input, { attemptId: 'attempt-1' }))
    await all.clock.advance(601_000)
    await all.clock.settle(all.page.tasks.create(model, input, { attemptId: 'attempt-1' }))
    expect(all.simulator.journal.bought).toBe(2)
  })

  test('are so many at most, and the oldest make room', async () => {
    const attempts = createAttempts({ capacity: 2 })
    for (const name of ['a', 'b', 'c']) {
      await attempts.add(name, name, 1000)
    }
    expect(await attempts.add('c', 'new', 1000)).toBe('c')
    expect(await attempts.add('b', 'new', 1000)).toBe('b')
    expect(await attempts.add('a', 'new', 1000)).toBeUndefined()
  })
})

describe('what one user may do in a while is limited, in each instance', () => {
  test('too many creates are refused with the time to wait, and those of others are not', async () => {
    const { clock, proxy } = world({ limits: { creates: { limit: 2, interval: 60_000 } } })
    const statuses: number[] = []
    for (const name of ['a', 'b', 'c']) {
      statuses.push((await clock.settle(proxy.fetch(create(name)))).status)
    }
    expect(statuses).toEqual([200, 200, 429])
    const refused = await clock.settle(proxy.fetch(create('d')))
    // They come back one by one.
    expect(refused.headers.get('retry-after')).toBe('30')
    const bob = new Request(create('e'))
    bob.headers.set('x-user', 'bob')
    expect((await clock.settle(proxy.fetch(bob))).status).toBe(200)
    await clock.advance(60_000)
    expect((await clock.settle(proxy.fetch(create('f')))).status).toBe(200)
  })

  test('they come back one by one, so that nobody gets twice as many around the end of an interval', async () => {
    const { clock, proxy } = world({ limits: { creates: { limit: 5, interval: 60_000 } } })
    const burst = async (): Promise<number> => {
      const answers = await clock.settle(
        Promise.all(
          Array.from({ length: 10 }, (_, index) =>
            proxy.fetch(create(`${clock.now()} ${index}`.replace(' ', '-'))),
          ),
        ),
      )
      return answers.filter(({ status }) => status === 200).length
    }
    await clock.settle(proxy.fetch(create('first')))
    await clock.advance(58_000)
    expect(await burst()).toBe(5)
    await clock.advance(3000)
    expect(await burst()).toBe(0)
    await clock.advance(9000)
    expect(await burst()).toBe(1)
  })

  test('120 reads a minute, also of tasks that are not there', async () => {
    const { clock, proxy } = world()
    const statuses: number[] = []
    for (let count = 0; count < 125; count++) {
      statuses.push((await clock.settle(proxy.fetch(look(`x.${'A'.repeat(43)}`)))).status)
    }
    expect(statuses.filter((status) => status === 404)).toHaveLength(120)
    expect(statuses.slice(120)).toEqual([429, 429, 429, 429, 429])
  })

  test('one who asks for 600 tasks at once leaves the line to others', async () => {
    const { clock, page, pageOf, proxy } = world()
    const { taskId } = await clock.settle(page.tasks.create(model, input))
    const theirs = await clock.settle(pageOf('bob').tasks.create(model, input))
    const flood = Array.from({ length: 600 }, () => {
      const sent = look(theirs.taskId)
      sent.headers.set('x-user', 'bob')
      return proxy.fetch(sent)
    })
    await clock.advance(50)
    const started = clock.now()
    await clock.settle(page.tasks.get(taskId))
    expect(clock.now() - started).toBeLessThan(2000)
    const statuses = (await clock.settle(Promise.all(flood))).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(590)
    expect((await clock.settle(proxy.fetch(look(taskId)))).status).toBe(200)
  })

  test('the client in the page waits as long as it is told, and then gets its task', async () => {
    const { clock, page, simulator } = world({
      limits: { creates: { limit: 1, interval: 20_000 } },
    })
    await clock.settle(Promise.all([1, 2].map(() => page.tasks.create(model, input))))
    expect(simulator.journal.bought).toBe(2)
  })
})
