import { createApikley } from '@apikley/client'
import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'
import { createSimulator, createVirtualClock, type Fault } from '@apikley/simulator'
import { describe, expect, test, vi } from 'vitest'
import { createProxyHandler } from '../src/index.ts'
import { holdTimeFor, input, key, post, request, secret, world } from 'test-kit/world'

const model = 'ideogram/v3-reframe'
const createTask = '/api/v1/jobs/createTask'
const create = { model, input }
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: unknown) => error)

describe('every option does what it says', () => {
  test('a descriptor among the models checks the input before anything is sent', async () => {
    const { clock, page, proxy, simulator } = world({ models: [v3Reframe] })
    const answer = await clock.settle(
      proxy.fetch(post(createTask, { model, input: { image_size: 'huge' } })),
    )
    expect(answer.status).toBe(422)
    expect(await answer.json()).toMatchObject({
      error: { kind: 'invalid-input', message: expect.stringContaining('image_size') },
    })
    expect(simulator.journal.requests).toEqual([])
    await clock.settle(page.tasks.create(model, input))
    expect(simulator.journal.bought).toBe(1)
  })

  test.each([
    ['an address', 'https://app.example/webhook', /^https:\/\/app\.example\/webhook\b/],
    [
      'a function of the user',
      (user: string) => `https://app.example/webhook?user=${user}`,
      /^https:\/\/app\.example\/webhook\?user=ann\b/,
    ],
  ])('the service posts results to callbackUrl: %s', async (_, callbackUrl, address) => {
    const { clock, page, simulator } = world({ callbackUrl })
    await clock.settle(page.tasks.create(model, input))
    expect(simulator.journal.requests[0]?.body).toMatchObject({
      callBackUrl: expect.stringMatching(address),
    })
  })

  test('key and secret come from the environment, which is looked at with the first request', async () => {
    const clock = createVirtualClock()
    holdTimeFor(clock)
    const simulator = createSimulator({ clock, keys: [key] })
    const env: Record<string, string> = {}
    const errors: unknown[] = []
    const onError = (error: unknown): void => void errors.push(error)
    const proxy = createProxyHandler(
      { models: [model], authorize: () => 'ann', fetch: simulator.fetch, onError },
      { clock, env },
    )
    const unset = await proxy.fetch(post(createTask, create))
    expect(unset.status).toBe(500)
    expect(errors).toEqual([
      expect.objectContaining({ message: expect.stringContaining('APIKLEY_PROXY_SECRET') }),
    ])
    Object.assign(env, { APIKLEY_API_KEY: key, APIKLEY_PROXY_SECRET: secret })
    expect((await clock.settle(proxy.fetch(post(createTask, create)))).status).toBe(200)
  })

  test('requestTimeout ends in time for the page to hear of it, and by then the task may have been bought', async () => {
    const { clock, proxy, page } = world(
      {},
      { faults: [{ operation: 'create-task', fault: 'hang', accepted: true }] },
    )
    const started = clock.now()
    const answer = await clock.settle(proxy.fetch(post(createTask, create)))
    expect(clock.now() - started).toBe(25_000)
    expect(await answer.json()).toMatchObject({ code: 502, error: { kind: 'unconfirmed' } })
    expect(page.transport.requestTimeout).toBeGreaterThan(25_000)
  })

  test('what was never sent in time is no doubt, and may be tried again', async () => {
    const busy: Fault = {
      operation: 'create-task',
      fault: 'status',
      status: 429,
      retryAfter: 3,
      times: 'always',
    }
    const { clock, proxy, simulator } = world({ requestTimeout: 2000 }, { faults: [busy] })
    const answer = await clock.settle(proxy.fetch(post(createTask, create)))
    expect(answer.status).toBe(429)
    expect(await answer.json()).toMatchObject({ error: { kind: 'rate-limited' } })
    expect(simulator.journal.bought).toBe(0)
  })

  test('a read that takes too long is one without an answer', async () => {
    const { clock, page, proxy } = world(
      {},
      { faults: [{ operation: 'get-task-details', fault: 'hang', times: 'always' }] },
    )
    const { taskId } = await clock.settle(page.tasks.create(model, input))
    const answer = await clock.settle(
      proxy.fetch(request(`/api/v1/jobs/recordInfo?taskId=${taskId}`)),
    )
    expect(answer.status).toBe(502)
    expect(await answer.json()).toMatchObject({ error: { kind: 'connection' } })
  })

  test('reads and uploads are limited as creates are', async () => {
    const once = { limit: 1, interval: 60_000 }
    const { clock, page, proxy } = world({
      credits: true,
      limits: { reads: once, uploads: once },
      uploads: { fromUrl: true },
    })
    await clock.settle(page.credits())
    const { taskId } = await clock.settle(page.tasks.create(model, input))
    const upload = (): Request =>
      request('/file-upload/api/file-stream-upload', {
        method: 'POST',
        body: 'bytes',
        headers: { 'content-type': 'image/png' },
      })
    await clock.settle(proxy.fetch(upload()))
    for (const refused of [
      request('/api/v1/chat/credit'),
      request(`/api/v1/jobs/recordInfo?taskId=${taskId}`),
      post('/api/v1/common/download-url', { url: 'https://files.example.com/a.png' }),
      upload(),
      post('/file-upload/api/file-url-upload', { fileUrl: 'https://files.example.com/a.png' }),
    ]) {
      expect((await clock.settle(proxy.fetch(refused))).status).toBe(429)
    }
  })

  test('all instances together keep the limits of the account, by limiters of the application', async () => {
    const asked: string[] = []
    const limiterOf = (name: string) => ({ acquire: async () => void asked.push(name) })
    const { clock, page } = world({
      limiter: { creates: limiterOf('create'), reads: limiterOf('read') },
    })
    const { taskId } = await clock.settle(page.tasks.create(model, input))
    await clock.settle(page.tasks.get(taskId))
    expect(asked).toEqual(['create', 'read'])
  })

  test('a platform that may stop when the page leaves is asked to wait for what is being bought', async () => {
    const { clock, proxy } = world()
    const waited: Promise<unknown>[] = []
    await clock.settle(
      proxy.fetch(post(createTask, create), { waitUntil: (promise) => waited.push(promise) }),
    )
    expect(waited).toHaveLength(1)
  })
})

