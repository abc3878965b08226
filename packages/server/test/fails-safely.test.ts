import { ApikleyError } from '@apikley/client'
import type { Fault } from '@apikley/simulator'
import { describe, expect, test, vi } from 'vitest'
import { createAttempts, type Attempts } from '../src/index.ts'
import { ask } from '../src/proxy/application.ts'
import { input, post, request, world } from 'test-kit/world'

const model = 'ideogram/v3-reframe'
const createTask = '/api/v1/jobs/createTask'
const create = (): Request => post(createTask, { model, input }, { 'idempotency-key': 'attempt-1' })
const never = (): Promise<never> => new Promise(() => {})
const fail = (words: string) => (): never => {
  throw new Error(words)
}
const hang: Fault = { operation: 'create-task', fault: 'hang', accepted: true }

describe('what fails around a purchase never makes a refusal of it', () => {
  test.each([
    ['throws', fail('closed')],
    ['rejects', async () => fail('closed')()],
  ])('a store that %s when the task is bought: the page gets its task', async (_, set) => {
    const attempts: Attempts = { ...createAttempts(), set }
    const { clock, page, errors } = world({ attempts })
    expect(await clock.settle(page.tasks.create(model, input))).toMatchObject({
      taskId: expect.any(String),
    })
    expect(errors).toEqual([new Error('attempts.set failed', { cause: new Error('closed') })])
  })

  test.each([
    ['throws', fail('logger')],
    ['rejects', async () => fail('logger')()],
  ])('an onError that %s changes no answer', async (_, onError) => {
    const bought = world({ attempts: { ...createAttempts(), set: fail('closed') }, onError })
    expect((await bought.clock.settle(bought.proxy.fetch(create()))).status).toBe(200)
    const refused = world({ authorize: fail('no database'), onError })
    expect((await refused.clock.settle(refused.proxy.fetch(create()))).status).toBe(503)
  })

  test('a waitUntil that was taken off its object changes no answer', async () => {
    const { clock, proxy, errors } = world()
    const waitUntil = (): never => {
      throw new TypeError('Illegal invocation')
    }
    expect((await clock.settle(proxy.fetch(create(), { waitUntil }))).status).toBe(200)
    expect(errors).toEqual([new TypeError('Illegal invocation')])
  })

  test('a handle that cannot be made leaves it open whether a task was bought', async () => {
    const { clock, proxy, errors } = world()
    const { sign } = crypto.subtle
    let signed = 0
    // The first two are digests; the third makes the handle.
    crypto.subtle.sign = (...given) =>
      ++signed > 2 ? Promise.reject(new Error('no cryptography')) : sign.apply(crypto.subtle, given)
    const answer = await clock
      .settle(proxy.fetch(create()))
      .finally(() => (crypto.subtle.sign = sign))
    expect(await answer.json()).toMatchObject({
      code: 502,
      error: { kind: 'unconfirmed', attemptId: 'attempt-1' },
    })
    expect(errors).toEqual([new Error('no cryptography')])
  })

  test('a body that breaks off is refused, because nothing was sent', async () => {
    const { clock, proxy, simulator } = world()
    const body = new ReadableStream({ start: (stream) => stream.error(new Error('gone')) })
    const headers = { 'content-type': 'application/json' }
    const answer = await clock.settle(
      proxy.fetch(request(createTask, { method: 'POST', body, headers, ...{ duplex: 'half' } })),
    )
    expect(await answer.json()).toMatchObject({ code: 400, error: { kind: 'rejected' } })
    expect(simulator.journal.requests).toEqual([])
  })
})

describe('the page has its answer before it gives up', () => {
  test('the time for authorize is part of the time for a request', async () => {
    const all = world(
      { authorize: () => new Promise((resolve) => all.clock.after(6000, () => resolve('ann'))) },
      { faults: [hang] },
    )
    const started = all.clock.now()
    const answer = await all.clock.settle(all.proxy.fetch(create()))
    expect(all.clock.now() - started).toBe(25_000)
    expect(await answer.json()).toMatchObject({ error: { kind: 'unconfirmed' } })
  })

  test('a function of the application is not called any more when the time is up', async () => {
    const call = vi.fn<() => void>()
    await expect(ask('allow', call, AbortSignal.abort(new Error('late')))).rejects.toThrow(
      'allow did not answer in time',
    )
    expect(call).not.toHaveBeenCalled()
  })

  test('an authorize that never answers lets nobody in', async () => {
    const { clock, proxy, errors, simulator } = world({ authorize: never })
    const started = clock.now()
    expect((await clock.settle(proxy.fetch(create()))).status).toBe(503)
    expect(clock.now() - started).toBe(25_000)
    expect(errors).toEqual([
      expect.objectContaining({ message: 'authorize did not answer in time' }),
    ])
    expect(simulator.journal.requests).toEqual([])
  })

  test('a store that never answers leaves it open whether this is a repeat, and nothing is bought', async () => {
    const { clock, proxy, errors, simulator } = world({
      attempts: { ...createAttempts(), add: never },
    })
    const started = clock.now()
    const answer = await clock.settle(proxy.fetch(create()))
    expect(clock.now() - started).toBe(25_000)
    expect(await answer.json()).toMatchObject({
      code: 502,
      error: { kind: 'unconfirmed', attemptId: 'attempt-1' },
    })
    expect(errors).toEqual([
      expect.objectContaining({ message: 'attempts.add did not answer in time' }),
    ])
    expect(simulator.journal.requests).toEqual([])
  })

  test('a store that never gets to writing a task down holds up its id for 2 s at most', async () => {
    const { clock, page } = world({ attempts: { ...createAttempts(), set: never } })
    const started = clock.now()
    await clock.settle(page.tasks.create(model, input))
    expect(clock.now() - started).toBeLessThan(3000)
  })

  test('a repeat whose body comes slowly does not wait longer for the first one than there is time', async () => {
    const kept = createAttempts()
    const gone = world({ attempts: { ...kept, set: never } }, { faults: [hang] })
    void gone.proxy.fetch(create())
    await gone.clock.advance(30_000)
    const { clock, proxy, errors } = world({ attempts: kept })
    const started = clock.now()
    const body = new ReadableStream({
      start(stream) {
        clock.after(20_000, () => {
          stream.enqueue(new TextEncoder().encode(JSON.stringify({ model, input })))
          stream.close()
        })
      },
    })
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'attempt-1' }
    const answer = await clock.settle(
      proxy.fetch(request(createTask, { method: 'POST', body, headers, ...{ duplex: 'half' } })),
    )
    expect(await answer.json()).toMatchObject({ error: { kind: 'unconfirmed' } })
    expect(clock.now() - started).toBeLessThan(25_500)
    expect(errors).toEqual([])
  })
})

