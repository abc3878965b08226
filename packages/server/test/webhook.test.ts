import { createApikley, type Apikley, type ApikleyError, type Task } from '@apikley/client'
import { describe, expect, test, vi } from 'vitest'
import { createWebhookHandler, signCallback, type Seen, type WebhookOptions } from '../src/index.ts'
import { createVirtualClock, type VirtualClock } from '@apikley/simulator'
import {
  callbackOf,
  callbackUrl,
  input,
  model,
  webhookService,
  type WebhookService,
} from './webhook-service.ts'

const wrongSetUp = (words: string): unknown =>
  expect.objectContaining({ kind: 'configuration', message: expect.stringContaining(words) })

const forged = { resultJson: '{"resultUrls":["https://evil.example/x.webp"]}' }

describe('a callback is a hint and never data', () => {
  test('what was altered in it does not count, signed or not', async () => {
    for (const signing of [{}, { secret: 'hook', signedWith: 'hook' }]) {
      const { apikley, clock, told } = webhookService(signing, [
        { callback: { altered: { ...forged, state: 'fail' } } },
      ])
      const { urls } = await clock.settle(apikley.run(model, input, { callbackUrl }))
      await clock.advance(1000)
      expect(told).toMatchObject([{ task: { state: 'success', urls } }])
      expect(urls[0]).not.toContain('evil')
    }
  })

  test('a forged one about a task that still runs tells nobody, and asks to come again', async () => {
    const { apikley, clock, post, told } = webhookService({}, [{ state: 'stuck', invisibleFor: 0 }])
    const { taskId } = await clock.settle(apikley.tasks.create(model, input))
    expect((await post(callbackOf(taskId, forged))).status).toBe(503)
    expect(told).toEqual([])
  })

  test('a forged one about no task of the account tells nobody', async () => {
    const { post, told, errors, reads } = webhookService()
    // A task that is not visible yet looks the same.
    expect((await post(callbackOf('task_of_nobody'))).status).toBe(503)
    expect(reads()).toBe(1)
    expect([told, errors]).toEqual([[], []])
  })

  test('an answer about another task than was asked for tells nobody', async () => {
    const { apikley, clock, told, post, simulator } = webhookService()
    simulator.control.addTask({ taskId: 'task_1' })
    const other = await clock.settle(apikley.tasks.get('task_1'))
    const confused = webhookService({
      apikley: { tasks: { get: async () => other, notify: () => {} } },
    })
    expect((await confused.post(callbackOf('TASK_1'))).status).not.toBe(200)
    expect(confused.told).toEqual([])
    expect((await post(callbackOf('task_1'))).status).toBe(200)
    expect(told).toHaveLength(1)
  })
})

describe('with a secret', () => {
  test('only what is signed is read, and nothing else costs a request', async () => {
    const { simulator, clock, post, told, reads } = webhookService({ secret: 'hook' })
    simulator.control.addTask({ taskId: 'task_1' })
    expect((await post(callbackOf('task_1'))).status).toBe(401)
    expect((await post(callbackOf('task_1'), { secret: 'other' })).status).toBe(401)
    expect(reads()).toBe(0)
    const late = await signCallback('task_1', 'hook', clock.now() - 301_000)
    expect((await post(callbackOf('task_1'), { headers: late })).status).toBe(401)
    expect(told).toEqual([])
    const answer = await post(callbackOf('task_1'), { secret: 'hook' })
    expect([answer.status, await answer.json()]).toEqual([200, { code: 200, msg: 'success' }])
    expect(told).toHaveLength(1)
  })

  test('a signature is good for its own task only', async () => {
    const { simulator, clock, post, reads } = webhookService({ secret: ['new', 'hook'] })
    simulator.control.addTask({ taskId: 'task_1' })
    const headers = await signCallback('task_1', 'hook', clock.now())
    expect((await post(callbackOf('task_2'), { headers })).status).toBe(401)
    expect(reads()).toBe(0)
    expect((await post(callbackOf('task_1'), { headers })).status).toBe(200)
  })

  test.each<[string, WebhookOptions['secret']]>([
    ['undefined', undefined],
    ['empty', ''],
    ['an empty list', []],
    ['a list of nothing', ['']],
    ['a list with nothing at its end', ['hook', '']],
    ['a list with nothing in the middle', ['hook', '', 'old']],
  ])('that is %s nothing is taken unsigned by mistake', async (_, secret) => {
    const { simulator, post, reads, errors } = webhookService({ secret })
    simulator.control.addTask({ taskId: 'task_1' })
    for (const signing of [{}, { secret: 'hook' }]) {
      expect((await post(callbackOf('task_1'), signing)).status).toBe(500)
    }
    expect(errors).toEqual([1, 2].map(() => wrongSetUp('secret is empty')))
    expect(reads()).toBe(0)
  })
})