describe('the proxy tells a page what happened', () => {
  const told = async (fault: Fault): Promise<string> => {
    const { clock, proxy } = world({}, { faults: [{ ...fault, times: 'always' }] })
    return (await clock.settle(proxy.fetch(post(createTask, create)))).text()
  }

  test('with the words of the service about the input, and none of its others', async () => {
    const msg = 'Account bob@corp.example, 0.3 credits'
    for (const code of [429, 455, 505]) {
      expect(await told({ operation: 'create-task', fault: 'code', code, msg })).not.toContain(
        'bob',
      )
    }
    expect(
      await told({
        operation: 'create-task',
        fault: 'code',
        code: 422,
        msg: 'image_size is wrong',
      }),
    ).toContain('image_size is wrong')
  })

  test('a task by its handle, also in the words of the service', async () => {
    const { clock, page, proxy, simulator } = world()
    const { taskId } = await clock.settle(page.tasks.create(model, input))
    const id = simulator.journal.tasks[0]?.taskId ?? '-'
    simulator.control.addFaults({
      operation: 'get-task-details',
      fault: 'code',
      code: 501,
      msg: `Task ${id} failed`,
    })
    const text = await (
      await clock.settle(proxy.fetch(request(`/api/v1/jobs/recordInfo?taskId=${taskId}`)))
    ).text()
    expect(text).toContain(`Task ${taskId} failed`)
    expect(text.replaceAll(taskId, '')).not.toContain(id)
  })

  test('nothing of a key that stands in an address', async () => {
    const apiKey = 'sk/ab+cd=='
    const { clock, proxy } = world(
      { apiKey },
      {
        keys: [apiKey],
        faults: [
          {
            operation: 'create-task',
            fault: 'code',
            code: 422,
            msg: `see https://a.example?k=${encodeURIComponent(apiKey)}`,
          },
        ],
      },
    )
    const text = await (await clock.settle(proxy.fetch(post(createTask, create)))).text()
    expect(text).toContain('[key]')
    expect(text).not.toContain('ab%2Bcd')
  })

  test('that a body parser was in between, also where only the stream of Node is empty', async () => {
    const { clock, proxy, errors } = world()
    const parsed = request(createTask, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': '70' },
    })
    expect((await clock.settle(proxy.fetch(parsed))).status).toBe(500)
    expect(errors).toMatchObject([{ message: expect.stringContaining('body parsers') }])
  })

  test('a failure of its own is no doubt about a task, when nothing was sent', async () => {
    const { clock, page, simulator } = world({
      authorize: () => Promise.reject(new Error('no database')),
    })
    expect(await clock.settle(failure(page.tasks.create(model, input)))).toMatchObject({
      kind: 'maintenance',
      message: expect.stringContaining('its log'),
    })
    expect(simulator.journal.requests).toEqual([])
  })

  test('that there is no key is told to the log and not to the page', async () => {
    const { clock, proxy, errors } = world({ apiKey: undefined })
    const answer = await clock.settle(proxy.fetch(post(createTask, create)))
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toMatch(/APIKLEY|key/i)
    expect(errors).toEqual([
      expect.objectContaining({ message: expect.stringContaining('APIKLEY_API_KEY') }),
    ])
  })

  test.each([
    [401, 'authentication'],
    [402, 'insufficient-credits'],
    [433, 'key-limit'],
  ])(
    '%i is about the account: the page learns its kind, and the log its words',
    async (code, kind) => {
      const { clock, page, simulator, errors } = world()
      const { taskId } = await clock.settle(page.tasks.create(model, input))
      const msg = 'of owner@corp.example'
      simulator.control.addFaults({ operation: 'create-task', fault: 'code', code, msg })
      simulator.control.addFaults({ operation: 'get-task-details', fault: 'code', code, msg })
      for (const ask of [() => page.tasks.create(model, input), () => page.tasks.get(taskId)]) {
        const error = await clock.settle(failure(ask()))
        expect(error).toMatchObject({ kind, code })
        expect(JSON.stringify(error)).not.toMatch(/owner@|API key|Top up|raise/)
        expect(errors.splice(0)).toEqual([expect.objectContaining({ kind, msg })])
      }
      expect(await clock.settle(page.tasks.get(taskId))).toMatchObject({ taskId })
    },
  )

  test('what a look is told of the account has the handle, and not the id', async () => {
    const { clock, page, proxy, simulator } = world()
    const { taskId } = await clock.settle(page.tasks.create(model, input))
    simulator.control.addFaults({ operation: 'get-task-details', fault: 'code', code: 401 })
    const answer = await clock.settle(
      proxy.fetch(request(`/api/v1/jobs/recordInfo?taskId=${taskId}`)),
    )
    expect(await answer.json()).toMatchObject({
      code: 401,
      error: { kind: 'authentication', taskId },
    })
  })

  test('a key that is a word of the answers does not break them', async () => {
    const { clock, page } = world({ apiKey: 'data' }, { keys: ['data'] })
    expect(await clock.settle(page.tasks.create(model, input))).toMatchObject({
      taskId: expect.any(String),
    })
  })

  test('a task with a long id is found again', async () => {
    const id = 'x'.repeat(300)
    const { clock, page } = world({
      fetch: async (url) => {
        const data = String(url).endsWith('createTask')
          ? { taskId: id }
          : { taskId: id, state: 'waiting', model }
        return Response.json({ code: 200, msg: 'success', data })
      },
    })
    const { taskId } = await clock.settle(page.tasks.create(model, input))
    expect(await clock.settle(page.tasks.get(taskId))).toMatchObject({ taskId, state: 'waiting' })
  })

  test('an authorize that gives anything but a user lets nobody in', async () => {
    const { clock, proxy, errors, simulator } = world({
      authorize: ({ headers }) => JSON.parse(headers.get('x-claim') ?? 'true'),
    })
    for (const claim of ['true', '1', '{"id":"ann"}']) {
      expect(
        (await clock.settle(proxy.fetch(post(createTask, create, { 'x-claim': claim })))).status,
      ).toBe(500)
    }
    expect(errors).toHaveLength(3)
    expect(simulator.journal.requests).toEqual([])
  })

  test('ids in errors are handles, in their words too', async () => {
    const { clock, page, simulator } = world()
    const { taskId } = await clock.settle(page.tasks.create(model, input))
    simulator.control.addFaults({
      operation: 'get-task-details',
      fault: 'code',
      code: 422,
      times: 'always',
    })
    expect(await clock.settle(failure(page.tasks.get(taskId)))).toMatchObject({
      kind: 'not-found',
      taskId,
      message: expect.stringContaining(`Task ${taskId} is unknown`),
    })
    simulator.control.addFaults({
      operation: 'create-task',
      fault: 'code',
      code: 402,
      data: { taskId: 'task_1' },
    })
    expect(await clock.settle(failure(page.tasks.create(model, input)))).toMatchObject({
      kind: 'unconfirmed',
      taskId: expect.stringMatching(/^task_1\.[\w-]{43}$/),
    })
  })

  test('a task that failed, with the reason and without the key that the service repeats in it', async () => {
    const { clock, page } = world(
      {},
      { outcomes: [{ state: 'fail', failMsg: `bad picture for ${key}` }] },
    )
    const { taskId } = await clock.settle(page.tasks.create(model, input))
    expect(await clock.settle(failure(page.tasks.wait(taskId)))).toMatchObject({
      kind: 'task-failed',
      taskId,
      failMsg: 'bad picture for [key]',
    })
  })

  test('an answer that means nothing is kept as it is for a repeat, which buys nothing', async () => {
    const { clock, page, simulator } = world(
      {},
      { faults: [{ operation: 'create-task', fault: 'code', code: 799 }] },
    )
    for (const _ of [1, 2]) {
      expect(
        await clock.settle(failure(page.tasks.create(model, input, { attemptId: 'attempt-1' }))),
      ).toMatchObject({
        kind: 'unexpected-response',
      })
    }
    expect(simulator.journal.requests).toHaveLength(1)
  })

  test('a service that is busy for a moment is asked again here, and one that is for long is not waited for', async () => {
    const busy = (retryAfter: number): Fault => ({
      operation: 'create-task',
      fault: 'status',
      status: 429,
      retryAfter,
    })
    const { clock, proxy, simulator } = world({}, { faults: [busy(2)] })
    expect((await clock.settle(proxy.fetch(post(createTask, create)))).status).toBe(200)
    expect(simulator.journal.requests).toHaveLength(2)
    simulator.control.addFaults(busy(20))
    const before = clock.now()
    const passed = await clock.settle(proxy.fetch(post(createTask, create)))
    expect(passed.status).toBe(429)
    expect(passed.headers.get('retry-after')).toBe('20')
    expect(clock.now() - before).toBeLessThan(2000)
  })

  test('a page that leaves ends its look at a task', async () => {
    const { clock, page, proxy } = world(
      {},
      { faults: [{ operation: 'get-task-details', fault: 'delay', ms: 20_000 }] },
    )
    const { taskId } = await clock.settle(page.tasks.create(model, input))
    const leaving = new AbortController()
    const answer = proxy.fetch(
      new Request(request(`/api/v1/jobs/recordInfo?taskId=${taskId}`), { signal: leaving.signal }),
    )
    await clock.advance(1000)
    const before = clock.now()
    leaving.abort()
    expect((await clock.settle(answer)).status).toBe(499)
    expect(clock.now()).toBe(before)
  })

  test('JSON that is too deep is refused as input', async () => {
    const { clock, proxy, simulator } = world()
    const body = `{"model":"${model}","input":${'{"a":'.repeat(65)}1${'}'.repeat(65)}}`
    const sent = request(createTask, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
    expect((await clock.settle(proxy.fetch(sent))).status).toBe(422)
    expect(simulator.journal.requests).toEqual([])
  })
})

