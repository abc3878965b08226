import type { ApikleyError } from '@apikley/client'
import type { Fault } from '@apikley/simulator'
import { describe, expect, test } from 'vitest'
import { input, post, world } from 'test-kit/world'

const model = 'ideogram/v3-reframe'
const lost: Fault = { operation: 'create-task', fault: 'reset', accepted: true }
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: unknown) => error)

describe('an attempt buys one task, however often it is sent', () => {
  test('a repeat gets the same handle', async () => {
    const { clock, page, simulator } = world()
    const first = await clock.settle(page.tasks.create(model, input, { attemptId: 'attempt-1' }))
    expect(await clock.settle(page.tasks.create(model, input, { attemptId: 'attempt-1' }))).toEqual(
      first,
    )
    expect(simulator.journal.bought).toBe(1)
  })

  test('a repeat while the first is under way joins it', async () => {
    const { clock, page, simulator } = world(
      {},
      { faults: [{ operation: 'create-task', fault: 'delay', ms: 3000 }] },
    )
    const both = Promise.all(
      [1, 2].map(() => page.tasks.create(model, input, { attemptId: 'attempt-1' })),
    )
    const [first, second] = await clock.settle(both)
    expect(second).toEqual(first)
    expect(simulator.journal.bought).toBe(1)
  })

  test('what is unconfirmed stays so for a repeat, which buys nothing', async () => {
    const { clock, page, simulator } = world({}, { faults: [lost] })
    for (const _ of [1, 2]) {
      expect(
        await clock.settle(failure(page.tasks.create(model, input, { attemptId: 'attempt-1' }))),
      ).toMatchObject({
        kind: 'unconfirmed',
        attemptId: 'attempt-1',
      })
    }
    expect(simulator.journal.bought).toBe(1)
  })

  test('what was refused is tried again by a repeat', async () => {
    const { clock, page, simulator } = world(
      {},
      { faults: [{ operation: 'create-task', fault: 'code', code: 402 }] },
    )
    expect(
      await clock.settle(failure(page.tasks.create(model, input, { attemptId: 'attempt-1' }))),
    ).toMatchObject({
      kind: 'insufficient-credits',
    })
    expect(simulator.journal.bought).toBe(0)
    await clock.settle(page.tasks.create(model, input, { attemptId: 'attempt-1' }))
    expect(simulator.journal.bought).toBe(1)
  })

  test('attempts of different users are different ones', async () => {
    const { clock, page, pageOf, simulator } = world()
    const [ann, bob] = await clock.settle(
      Promise.all(
        [page, pageOf('bob')].map((each) =>
          each.tasks.create(model, input, { attemptId: 'attempt-1' }),
        ),
      ),
    )
    expect(ann).not.toEqual(bob)
    expect(simulator.journal.bought).toBe(2)
  })

  test('the id of an attempt does not serve for another input', async () => {
    const { clock, page, simulator } = world()
    await clock.settle(page.tasks.create(model, input, { attemptId: 'attempt-1' }))
    const other = page.tasks.create(
      model,
      { ...input, image_size: 'square' },
      { attemptId: 'attempt-1' },
    )
    expect(await clock.settle(failure(other))).toMatchObject({ kind: 'invalid-input' })
    expect(simulator.journal.bought).toBe(1)
  })

  test('a page that leaves does not call off what is being bought, and finds it again', async () => {
    const { clock, page, proxy, simulator } = world(
      {},
      { faults: [{ operation: 'create-task', fault: 'delay', ms: 3000 }] },
    )
    const leaving = new AbortController()
    const sent = post(
      '/api/v1/jobs/createTask',
      { model, input },
      { 'idempotency-key': 'attempt-1' },
    )
    const answer = proxy.fetch(new Request(sent, { signal: leaving.signal }))
    await clock.advance(1000)
    leaving.abort()
    expect((await clock.settle(answer)).status).toBe(200)
    await clock.settle(page.tasks.create(model, input, { attemptId: 'attempt-1' }))
    expect(simulator.journal.bought).toBe(1)
  })

  test('a repeat is not refused for its number, because then nobody would know what became of it', async () => {
    const { clock, page, simulator } = world({
      limits: { creates: { limit: 1, interval: 60_000 } },
    })
    const first = await clock.settle(page.tasks.create(model, input, { attemptId: 'attempt-1' }))
    expect(await clock.settle(page.tasks.create(model, input, { attemptId: 'attempt-1' }))).toEqual(
      first,
    )
    expect(simulator.journal.bought).toBe(1)
  })
})