describe('with a token', () => {
  const url = (token: string) => ({
    url: `${callbackUrl}?token=${encodeURIComponent(token)}&attemptId=a`,
  })

  test('only a callback that has it in its address is read, and nothing else costs a request', async () => {
    const { simulator, post, told, reads } = webhookService({ token: ['new one', 'guess?me'] })
    simulator.control.addTask({ taskId: 'task_1' })
    for (const wrong of [
      {},
      url(''),
      url('guess'),
      url('guess?m'),
      url('guess?me '),
      { url: `${callbackUrl}#?token=guess?me` },
    ]) {
      expect((await post(callbackOf('task_1'), wrong)).status).toBe(401)
    }
    expect(reads()).toBe(0)
    expect((await post(callbackOf('task_1'), url('guess?me'))).status).toBe(200)
    expect((await post(callbackOf('task_1'), url('new one'))).status).toBe(200)
    expect(told).toHaveLength(1)
  })

  test('the service brings it, because it is in callbackUrl', async () => {
    const { apikley, clock, told } = webhookService({ token: 'guess?me' })
    await clock.settle(
      apikley.run(model, input, { callbackUrl: url('guess?me').url, attemptId: 'attempt-1' }),
    )
    await clock.advance(60_000)
    expect(told).toMatchObject([{ task: { state: 'success' }, info: { attemptId: 'attempt-1' } }])
  })

  test('that does not have one, a stranger holds nothing up', async () => {
    const { apikley, clock, handler, told } = webhookService({ token: 'guess?me' })
    const { taskId } = await clock.settle(apikley.tasks.create(model, input))
    await clock.settle(apikley.tasks.wait(taskId))
    const send = async (id: string, to: string) =>
      (await handler(new Request(to, { method: 'POST', body: JSON.stringify(callbackOf(id)) })))
        .status
    const flood = Array.from({ length: 1000 }, (_, index) => send(`fake_${index}`, callbackUrl))
    expect(await clock.settle(send(taskId, url('guess?me').url))).toBe(200)
    expect(new Set(await Promise.all(flood))).toEqual(new Set([401]))
    expect(told).toHaveLength(1)
  })

  test.each<[string, WebhookOptions['token']]>([
    ['undefined', undefined],
    ['empty', ''],
    ['a list with nothing in it', ['guess?me', '']],
  ])('that is %s nothing is taken by mistake', async (_, token) => {
    const { post, errors } = webhookService({ token })
    expect((await post(callbackOf('task_1'), url(''))).status).toBe(500)
    expect(errors).toEqual([wrongSetUp('token is empty')])
  })
})

describe('a build without key and secret', () => {
  test('can make the handler: both are looked for with the first callback', async () => {
    const env: Record<string, string> = {}
    const { simulator, clock } = webhookService()
    simulator.control.addTask({ taskId: 'task_1' })
    const made = vi.fn<() => Apikley>(() =>
      createApikley({ fetch: simulator.fetch }, { clock, env }),
    )
    const told: Task[] = []
    const errors: unknown[] = []
    const handler = createWebhookHandler(
      { apikley: made, onTask: (task) => told.push(task), onError: (error) => errors.push(error) },
      { clock },
    )
    expect(made).not.toHaveBeenCalled()
    const send = async () =>
      clock.settle(
        handler(
          new Request(callbackUrl, { method: 'POST', body: JSON.stringify(callbackOf('task_1')) }),
        ),
      )
    expect((await send()).status).toBe(500)
    expect(errors).toEqual([wrongSetUp('APIKLEY_API_KEY')])
    env.APIKLEY_API_KEY = 'any'
    expect([(await send()).status, (await send()).status]).toEqual([200, 200])
    expect(told).toHaveLength(1)
    // Once without a key and once with it.
    expect(made).toHaveBeenCalledTimes(2)
  })
})