describe('the own site may call', () => {
  test.each([
    [
      'in a browser that tells',
      { origin: 'https://app.example', 'sec-fetch-site': 'same-origin' },
      200,
    ],
    ['also from an address that a user typed', { 'sec-fetch-site': 'none' }, 200],
    ['in an old browser', { origin: 'https://app.example' }, 200],
    ['behind a proxy that ends TLS', { origin: 'https://shop.example', host: 'shop.example' }, 200],
    ['from no page at all', {}, 200],
    ['but not a sibling', { origin: 'https://blog.example', 'sec-fetch-site': 'same-site' }, 403],
    ['nor a page without an origin', { origin: 'null' }, 403],
  ])('%s', async (_, headers, status) => {
    const { clock, proxy } = world()
    expect((await clock.settle(proxy.fetch(post(createTask, create, headers)))).status).toBe(status)
  })

  test('and a test may have a page in the same process', async () => {
    const { clock, proxy } = world()
    vi.stubGlobal('window', globalThis)
    vi.stubGlobal('document', {})
    try {
      expect((await clock.settle(proxy.fetch(post(createTask, create)))).status).toBe(200)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  test('and a client in a page needs nothing but the address', () => {
    expect(createApikley({ proxyUrl: 'https://app.example/api/apikley' }).transport.proxied).toBe(
      true,
    )
  })
})
