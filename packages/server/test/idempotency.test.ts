import type { Fault } from '@apikley/simulator'
import { describe, expect, test } from 'vitest'
import { createAttempts } from '../src/index.ts'
import { create, createTaskPath, failure, fetchThrough, model, send } from './requests.ts'
import { input, request, world, type World } from 'test-kit/world'

const lost: Fault = { operation: 'create-task', fault: 'reset', accepted: true }
const slow: Fault = { operation: 'create-task', fault: 'delay', ms: 3000 }
const refused: Fault = { operation: 'create-task', fault: 'code', code: 402 }
const meaningless: Fault = { operation: 'create-task', fault: 'code', code: 799 }

/** Creates the task of one attempt through the client of the page. */
const attempt = ({ page }: Pick<World, 'page'>, attemptId = 'attempt-1') =>
  page.tasks.create(model, input, { attemptId })

describe('one attempt creates one task', () => {
  test.each<[string, Parameters<typeof world>]>([
    ['the limit is not reached', []],
    ['the user is over the limit', [{ limits: { creates: { limit: 1, interval: 60_000 } } }]],
  ])('A retry gets the same handle when %s.', async (_, options) => {
    const all = world(...options)
    const first = await all.clock.settle(attempt(all))
    expect(await all.clock.settle(attempt(all))).toEqual(first)
    expect(all.simulator.journal.bought).toBe(1)
  })

  test('A retry joins an attempt that is in flight.', async () => {
    const all = world({}, { faults: [slow] })
    const [first, second] = await all.clock.settle(Promise.all([attempt(all), attempt(all)]))
    expect(second).toEqual(first)
    expect(all.simulator.journal.bought).toBe(1)
  })

  test.each<[string, Fault, number]>([
    ['unconfirmed', lost, 1],
    ['unexpected-response', meaningless, 0],
  ])(
    'An attempt that is %s stays so for a retry, which is not sent.',
    async (kind, fault, bought) => {
      const all = world({}, { faults: [fault] })
      for (const _ of [1, 2]) {
        expect(await all.clock.settle(failure(attempt(all)))).toMatchObject({
          kind,
          attemptId: 'attempt-1',
        })
      }
      expect(all.simulator.journal.requests).toHaveLength(1)
      expect(all.simulator.journal.bought).toBe(bought)
    },
  )

  test('A retry after a refusal creates the task.', async () => {
    const all = world({}, { faults: [refused] })
    const error = await all.clock.settle(failure(attempt(all)))
    expect(error).toMatchObject({ kind: 'insufficient-credits' })
    expect(all.simulator.journal.bought).toBe(0)
    await all.clock.settle(attempt(all))
    expect(all.simulator.journal.bought).toBe(1)
  })

  test('The same attempt id of two users creates two tasks.', async () => {
    const { clock, page, pageOf, simulator } = world()
    const both = [page, pageOf('bob')].map((each) => attempt({ page: each }))
    const [ann, bob] = await clock.settle(Promise.all(both))
    expect(ann).not.toEqual(bob)
    expect(simulator.journal.bought).toBe(2)
  })

  test('The proxy refuses a used attempt id with another input.', async () => {
    const all = world()
    await all.clock.settle(attempt(all))
    const other = all.page.tasks.create(
      model,
      { ...input, image_size: 'square' },
      { attemptId: 'attempt-1' },
    )
    expect(await all.clock.settle(failure(other))).toMatchObject({ kind: 'invalid-input' })
    expect(all.simulator.journal.bought).toBe(1)
  })

  test('The order of fields in the input does not matter.', async () => {
    const all = world()
    const texts: string[] = []
    for (const fields of [
      '{"image_url":"https://a.example/x","image_size":"square"}',
      '{"image_size":"square","image_url":"https://a.example/x"}',
    ]) {
      const body = `{"model":"${model}","input":${fields}}`
      texts.push((await send(all, new Request(create('attempt-1'), { body }))).text)
    }
    expect(new Set(texts).size).toBe(1)
    expect(all.simulator.journal.bought).toBe(1)
  })

  test('A page that disconnects does not abort its create, and finds the task later.', async () => {
    const all = world({}, { faults: [slow] })
    const page = new AbortController()
    const sent = new Request(create('attempt-1'), { signal: page.signal })
    const response = all.proxy.fetch(sent)
    await all.clock.advance(1000)
    page.abort()
    expect((await all.clock.settle(response)).status).toBe(200)
    await all.clock.settle(attempt(all))
    expect(all.simulator.journal.bought).toBe(1)
  })
})

describe('the rules of the client also hold between page and proxy', () => {
  test('A response that is lost on the way to the page is unconfirmed, and a retry finds the task.', async () => {
    const all = world()
    const fetch = async (...given: Parameters<typeof globalThis.fetch>): Promise<never> => {
      await fetchThrough(all.proxy.fetch)(...given)
      throw new TypeError('fetch failed')
    }
    const losing = all.pageOf('ann', { fetch })
    const error = await all.clock.settle(failure(attempt({ page: losing })))
    expect(error).toMatchObject({ kind: 'unconfirmed' })
    const { taskId } = await all.clock.settle(attempt(all))
    expect(await all.clock.settle(all.page.tasks.wait(taskId))).toMatchObject({ state: 'success' })
    expect(all.simulator.journal.bought).toBe(1)
  })

  test.each([
    ['a refusal', 502, 502, 'rejected', 'unconfirmed'],
    ['an unknown kind', 502, 502, 'nice', 'unconfirmed'],
    ['a refusal', 200, 799, 'rejected', 'unexpected-response'],
    ['an unconfirmed error', 422, 422, 'unconfirmed', 'unconfirmed'],
    ['an unconfirmed error', 429, 429, 'unconfirmed', 'unconfirmed'],
    ['a more exact error', 422, 422, 'invalid-input', 'invalid-input'],
  ])(
    'The page never softens what a response means: %s with status %i and code %i.',
    async (_, status, code, kind, expected) => {
      const { clock, pageOf } = world()
      let sent = 0
      const fetch = async (): Promise<Response> => {
        sent++
        return Response.json({ code, error: { kind, message: 'no' } }, { status })
      }
      const error = await clock.settle(failure(attempt({ page: pageOf('ann', { fetch }) })))
      expect(error).toMatchObject({ kind: expected, attemptId: 'attempt-1' })
      expect(sent).toBe(1)
    },
  )
})

test('A create whose body arrives slowly does not wait for an older one beyond its deadline.', async () => {
  const attempts = { ...createAttempts(), set: () => new Promise(() => {}) }
  const stopped = world({ attempts }, { faults: [{ ...lost, fault: 'hang' }] })
  void stopped.proxy.fetch(create('attempt-1'))
  await stopped.clock.advance(1000)
  const started = stopped.clock.now()
  const body = new ReadableStream({
    start(controller) {
      stopped.clock.after(20_000, () => {
        controller.enqueue(new TextEncoder().encode(JSON.stringify({ model, input })))
        controller.close()
      })
    },
  })
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'attempt-1' }
  const init = { method: 'POST', body, headers, ...{ duplex: 'half' } }
  const { body: received } = await send(stopped, request(createTaskPath, init))
  expect(received).toMatchObject({ error: { kind: 'unconfirmed' } })
  expect(stopped.clock.now() - started).toBeLessThan(25_500)
})