describe('onTask', () => {
  test('is told of the end of each task once, with the attempt that bought it', async () => {
    const { apikley, clock, told } = webhookService({ signedWith: 'hook', secret: 'hook' }, [
      { times: 'always', callback: 'twice' },
    ])
    const runs = Array.from({ length: 5 }, (_, index) =>
      apikley.run(model, input, {
        callbackUrl: `${callbackUrl}?next=/home?a=b`,
        attemptId: `attempt-${index}`,
      }),
    )
    const results = await clock.settle(Promise.all(runs))
    await clock.advance(60_000)
    expect(told.map(({ task, info }) => `${task.taskId} ${info.attemptId}`).sort()).toEqual(
      results.map(({ taskId }, index) => `${taskId} attempt-${index}`).sort(),
    )
  })

  test('is told of a task that failed', async () => {
    const { apikley, clock, told } = webhookService({}, [{ state: 'fail', failMsg: 'No picture' }])
    await expect(clock.settle(apikley.run(model, input, { callbackUrl }))).rejects.toMatchObject({
      kind: 'task-failed',
    })
    await clock.advance(1000)
    expect(told).toMatchObject([{ task: { state: 'fail', failMsg: 'No picture' } }])
  })

  test.each([501, 408])(
    'is told of a task that reads as failed, by code %i, without a record',
    async (code) => {
      const { apikley, clock, simulator, told, errors } = webhookService()
      simulator.control.addFaults({
        fault: 'code',
        code,
        msg: 'No picture',
        operation: 'get-task-details',
        times: 'always',
      })
      const run = apikley.run(model, input, { callbackUrl })
      await expect(clock.settle(run)).rejects.toMatchObject({
        kind: 'task-failed',
        failCode: String(code),
      })
      await clock.advance(60_000)
      const { taskId } = simulator.journal.tasks[0] ?? {}
      expect(told).toMatchObject([
        {
          task: { taskId, state: 'fail', failCode: String(code), failMsg: 'No picture', urls: [] },
        },
      ])
      expect(simulator.journal.callbacks.map(({ status }) => status)).toEqual([200])
      expect(errors).toEqual([])
    },
  )

  test('is told of each final state: what read as failed, for want of a record, may have succeeded after all', async () => {
    const { simulator, clock, post, told } = webhookService()
    simulator.control.addTask({ taskId: 'task_1' })
    simulator.control.addFaults({ fault: 'code', code: 408, operation: 'get-task-details' })
    for (let round = 0; round < 3; round++) {
      expect((await clock.settle(post(callbackOf('task_1')))).status).toBe(200)
    }
    expect(told.map(({ task }) => task.state)).toEqual(['fail', 'success'])
  })

  test('of a task that reads as failed comes after those who wait for it are told', async () => {
    const { clock, simulator, post, told, apikley } = webhookService()
    simulator.control.addTask({ taskId: 'task_1', state: 'stuck' })
    const wait = apikley.tasks.wait('task_1', { timeout: 3_600_000 })
    const ended = wait.catch((error: unknown) => error)
    await clock.advance(130_000)
    const before = clock.now()
    simulator.control.addFaults({ fault: 'code', code: 501, operation: 'get-task-details' })
    expect((await post(callbackOf('task_1'))).status).toBe(200)
    expect(await ended).toMatchObject({ kind: 'task-failed', failCode: '501' })
    expect(clock.now()).toBe(before)
    expect(told).toHaveLength(1)
  })

  test('learns of a task whose create was unconfirmed', async () => {
    const { apikley, clock, simulator, told } = webhookService()
    simulator.control.addFaults({ fault: 'reset', operation: 'create-task', accepted: true })
    const lost = apikley.run(model, input, { callbackUrl, attemptId: 'attempt-1' })
    await expect(clock.settle(lost)).rejects.toMatchObject({
      kind: 'unconfirmed',
      attemptId: 'attempt-1',
    })
    await clock.advance(60_000)
    expect(told).toMatchObject([{ task: { state: 'success' }, info: { attemptId: 'attempt-1' } }])
  })

  test('is not told again by who comes while it works, but tried again when it fails', async () => {
    // Who comes meanwhile hears what becomes of it.
    let attempts = 0
    const { simulator, clock, handler, told, errors, post } = webhookService({
      onTask: () => {
        if (++attempts === 1) {
          throw new Error('The database is away')
        }
      },
    })
    simulator.control.addTask({ taskId: 'task_1' })
    const send = () =>
      handler(
        new Request(callbackUrl, { method: 'POST', body: JSON.stringify(callbackOf('task_1')) }),
      )
    const statuses = (await clock.settle(Promise.all([send(), send(), send()]))).map(
      ({ status }) => status,
    )
    expect(statuses).toEqual([500, 500, 500])
    expect(errors).toMatchObject([{ message: 'The database is away' }])
    expect((await post(callbackOf('task_1'))).status).toBe(200)
    expect((await post(callbackOf('task_1'))).status).toBe(200)
    expect(told).toHaveLength(2)
  })

  test('that a platform has cut off, and nobody hears of again, is tried again after 2 min', async () => {
    const { simulator, clock, handler, told } = webhookService({
      onTask: () => new Promise(() => {}),
    })
    simulator.control.addTask({ taskId: 'task_1' })
    const send = () =>
      handler(
        new Request(callbackUrl, { method: 'POST', body: JSON.stringify(callbackOf('task_1')) }),
      )
    void send()
    await clock.advance(119_000)
    expect((await clock.settle(send())).status).toBe(503)
    expect(told).toHaveLength(1)
    await clock.advance(1000)
    void send()
    await clock.advance(1000)
    expect(told).toHaveLength(2)
  })

  test('that was given up, and ends after all, takes nothing away from the one that was begun instead', async () => {
    const ends: (() => void)[] = []
    const { simulator, clock, handler, told } = webhookService({
      onTask: () => new Promise((_, reject) => ends.push(() => reject(new Error('late')))),
    })
    simulator.control.addTask({ taskId: 'task_1' })
    const send = () =>
      handler(
        new Request(callbackUrl, { method: 'POST', body: JSON.stringify(callbackOf('task_1')) }),
      )
    void send()
    await clock.advance(120_000)
    void send()
    await clock.advance(1000)
    ends[0]?.()
    await clock.advance(1000)
    void send()
    await clock.advance(1000)
    expect(told).toHaveLength(2)
  })

  test('that takes its time holds no wait up', async () => {
    const { apikley, clock, simulator } = webhookService({
      onTask: () => new Promise((resolve) => clock.after(8000, () => resolve(0))),
    })
    const { taskId } = await clock.settle(apikley.run(model, input, { callbackUrl }))
    expect(simulator.journal.callbacks).toEqual([])
    await clock.advance(8000)
    expect(simulator.journal.callbacks).toMatchObject([{ taskId, status: 200 }])
  })
})