describe('what fails for a moment ends no wait, and makes no doubt about a task', () => {
  const look = '/api/v1/jobs/recordInfo'
  /** Fails at the first look of a page, and works at all other times. */
  const atFirstLook = <Arguments extends unknown[], Value>(
    work: (...given: Arguments) => Value,
    failing: () => Value,
  ) => {
    let looks = 0
    return (isLook: boolean, ...given: Arguments): Value =>
      isLook && ++looks === 1 ? failing() : work(...given)
  }

  test.each<[string, () => string | Promise<string>]>([
    ['throws', fail('no database')],
    ['never answers', never],
  ])('an authorize that %s once', async (_, failing) => {
    const authorize = atFirstLook(() => 'ann', failing)
    const { clock, page, simulator } = world({
      authorize: ({ url }) => authorize(url.includes(look)),
    })
    expect(await clock.settle(page.run(model, input))).toMatchObject({ task: { state: 'success' } })
    expect(simulator.journal.bought).toBe(1)
  })

  test('a limiter of reads that fails once', async () => {
    const acquire = atFirstLook(async () => {}, fail('no store'))
    const { clock, page, errors } = world({ limiter: { reads: { acquire: () => acquire(true) } } })
    expect(await clock.settle(page.run(model, input))).toMatchObject({ task: { state: 'success' } })
    expect(errors).toMatchObject([{ kind: 'connection', cause: new Error('no store') }])
  })

  test('a limiter of creates: nothing was sent, so it is a refusal, and sent again', async () => {
    let asked = 0
    const acquire = async (): Promise<void> => void (++asked === 1 && fail('no store')())
    const { clock, page, simulator } = world({ limiter: { creates: { acquire } } })
    await clock.settle(page.tasks.create(model, input))
    expect(simulator.journal.bought).toBe(1)
  })
})

test('a page that leaves while authorize works is no failure for the log', async () => {
  const { clock, proxy, errors } = world({ authorize: never })
  const leaving = new AbortController()
  const answer = proxy.fetch(
    new Request(request('/api/v1/jobs/recordInfo?taskId=x'), { signal: leaving.signal }),
  )
  await clock.advance(1000)
  leaving.abort()
  expect((await clock.settle(answer)).status).toBe(499)
  expect(errors).toEqual([])
})

test('an input whose fields have names of methods is for the service to judge, and leaves nothing in doubt', async () => {
  const { clock, proxy, simulator } = world()
  const odd = { model, input: { ...input, image_url: { toString: 1 }, valueOf: 2 } }
  await clock.settle(proxy.fetch(post(createTask, odd)))
  expect(simulator.journal.requests).toHaveLength(1)
})

describe('what the functions of the application throw is their own', () => {
  test.each([
    { kind: 'server', message: 'postgres://u:pw' },
    { kind: 'unconfirmed', message: 'pw' },
    { kind: 'server', code: 700, message: 'pw' },
  ] as const)(
    'an error of a client that authorize uses is no word of the service: %o',
    async (data) => {
      const error = new ApikleyError(data)
      const { clock, proxy, errors } = world({ authorize: () => Promise.reject(error) })
      const answer = await clock.settle(proxy.fetch(create()))
      expect(answer.status).toBe(503)
      expect(await answer.json()).toMatchObject({
        code: 455,
        error: { kind: 'maintenance', message: expect.not.stringContaining('pw') },
      })
      expect(errors).toEqual([
        expect.objectContaining({ message: 'authorize failed', cause: error }),
      ])
    },
  )

  test.each<[string, (user: string) => string]>([
    ['throws', fail('bug')],
    ['gives no address', () => '/api/hook'],
  ])('a callbackUrl that %s is a wrong set-up, and nothing is sent', async (_, callbackUrl) => {
    const { clock, proxy, simulator, errors } = world({ callbackUrl })
    for (const _ of [1, 2]) {
      const answer = await clock.settle(proxy.fetch(create()))
      expect(await answer.json()).toMatchObject({ code: 505, error: { kind: 'configuration' } })
    }
    expect(errors).toEqual(
      [1, 2].map(() =>
        expect.objectContaining({ message: expect.stringContaining('callbackUrl') }),
      ),
    )
    expect(simulator.journal.requests).toEqual([])
  })
})