describe('between page and proxy the rules are the same as between proxy and service', () => {
  test('an answer that is lost on its way to the page is unconfirmed, and the same attempt finds the task', async () => {
    const { clock, page, pageOf, proxy, simulator } = world()
    const losing = pageOf('ann', {
      fetch: async (url, init) => {
        const request = new Request(url, init)
        request.headers.set('x-user', 'ann')
        await proxy.fetch(request)
        throw new TypeError('fetch failed')
      },
    })
    expect(
      await clock.settle(failure(losing.tasks.create(model, input, { attemptId: 'attempt-1' }))),
    ).toMatchObject({
      kind: 'unconfirmed',
    })
    const { taskId } = await clock.settle(
      page.tasks.create(model, input, { attemptId: 'attempt-1' }),
    )
    expect(await clock.settle(page.tasks.wait(taskId))).toMatchObject({ state: 'success' })
    expect(simulator.journal.bought).toBe(1)
  })

  test.each([
    [
      'a refusal in an answer that leaves it open',
      502,
      { code: 502, error: { kind: 'rejected', message: 'no' } },
      'unconfirmed',
    ],
    [
      'an error that is none',
      502,
      { code: 502, error: { kind: 'nice', message: 'no' } },
      'unconfirmed',
    ],
    [
      'a refusal in an answer that means nothing',
      200,
      { code: 799, error: { kind: 'rejected', message: 'no' } },
      'unexpected-response',
    ],
    [
      'an unconfirmed one in an answer that refuses',
      422,
      { code: 422, error: { kind: 'unconfirmed', message: 'no' } },
      'unconfirmed',
    ],
    [
      'an unconfirmed one in an answer that may be repeated',
      429,
      { code: 429, error: { kind: 'unconfirmed', message: 'no' } },
      'unconfirmed',
    ],
    [
      'a more exact one in an answer that refuses',
      422,
      { code: 422, error: { kind: 'invalid-input', message: 'no' } },
      'invalid-input',
    ],
  ])('what an answer means is never softened: %s', async (_, status, body, kind) => {
    const { clock, pageOf, asked } = world()
    let sent = 0
    const page = pageOf('ann', { fetch: async () => (sent++, Response.json(body, { status })) })
    expect(await clock.settle(failure(page.tasks.create(model, input)))).toMatchObject({
      kind,
      attemptId: expect.any(String),
    })
    expect(sent).toBe(1)
    expect(asked).toEqual([])
  })

  test.each<[Fault, Partial<ApikleyError>]>([
    [
      { fault: 'code', code: 401 },
      { kind: 'authentication', code: 401 },
    ],
    [
      { fault: 'code', code: 422 },
      { kind: 'rejected', code: 422 },
    ],
    [
      { fault: 'code', code: 500 },
      { kind: 'rejected', code: 500 },
    ],
    [{ fault: 'code', code: 433 }, { kind: 'key-limit' }],
    [{ fault: 'code', code: 455, times: 'always' }, { kind: 'maintenance' }],
    [{ fault: 'code', code: 505 }, { kind: 'feature-disabled' }],
    [
      { fault: 'code', code: 799 },
      { kind: 'unexpected-response', code: 799 },
    ],
    [{ fault: 'refuse', times: 'always' }, { kind: 'connection' }],
    [
      { fault: 'status', status: 500 },
      { kind: 'unconfirmed', status: 500 },
    ],
    [{ fault: 'hang' }, { kind: 'unconfirmed' }],
    [
      { fault: 'status', status: 429, retryAfter: 90, times: 'always' },
      { kind: 'rate-limited', retryAfter: 90_000 },
    ],
  ])('what the service did is told as it is: %o', async (fault, error) => {
    const { clock, page, simulator } = world(
      {},
      { faults: [{ ...fault, operation: 'create-task' }] },
    )
    expect(await clock.settle(failure(page.tasks.create(model, input)))).toMatchObject(error)
    expect(simulator.journal.bought).toBe(0)
  })
})