describe('the sender tries again', () => {
  test('when the task reads as running, or is not visible yet', async () => {
    const { apikley, clock, simulator, told } = webhookService({}, [
      { callback: 'early', invisibleFor: 1500 },
    ])
    const { taskId } = await clock.settle(apikley.tasks.create(model, input, { callbackUrl }))
    expect(simulator.journal.callbacks.map(({ status }) => status)).toEqual([503])
    await clock.advance(60_000)
    expect(simulator.journal.callbacks.map(({ status }) => status)).toEqual([503, 200])
    expect(told).toMatchObject([{ task: { taskId } }])
  })

  test('when the task cannot be read, and that is reported', async () => {
    const { clock, post, simulator, told, errors } = webhookService()
    simulator.control.addTask({ taskId: 'task_1' })
    simulator.control.addFaults({ fault: 'code', code: 401, operation: 'get-task-details' })
    expect((await post(callbackOf('task_1'))).status).toBe(500)
    expect(errors).toMatchObject([{ kind: 'authentication' } satisfies Partial<ApikleyError>])
    expect((await clock.settle(post(callbackOf('task_1')))).status).toBe(200)
    expect(told).toHaveLength(1)
  })
})

describe('onError', () => {
  test('is told when something else answers in the place of the service', async () => {
    const fetch = async (): Promise<Response> => new Response('<html>', { status: 404 })
    const { post, errors } = webhookService({
      apikley: createApikley({ apiKey: 'any', fetch, maxRetries: 0 }),
    })
    expect((await post(callbackOf('task_1'))).status).toBe(500)
    expect(errors).toMatchObject([{ kind: 'not-found' }])
  })

  test.each<[string, Partial<WebhookOptions>]>([
    ['token', { token: 'guess?me' }],
    ['secret', { secret: 'hook' }],
  ])(
    'is told of the first callback that is refused, for it may be the %s that is wrong',
    async (option, options) => {
      const { post, errors } = webhookService(options)
      for (let round = 0; round < 3; round++) {
        expect((await post(callbackOf('task_1'))).status).toBe(401)
      }
      expect(errors).toEqual([
        expect.objectContaining({
          kind: 'authentication',
          message: expect.stringContaining(option),
        }),
      ])
    },
  )
})

