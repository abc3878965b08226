import { describe, expect, test } from 'vitest'
import { createProxyHandler } from '../src/index.ts'
import { input, key, post, request, secret, world } from 'test-kit/world'

const create = { model: 'ideogram/v3-reframe', input }
const createTask = '/api/v1/jobs/createTask'

describe('nothing is open unless it is opened', () => {
  test.each([
    ['no models', { models: [] }],
    ['a secret that is too short', { secret: 'short' }],
    ['a second secret that is too short', { secret: [secret, 'short'] }],
    ['a second secret that is empty', { secret: [secret, ''] }],
    ['a second secret that is not there', { secret: [secret, Object({}).missing] }],
    ['an origin that is none', { origins: ['https://app.example/'] }],
    ['a callbackUrl that is no address', { callbackUrl: '/api/hook' }],
    ['a limit without an end', { limits: { creates: { limit: 2, interval: Infinity } } }],
    ['a type of files that fits none', { uploads: { types: ['Image/PNG'] } }],
    ['all types of files, in one word that fits none', { uploads: { types: ['*/*'] } }],
    ['an origin that no browser sends', { origins: ['https://App.example.com'] }],
    ['a size that is no number', { uploads: { maxBytes: Number('20MB') } }],
    ['no time', { requestTimeout: 0 }],
    ['a time that is no number', { requestTimeout: Number.NaN }],
    ['a limit that is no number', { limits: { creates: { limit: Number.NaN, interval: 60_000 } } }],
    ['a limit in no time', { limits: { reads: { limit: 5, interval: 0 } } }],
  ])('it is not made with %s', (_, options) => {
    expect(() =>
      createProxyHandler({
        models: ['ideogram/v3-reframe'],
        authorize: () => 'ann',
        secret,
        ...options,
      }),
    ).toThrow(expect.objectContaining({ kind: 'configuration' }))
  })

  test.each<string | null | undefined | false>([undefined, null, false, ''])(
    'whom authorize gives %j for is refused',
    async (user) => {
      const { proxy, simulator } = world({ authorize: () => user })
      const answer = await proxy.fetch(post(createTask, create))
      expect(answer.status).toBe(401)
      expect(await answer.json()).toMatchObject({ code: 401, error: { kind: 'authentication' } })
      expect(simulator.journal.requests).toEqual([])
    },
  )

  test('an authorize that throws lets nobody in, and its words stay on the server', async () => {
    const { proxy, simulator, errors } = world({
      authorize: () => Promise.reject(new Error('password of the database')),
    })
    const answer = await proxy.fetch(post(createTask, create))
    expect(answer.status).toBe(503)
    expect(await answer.text()).not.toContain('password')
    expect(errors).toEqual([
      new Error('authorize failed', { cause: new Error('password of the database') }),
    ])
    expect(simulator.journal.requests).toEqual([])
  })

  test('authorize gets the request without its body, and cannot use it up', async () => {
    const bodies: unknown[] = []
    const { clock, proxy } = world({
      authorize: (request) => (bodies.push(request.method, request.body), 'ann'),
    })
    expect((await clock.settle(proxy.fetch(post(createTask, create)))).status).toBe(200)
    expect(bodies).toEqual(['POST', null])
  })

  test.each([
    [
      'another model',
      post(createTask, { ...create, model: 'kling/v2-1-master-text-to-video' }),
      403,
    ],
    ['another path', request('/api/v1/jobs/createTasks'), 404],
    ['an encoded path', post('/api/v1/jobs/create%54ask', create), 404],
    ['a double slash', post(`/${createTask}`, create), 404],
    ['another method', request(createTask), 405],
    ['HEAD', request('/api/v1/jobs/recordInfo?taskId=x', { method: 'HEAD' }), 405],
    ['base64', post('/file-upload/api/file-base64-upload', {}), 404],
    [
      'a callback of the caller',
      post(createTask, { ...create, callBackUrl: 'https://evil.example' }),
      422,
    ],
    ['an input that is none', post(createTask, { ...create, input: [] }), 422],
    [
      'an attempt id of many words',
      post(createTask, create, { 'idempotency-key': 'one two' }),
      422,
    ],
    [
      'an attempt id that is too long',
      post(createTask, create, { 'idempotency-key': 'x'.repeat(201) }),
      422,
    ],
    [
      'a link to a file of this machine',
      post('/api/v1/common/download-url', { url: 'file:///etc/passwd' }),
      422,
    ],
    [
      'an upload of what is no address',
      post('/file-upload/api/file-url-upload', { fileUrl: 'javascript:1' }),
      422,
    ],
    [
      'a body that is no JSON',
      request(createTask, {
        method: 'POST',
        body: '{',
        headers: { 'content-type': 'application/json' },
      }),
      422,
    ],
    [
      'a body of another type',
      request(createTask, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'text/plain' },
      }),
      415,
    ],
    [
      'a body that is too large',
      post(createTask, { ...create, input: { prompt: 'x'.repeat(2 ** 20) } }),
      413,
    ],
    ['an invented handle', request(`/api/v1/jobs/recordInfo?taskId=task.${'A'.repeat(43)}`), 404],
    [
      'a page of another site',
      post(createTask, create, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }),
      403,
    ],
    [
      'a page of another site in an old browser',
      post(createTask, create, { origin: 'https://evil.example' }),
      403,
    ],
  ])('%s does not get through', async (_, sent, status) => {
    const { clock, proxy, simulator, errors } = world({ uploads: { fromUrl: true } })
    const answer = await clock.settle(proxy.fetch(sent))
    expect(answer.status).toBe(status)
    expect(answer.headers.get('allow')).toBe(
      status === 405 ? (sent.url.includes('recordInfo') ? 'GET' : 'POST') : null,
    )
    expect(await answer.json()).toMatchObject({ code: status, error: { kind: expect.any(String) } })
    expect(simulator.journal.requests).toEqual([])
    expect(errors).toEqual([])
  })

  test('a task of one user is not there for another', async () => {
    const { clock, page, pageOf, simulator } = world()
    const { taskId } = await clock.settle(page.tasks.create('ideogram/v3-reframe', input))
    const before = simulator.journal.requests.length
    await expect(clock.settle(pageOf('bob').tasks.get(taskId))).rejects.toMatchObject({
      kind: 'not-found',
    })
    expect(simulator.journal.requests).toHaveLength(before)
  })

  test('a handle has one spelling', async () => {
    const { clock, page, proxy } = world()
    const { taskId } = await clock.settle(page.tasks.create('ideogram/v3-reframe', input))
    const opened: string[] = []
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      const handle = `${taskId.slice(0, -1)}${last}`
      if (
        (await clock.settle(proxy.fetch(request(`/api/v1/jobs/recordInfo?taskId=${handle}`))))
          .status === 200
      ) {
        opened.push(handle)
      }
    }
    expect(opened).toEqual([taskId])
  })

  test('neither the key nor what a task was made with nor what it cost comes out', async () => {
    const { clock, proxy, page, simulator } = world(
      {},
      { faults: [{ operation: 'create-task', fault: 'code', code: 401, msg: `no: ${key}` }] },
    )
    const refused = await clock.settle(proxy.fetch(post(createTask, create)))
    expect(await refused.text()).not.toContain(key)
    const { taskId } = await clock.settle(page.tasks.create('ideogram/v3-reframe', input))
    const answer = await clock.settle(
      proxy.fetch(request(`/api/v1/jobs/recordInfo?taskId=${taskId}`)),
    )
    expect(await answer.text()).not.toMatch(/param|credits/i)
    expect(Object.fromEntries(answer.headers)).toEqual({
      'cache-control': 'no-store',
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
    })
    expect(simulator.journal.requests.at(-1)?.operation).toBe('get-task-details')
  })
})

