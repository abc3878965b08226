import { describe, expect, test, vi } from 'vitest'
import { createAttempts, type Attempts, type ProxyOptions } from '../src/index.ts'
import { callWithDeadline } from '../src/proxy/deadline.ts'
import { create, model, onCreate, onRead, read, send } from './requests.ts'
import { input, world } from 'test-kit/world'

const never = (): Promise<never> => new Promise(() => {})
const fail = (message: string) => (): never => {
  throw new Error(message)
}
const hang = onCreate({ fault: 'hang', accepted: true })
const unconfirmed = { code: 502, error: { kind: 'unconfirmed', attemptId: 'attempt-1' } }

describe('the proxy responds within its deadline', () => {
  test.each([0, 6000])(
    'A create that hangs is unconfirmed after 25 s, of which authorize takes %i ms.',
    async (ms) => {
      const authorize = () =>
        new Promise<string>((resolve) => all.clock.after(ms, () => resolve('ann')))
      const all = world({ authorize }, { faults: [hang] })
      const started = all.clock.now()
      expect((await send(all, create('attempt-1'))).body).toMatchObject(unconfirmed)
      expect(all.clock.now() - started).toBe(25_000)
      expect(all.page.transport.requestTimeout).toBeGreaterThan(25_000)
    },
  )

  test('A create that was not sent in time is not in doubt.', async () => {
    const busy = onCreate({ fault: 'status', status: 429, retryAfter: 3, times: 'always' })
    const all = world({ requestTimeout: 2000 }, { faults: [busy] })
    const { status, body } = await send(all, create())
    expect(status).toBe(429)
    expect(body).toMatchObject({ error: { kind: 'rate-limited' } })
    expect(all.simulator.journal.bought).toBe(0)
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
      const all = world({ [name]: never })
      const started = all.clock.now()
      expect((await send(all, create())).status).toBe(503)
      expect(all.clock.now() - started).toBe(25_000)
      expect(all.errors).toEqual([expect.objectContaining({ message: `${name} timed out` })])
      expect(all.simulator.journal.requests).toEqual([])
    },
  )

  test('A store that never answers makes the create unconfirmed, and nothing is sent.', async () => {
    const all = world({ attempts: { ...createAttempts(), add: never } })
    const started = all.clock.now()
    expect((await send(all, create('attempt-1'))).body).toMatchObject(unconfirmed)
    expect(all.clock.now() - started).toBe(25_000)
    expect(all.errors).toEqual([expect.objectContaining({ message: 'attempts.add timed out' })])
    expect(all.simulator.journal.requests).toEqual([])
  })

  test.each<[string, Attempts['set'], string]>([
    ['throws', fail('closed'), 'failed'],
    ['rejects', async () => fail('closed')(), 'failed'],
    ['never settles', never, 'timed out'],
  ])('A store whose set() %s delays the task by at most 2 s.', async (_, set, problem) => {
    const { clock, page, errors } = world({ attempts: { ...createAttempts(), set } })
    const started = clock.now()
    const { taskId } = await clock.settle(page.tasks.create(model, input))
    expect(taskId).toEqual(expect.any(String))
    expect(clock.now() - started).toBeLessThan(3000)
    expect(errors).toEqual([expect.objectContaining({ message: `attempts.set ${problem}` })])
  })

  test('A function is not called after the deadline.', async () => {
    const call = vi.fn<() => void>()
    const aborted = AbortSignal.abort(new Error('late'))
    await expect(callWithDeadline('allow', call, aborted)).rejects.toThrow('allow timed out')
    expect(call).not.toHaveBeenCalled()
  })

  test('A page that disconnects during authorize is not a failure in the log.', async () => {
    const { clock, proxy, errors } = world({ authorize: never })
    const page = new AbortController()
    const response = proxy.fetch(new Request(read('x'), { signal: page.signal }))
    await clock.advance(1000)
    page.abort()
    expect((await clock.settle(response)).status).toBe(499)
    expect(errors).toEqual([])
  })
})

/** An `authorize` that fails once, at the first read of a task. */
const failsOnce = (failing: () => Promise<string>): ProxyOptions['authorize'] => {
  let hasFailed = false
  return ({ url }) => {
    const fails = url.includes('/recordInfo') && !hasFailed
    hasFailed ||= fails
    return fails ? failing() : 'ann'
  }
}
const acquire = () => vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('no store'))

test.each<[string, Partial<ProxyOptions>]>([
  ['authorize throws', { authorize: failsOnce(() => Promise.reject(new Error('no database'))) }],
  ['authorize never settles', { authorize: failsOnce(never) }],
  ['the limiter of reads fails', { limiter: { reads: { acquire: acquire() } } }],
  ['the limiter of creates fails', { limiter: { creates: { acquire: acquire() } } }],
])('A run creates one task when %s once.', async (_, options) => {
  const { clock, page, simulator, errors } = world(options)
  expect(await clock.settle(page.run(model, input))).toMatchObject({ task: { state: 'success' } })
  expect(simulator.journal.bought).toBe(1)
  expect(errors).toHaveLength(1)
})