describe('with waitUntil', () => {
  const platform = () => {
    const work: Promise<unknown>[] = []
    return {
      work,
      // As a Worker's context: a method that must be called as one.
      context: {
        waitUntil(this: unknown, promise: Promise<unknown>) {
          if (this === undefined) {
            throw new TypeError('Illegal invocation')
          }
          work.push(promise)
        },
      },
    }
  }

  test('the sender is answered before onTask is done, and the platform waits for it', async () => {
    const { work, context } = platform()
    let done = false
    const { simulator, clock, post } = webhookService(
      {
        onTask: () =>
          new Promise<void>((resolve) =>
            clock.after(20_000, () => {
              done = true
              resolve()
            }),
          ),
      },
      [],
      context,
    )
    simulator.control.addTask({ taskId: 'task_1' })
    expect((await post(callbackOf('task_1'))).status).toBe(200)
    expect(done).toBe(false)
    await clock.settle(Promise.all(work))
    expect(done).toBe(true)
  })

  test('the sender still hears that a task has not ended', async () => {
    const { context } = platform()
    const { simulator, post } = webhookService({}, [], context)
    simulator.control.addTask({ taskId: 'task_1', state: 'stuck' })
    expect((await post(callbackOf('task_1'))).status).toBe(503)
  })

  test('an onTask that fails at once is answered 500, so that the sender tries again', async () => {
    const { context } = platform()
    const onTask = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('No room'))
    const { apikley, clock, errors, simulator } = webhookService({ onTask }, [], context)
    await clock.settle(apikley.run(model, input, { callbackUrl }))
    await clock.advance(60_000)
    expect(simulator.journal.callbacks.map(({ status }) => status)).toEqual([500, 200])
    expect(errors).toMatchObject([{ message: 'No room' }])
    expect(onTask).toHaveBeenCalledTimes(2)
  })

  test('what onTask throws after the answer is reported, and breaks nothing', async () => {
    const work: Promise<unknown>[] = []
    const { simulator, clock, post, errors, told } = webhookService({
      waitUntil: (promise) => work.push(promise),
      onTask: () =>
        new Promise((_, reject) => clock.after(20_000, () => reject(new Error('No room')))),
    })
    simulator.control.addTask({ taskId: 'task_1' })
    expect((await post(callbackOf('task_1'))).status).toBe(200)
    await clock.settle(Promise.all(work))
    expect(errors).toMatchObject([{ message: 'No room' }])
    await post(callbackOf('task_1'))
    expect(told).toHaveLength(2)
  })

  test('one that throws is reported, and costs nothing else', async () => {
    const { simulator, post, errors, told } = webhookService({
      waitUntil: () => {
        throw new TypeError('Illegal invocation')
      },
    })
    simulator.control.addTask({ taskId: 'task_1' })
    expect((await post(callbackOf('task_1'))).status).toBe(200)
    expect(errors).toMatchObject([{ message: 'Illegal invocation' }])
    expect(told).toHaveLength(1)
  })
})