test('a framework may put a slash at the end of an address', async () => {
  const { clock, proxy, simulator } = world()
  expect((await clock.settle(proxy.fetch(post(`${createTask}/`, create)))).status).toBe(200)
  expect(simulator.journal.bought).toBe(1)
})

test('an app whose pages have a scheme of their own may be allowed', async () => {
  const { clock, proxy } = world({ origins: ['capacitor://localhost'] })
  const headers = { origin: 'capacitor://localhost', 'sec-fetch-site': 'cross-site' }
  expect((await clock.settle(proxy.fetch(post(createTask, create, headers)))).status).toBe(200)
})

test('a page of an origin that is allowed may call, and read the answer', async () => {
  const { clock, proxy } = world({ origins: ['https://other.example'] })
  const headers = { origin: 'https://other.example', 'sec-fetch-site': 'cross-site' }
  const asked = await proxy.fetch(request(createTask, { method: 'OPTIONS', headers }))
  expect(asked.status).toBe(204)
  expect(asked.headers.get('access-control-allow-origin')).toBe('https://other.example')
  expect(asked.headers.get('access-control-allow-headers')).toBe(
    'authorization, content-type, idempotency-key, idempotency-repeat',
  )
  const answer = await clock.settle(proxy.fetch(post(createTask, create, headers)))
  expect(answer.status).toBe(200)
  expect(answer.headers.get('access-control-allow-origin')).toBe('https://other.example')
})