describe('the sender, which leaves after 15 s, is answered before', () => {
  const send = ({ handler }: WebhookService, id = 'task_1') =>
    handler(
      new Request(callbackUrl, { method: 'POST', body: JSON.stringify(callbackOf(id)) }),
    ).then(({ status }) => status)

  test('that onTask still works, and when it comes again waits for the same call', async () => {
    const service = webhookService({
      onTask: () => new Promise((resolve) => service.clock.after(20_000, () => resolve(0))),
    })
    const { simulator, clock, told } = service
    simulator.control.addTask({ taskId: 'task_1' })
    const began = clock.now()
    expect(await clock.settle(send(service))).toBe(503)
    expect(clock.now() - began).toBe(9000)
    await clock.advance(5000)
    expect(await clock.settle(send(service))).toBe(200)
    expect(clock.now() - began).toBe(20_000)
    expect(told).toHaveLength(1)
  })

  test.each<[string, Partial<WebhookOptions>]>([
    ['without waitUntil', {}],
    ['with waitUntil, for nothing is told yet', { waitUntil: () => {} }],
  ])('that a task is still being read: %s', async (_, options) => {
    const service = webhookService(options)
    const { simulator, clock, told } = service
    simulator.control.addTask({ taskId: 'task_1' })
    simulator.control.addFaults({ fault: 'delay', ms: 12_000, operation: 'get-task-details' })
    expect(await clock.settle(send(service))).toBe(503)
    expect(await clock.settle(send(service))).toBe(200)
    expect(told).toHaveLength(1)
  })

  test.each<[string, Partial<WebhookOptions>]>([
    ['onError', { onError: () => new Promise(() => {}) }],
    [
      'the release of its claim',
      { seen: { claim: () => 'mine', done: () => {}, release: () => new Promise(() => {}) } },
    ],
  ])(
    'never with 200 once onTask has failed, though %s takes for ever and waitUntil is there',
    async (_, options) => {
      const service = webhookService({
        onTask: () => Promise.reject(new Error('Away')),
        waitUntil: () => {},
        ...options,
      })
      service.simulator.control.addTask({ taskId: 'task_1' })
      expect(await service.clock.settle(send(service))).toBe(503)
    },
  )

  test('also when onError never comes to an end', async () => {
    const service = webhookService({
      onTask: () => Promise.reject(new Error('Away')),
      onError: () => new Promise(() => {}),
    })
    service.simulator.control.addTask({ taskId: 'task_1' })
    expect(await service.clock.settle(send(service))).toBe(503)
  })
})

describe('where several instances take callbacks', () => {
  /** As a database would keep it: whose claim is not done within a minute has lost it. */
  const store = (clock: VirtualClock) => {
    const ends = new Map<string, number | 'done'>()
    const seen: Seen = {
      async claim(end) {
        const held = ends.get(end) ?? 0
        if (held === 'done') {
          return 'done'
        }
        if (held > clock.now()) {
          return 'busy'
        }
        ends.set(end, clock.now() + 60_000)
        return 'mine'
      },
      done: async (end) => void ends.set(end, 'done'),
      release: async (end) => void ends.delete(end),
    }
    return { ends, seen }
  }

  /** Two instances with a store in common, and a task that has ended. */
  const instances = (
    first: Partial<WebhookOptions>,
    second: Partial<WebhookOptions> = {},
    platform?: unknown,
  ) => {
    const clock = createVirtualClock()
    const { ends, seen } = store(clock)
    const one = webhookService({ seen, ...first }, [], undefined, clock)
    const two = webhookService({ seen, apikley: one.apikley, ...second }, [], platform, clock)
    one.simulator.control.addTask({ taskId: 'task_1' })
    const send = async ({ handler }: WebhookService) =>
      (
        await handler(
          new Request(callbackUrl, { method: 'POST', body: JSON.stringify(callbackOf('task_1')) }),
        )
      ).status
    return { clock, ends, one, two, send }
  }

  test('a shared store lets one of them call onTask', async () => {
    const { clock, ends, one, two, send } = instances({})
    expect(await clock.settle(send(one))).toBe(200)
    expect(await clock.settle(send(two))).toBe(200)
    expect(one.told.length + two.told.length).toBe(1)
    expect([...ends]).toEqual([['task_1:success', 'done']])
  })

  test('who comes while another one is at it tries again, and is heard when that one fails', async () => {
    let fail: (error: Error) => void = () => {}
    const { clock, one, two, send } = instances({
      onTask: () => new Promise((_, reject) => (fail = reject)),
    })
    const first = send(one)
    await clock.advance(5000)
    expect(await clock.settle(send(two))).toBe(503)
    expect(two.told).toEqual([])
    fail(new Error('The database is away'))
    expect(await clock.settle(first)).toBe(500)
    expect(await clock.settle(send(two))).toBe(200)
    expect(two.told).toHaveLength(1)
  })

  test('also with waitUntil, where the answer is early', async () => {
    const { clock, one, two, send } = instances(
      { onTask: () => new Promise(() => {}) },
      {},
      { waitUntil: () => {} },
    )
    void send(one)
    await clock.advance(1000)
    expect(await clock.settle(send(two))).toBe(503)
  })

  test('one that dies in onTask holds the end up until its lease is over', async () => {
    const { clock, one, two, send } = instances({ onTask: () => new Promise(() => {}) })
    void send(one)
    await clock.advance(59_000)
    expect(await clock.settle(send(two))).toBe(503)
    await clock.advance(2000)
    expect(await clock.settle(send(two))).toBe(200)
    expect(two.told).toHaveLength(1)
  })

  test('an onTask that fails gives its claim back, also when onError fails', async () => {
    const onTask = vi.fn<() => void>(() => {
      throw new Error('Away')
    })
    const onError = () => {
      throw new Error('The log is full')
    }
    const { clock, ends, one, send } = instances({ onTask, onError })
    expect(await clock.settle(send(one))).toBe(500)
    expect([...ends]).toEqual([])
    onTask.mockImplementation(() => {})
    expect(await clock.settle(send(one))).toBe(200)
    expect(onTask).toHaveBeenCalledTimes(2)
  })

  test('a store that fails is reported, and the sender tries again', async () => {
    const { simulator, post, told, errors } = webhookService({
      seen: {
        claim: () => Promise.reject(new Error('No store')),
        done: () => {},
        release: () => {},
      },
    })
    simulator.control.addTask({ taskId: 'task_1' })
    expect((await post(callbackOf('task_1'))).status).toBe(500)
    expect(errors).toMatchObject([{ message: 'No store' }])
    expect(told).toEqual([])
  })

  test('a store that says anything but mine, busy or done is reported, and the sender tries again', async () => {
    const claim: Seen['claim'] = () => JSON.parse('"OK"')
    const { simulator, post, told, errors } = webhookService({
      seen: { claim, done: () => {}, release: () => {} },
    })
    simulator.control.addTask({ taskId: 'task_1' })
    expect((await post(callbackOf('task_1'))).status).toBe(500)
    expect(errors).toMatchObject([{ message: expect.stringMatching(/seen\.claim.*OK/) }])
    expect(told).toEqual([])
  })

  test('a store that cannot release is reported beside what onTask threw', async () => {
    const { simulator, post, errors } = webhookService({
      onTask: () => Promise.reject(new Error('Away')),
      seen: {
        claim: () => 'mine',
        done: () => {},
        release: () => Promise.reject(new Error('No store')),
      },
    })
    simulator.control.addTask({ taskId: 'task_1' })
    expect((await post(callbackOf('task_1'))).status).toBe(500)
    expect(errors).toMatchObject([{ message: 'Away' }, { message: 'No store' }])
  })

  test('a store that fails when all is done is reported, and nobody is told again', async () => {
    const release = vi.fn<() => void>()
    const { simulator, post, told, errors } = webhookService({
      seen: { claim: () => 'mine', done: () => Promise.reject(new Error('No store')), release },
    })
    simulator.control.addTask({ taskId: 'task_1' })
    expect((await post(callbackOf('task_1'))).status).toBe(200)
    expect((await post(callbackOf('task_1'))).status).toBe(200)
    expect(errors).toMatchObject([{ message: 'No store' }])
    expect(told).toHaveLength(1)
    expect(release).not.toHaveBeenCalled()
  })
})

describe('a stranger', () => {
  test('costs one read with each callback and no more, and none with one that is known', async () => {
    const { simulator, post, reads } = webhookService()
    simulator.control.addTask({ taskId: 'task_1' })
    for (let round = 0; round < 20; round++) {
      await post(callbackOf('task_1'))
    }
    expect(reads()).toBe(1)
    for (let round = 0; round < 20; round++) {
      await post(callbackOf(`task_of_nobody_${round}`))
    }
    expect(reads()).toBe(21)
  })

  test.each<[string, Partial<WebhookOptions>, string]>([
    ['cannot have more than 50 tasks read at a time', {}, 'refused'],
    ['is not counted where callbacks are signed', { secret: 'hook' }, 'read'],
    ['is not counted where callbacks have a token', { token: 'guess' }, 'read'],
  ])('%s', async (_, options, then) => {
    let read: (what: string) => void = () => {}
    const get = () => new Promise<never>(() => read('read'))
    const { handler, clock } = webhookService({
      ...options,
      apikley: { tasks: { get, notify: () => {} } },
    })
    // Either it is read, which takes for ever, or it is answered.
    const send = async (taskId: string) => {
      const reading = new Promise<string>((resolve) => (read = resolve))
      const request = new Request(`${callbackUrl}?token=guess`, {
        method: 'POST',
        headers: await signCallback(taskId, 'hook', clock.now()),
        body: JSON.stringify(callbackOf(taskId)),
      })
      return Promise.race([
        reading,
        handler(request).then(({ status }) => (status === 503 ? 'refused' : String(status))),
      ])
    }
    for (let index = 0; index < 50; index++) {
      expect(await send(`task_${index}`)).toBe('read')
    }
    expect(await send('task_more')).toBe(then)
  })

  test.each<[number, string, string]>([
    [400, 'nothing', ''],
    [400, 'no JSON', '<html>'],
    [400, 'no task', '{"data":{}}'],
    [
      413,
      'more than may be read',
      JSON.stringify(callbackOf('task_1', { more: 'x'.repeat(1_000_000) })),
    ],
  ])('is answered %i for %s, without a read', async (status, _, body) => {
    const { post, reads } = webhookService()
    expect((await post(body)).status).toBe(status)
    expect(reads()).toBe(0)
  })

  test('may send a callback in pieces of a byte each', async () => {
    const { handler, simulator, clock, told } = webhookService()
    simulator.control.addTask({ taskId: 'task_1' })
    const bytes = new TextEncoder().encode(
      JSON.stringify(callbackOf('task_1', { msg: 'fertig \u2713' })),
    )
    const body = new ReadableStream({
      start(controller) {
        for (const byte of bytes) {
          controller.enqueue(Uint8Array.of(byte))
        }
        controller.close()
      },
    })
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
    expect((await clock.settle(handler(new Request(callbackUrl, init)))).status).toBe(200)
    expect(told).toHaveLength(1)
  })

  test('who breaks off a body is answered, and harms nothing', async () => {
    const { handler, reads } = webhookService()
    const body = new ReadableStream({ start: (controller) => controller.error(new Error('gone')) })
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
    expect((await handler(new Request(callbackUrl, init))).status).toBe(400)
    expect(reads()).toBe(0)
  })

  test('who stops in the middle of a body is answered after 5 s', async () => {
    const { handler, clock, reads } = webhookService()
    const cancel = vi.fn<() => Promise<void>>(() => new Promise(() => {}))
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"data":')),
      cancel,
    })
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
    const answer = handler(new Request(callbackUrl, init))
    await clock.advance(4999)
    expect(cancel).not.toHaveBeenCalled()
    await clock.advance(1)
    expect((await answer).status).toBe(400)
    expect(cancel).toHaveBeenCalledOnce()
    expect([reads(), clock.pending]).toEqual([0, 0])
  })

  test('who never ends a body is cut off at the limit', async () => {
    const { handler } = webhookService({ maxBytes: 1000 })
    let pulled = 0
    const body = new ReadableStream({
      pull(controller) {
        pulled++
        controller.enqueue(new Uint8Array(100))
      },
    })
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
    expect((await handler(new Request(callbackUrl, init))).status).toBe(413)
    expect(pulled).toBeLessThan(20)
  })
})

describe('where a framework stands in between', () => {
  test('a body that was read before is named as what is wrong', async () => {
    const { handler, errors } = webhookService()
    const request = new Request(callbackUrl, { method: 'POST', body: '{}' })
    await request.json()
    expect((await handler(request)).status).toBe(500)
    expect(errors).toEqual([wrongSetUp('body')])
  })

  test("an object that is no Request, as Express's, is named as what is wrong", async () => {
    const { handler } = webhookService()
    const express: Request = Object.assign(Object.create(null), {
      method: 'POST',
      headers: { host: 'localhost' },
      body: callbackOf('task_1'),
    })
    await expect(handler(express)).rejects.toMatchObject({
      kind: 'configuration',
      message: expect.stringContaining('web Request'),
    })
    await expect(handler(Object.create(null))).rejects.toMatchObject({ kind: 'configuration' })
  })
})
