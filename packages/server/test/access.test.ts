import { expect, test, vi } from 'vitest'
import { createProxyHandler, type ProxyOptions } from '../src/index.ts'
import {
  configurationError,
  create,
  failure,
  instanceOf,
  keyedWorld,
  makeKey,
  model,
  read,
  send,
  sendCreate,
  upload,
} from './requests.ts'
import { input, post, request, secret, world, type World } from 'test-kit/world'

const json = { 'content-type': 'application/json' }

test.each<[string, Partial<ProxyOptions>]>([
  ['no models', { models: [] }],
  ['a short secret', { secret: 'short' }],
  ['a short second secret', { secret: [secret, 'short'] }],
  ['an empty second secret', { secret: [secret, ''] }],
  ['an undefined second secret', { secret: [secret, Object({}).missing] }],
  ['an origin with a path', { origins: ['https://app.example/'] }],
  ['an origin in capital letters', { origins: ['https://App.example.com'] }],
  ['a host with a path', { hosts: ['app.example.com/'] }],
  ['a relative callbackUrl', { callbackUrl: '/api/hook' }],
  ['an upload type in capital letters', { uploads: { types: ['Image/PNG'] } }],
  ['the upload type */*', { uploads: { types: ['*/*'] } }],
  ['a NaN upload size', { uploads: { maxBytes: Number('20MB') } }],
  ['a requestTimeout of 0', { requestTimeout: 0 }],
  ['a NaN requestTimeout', { requestTimeout: Number.NaN }],
  ['a NaN limit', { limits: { creates: { limit: Number.NaN, interval: 60_000 } } }],
  ['an infinite interval', { limits: { creates: { limit: 2, interval: Infinity } } }],
  ['a limit without an interval', { limits: { reads: Object({ limit: 5 }) } }],
  ['an interval of 0', { limits: { reads: { limit: 5, interval: 0 } } }],
])('createProxyHandler refuses %s.', (_, options) => {
  const complete = { models: [model], authorize: () => 'ann', secret } as const
  expect(() => createProxyHandler({ ...complete, ...options })).toThrow(
    expect.objectContaining({ kind: 'configuration' }),
  )
})

test.each([
  ...['null', 'false', '""'].map((user) => [user, 401, 'authentication', 0] as const),
  ...['true', '1', '{"id":"ann"}'].map((user) => [user, 500, 'configuration', 1] as const),
])(
  'Nothing is sent when authorize returns %s: the page gets %i.',
  async (user, expected, kind, logged) => {
    const all = world({ authorize: () => JSON.parse(user) })
    const { status, body } = await send(all, create('a-key'))
    expect(status).toBe(expected)
    expect(body).toMatchObject({ error: { kind } })
    expect(all.errors).toHaveLength(logged)
    expect(all.simulator.journal.requests).toEqual([])
  },
)

test('The function authorize gets the request without its body.', async () => {
  const authorize = vi.fn<(request: Request) => string>(() => 'ann')
  expect((await sendCreate(world({ authorize }))).status).toBe(200)
  expect(authorize.mock.lastCall).toMatchObject([{ method: 'POST', body: null }])
})

/** A request to create a task with a valid key. */
const creating =
  (body: unknown, headers: Record<string, string> = {}) =>
  async (all: World): Promise<Request> =>
    post('/tasks', body, { 'idempotency-key': await makeKey(all), ...headers })

test.each<[string, Request | ((all: World) => Promise<Request>), number]>([
  ['another model', creating({ model: 'kling/v2-1-master-text-to-video', input }), 403],
  ['a path of the service', request('/api/v1/jobs/recordInfo?taskId=task_1'), 404],
  ['a path of the service by POST', post('/api/v1/jobs/createTask', { model, input }), 404],
  ['an encoded path', post('/task%73', { model, input }), 404],
  ['a double slash', post('//tasks', { model, input }), 404],
  ['another method', request('/tasks'), 405],
  ['HEAD', read('x', { method: 'HEAD' }), 405],
  ['a callback URL', creating({ model, input, callBackUrl: 'https://evil.example' }), 422],
  ['an array as input', creating({ model, input: [] }), 422],
  [
    'a file',
    creating({ model, input: { ...input, image_url: 'data:image/png;base64,AAAA' } }),
    422,
  ],
  ['deeply nested input', creating({ model, input: nested(65) }), 422],
  ['a link to a local file', post('/files/link', { url: 'file:///etc/passwd' }), 422],
  ['an upload from a script URL', post('/files/from-url', { fileUrl: 'javascript:1' }), 422],
  ['invalid JSON', request('/tasks', { method: 'POST', body: '{', headers: json }), 422],
  ['a text body', request('/tasks', { method: 'POST', body: '{}' }), 415],
  ['a large body', creating({ model, input: { prompt: 'x'.repeat(2 ** 20) } }), 413],
  ['an invented handle', read(`task.${'A'.repeat(43)}`), 404],
  ['a key as a handle', async (all) => read(await makeKey(all)), 404],
  ['another site', creating({ model, input }, { 'sec-fetch-site': 'cross-site' }), 403],
  [
    'another site in an old browser',
    creating({ model, input }, { origin: 'https://evil.example' }),
    403,
  ],
  [
    'a key for another site',
    request('/keys', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } }),
    403,
  ],
])('The proxy refuses %s and sends nothing.', async (_, prepared, expected) => {
  const all = world({ uploads: { fromUrl: true } })
  const sent = prepared instanceof Request ? prepared : await prepared(all)
  const { status, headers, text } = await send(all, sent)
  expect(status).toBe(expected)
  const allow = sent.url.includes('/tasks/') ? 'GET' : 'POST'
  expect(headers.get('allow')).toBe(status === 405 ? allow : null)
  expect(headers.get('apikley-proxy')).toBe('1')
  expect(JSON.parse(text)).toMatchObject({ code: status, error: { kind: expect.any(String) } })
  expect([all.simulator.journal.requests, all.errors]).toEqual([[], []])
})

function nested(depth: number): object {
  return depth === 0 ? {} : { a: nested(depth - 1) }
}

test('A path may end with a slash.', async () => {
  const all = world()
  const headers = { 'idempotency-key': await makeKey(all) }
  const sent = post('/tasks/', { model, input }, headers)
  expect((await send(all, sent)).status).toBe(200)
})

test('Only the user of a handle can read the task, and only with the exact handle.', async () => {
  const all = world()
  const { taskId } = await all.clock.settle(all.page.tasks.create(model, input))
  const before = all.simulator.journal.requests.length
  const asBob = read(taskId, { headers: { 'x-user': 'bob' } })
  expect((await send(all, asBob)).body).toMatchObject({ code: 404, error: { kind: 'not-found' } })
  expect(all.simulator.journal.requests).toHaveLength(before)
  const valid: string[] = []
  for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
    const handle = `${taskId.slice(0, -1)}${last}`
    const { status } = await send(all, read(handle))
    valid.push(...(status === 200 ? [handle] : []))
  }
  expect(valid).toEqual([taskId])
})

test('No response contains the input or the cost of a task.', async () => {
  const all = world()
  const { taskId } = await all.clock.settle(all.page.tasks.create(model, input))
  const { text, headers } = await send(all, read(taskId))
  expect(text).not.toMatch(/param|credits/i)
  expect(Object.fromEntries(headers)).toEqual({
    'apikley-proxy': '1',
    'cache-control': 'no-store',
    'content-type': 'application/json',
    'x-content-type-options': 'nosniff',
  })
  expect(all.simulator.journal.requests.at(-1)?.operation).toBe('get-task-details')
})

const origin = 'https://app.example'
type Site = [Partial<ProxyOptions>, Record<string, string>, number]
test.each<Site>([
  [{}, {}, 200],
  [{}, { origin }, 200],
  [{}, { origin, 'sec-fetch-site': 'same-origin' }, 200],
  [{}, { 'sec-fetch-site': 'none' }, 200],
  [{}, { origin: 'https://blog.example', 'sec-fetch-site': 'same-site' }, 403],
  [{}, { origin: 'null' }, 403],
  [{}, { origin: 'https://shop.example', host: 'shop.example' }, 200],
  [{}, { origin, host: 'app.example:443' }, 200],
  [{}, { origin: 'http://app.example', host: 'app.example:80' }, 200],
  [{}, { origin, host: 'APP.example' }, 200],
  [{}, { origin, host: 'app.example:8443' }, 403],
  [{}, { origin, host: 'internal:3000' }, 403],
  [{ hosts: ['app.example', 'internal'] }, { origin, host: 'internal:3000' }, 200],
  [{ trustProxy: true }, { origin, host: 'internal', 'x-forwarded-host': 'app.example' }, 200],
  [{ trustProxy: true }, { origin, 'x-forwarded-host': 'app.example, evil.example' }, 403],
  [{}, { origin, host: 'internal', 'x-forwarded-host': 'app.example' }, 403],
  [{ hosts: ['app.example'] }, { host: 'evil.example' }, 403],
  [{ hosts: ['app.example'] }, { host: 'evil.example', 'sec-fetch-site': 'same-origin' }, 403],
  [{ hosts: ['app.example:444'] }, { host: 'app.example' }, 403],
  [{ hosts: ['[::1]'] }, { host: '[::1]:3000' }, 200],
])(
  'With the options %o, a request with the headers %o gets %i.',
  async (options, headers, status) => {
    const all = world(options)
    const sent = request('/keys', { method: 'POST', headers })
    expect((await send(all, sent)).status).toBe(status)
  },
)

test.each<[string, ProxyOptions['authorize']]>([
  ['without parameters', () => 'anonymous'],
  ['that is asynchronous', async () => 'anonymous'],
  ['that ignores its request', (_request) => 'anonymous'],
])('An authorize %s needs the option hosts, and warns once.', async (_, authorize) => {
  const all = world()
  const open = instanceOf(all, { authorize })
  expect((await send(open, request('/keys', { method: 'POST' }))).status).toBe(500)
  expect(open.errors).toEqual([configurationError('hosts: [')])
  const closed = instanceOf(all, { authorize, hosts: ['app.example'] })
  for (let round = 0; round < 2; round++) {
    expect((await send(closed, request('/keys', { method: 'POST' }))).status).toBe(200)
  }
  expect(closed.errors).toEqual([configurationError('Warning: authorize')])
})

test.each(['https://other.example', 'capacitor://localhost'])(
  'A page of the allowed origin %s can call and read the response.',
  async (origin) => {
    const all = world({ origins: [origin] })
    const headers = { origin, 'sec-fetch-site': 'cross-site' }
    const preflight = await send(all, request('/tasks', { method: 'OPTIONS', headers }))
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin)
    expect(preflight.headers.get('access-control-allow-headers')).toBe(
      'authorization, content-type, idempotency-key',
    )
    const received = await send(all, create(await makeKey(all), headers))
    expect(received.status).toBe(200)
    expect(received.headers.get('access-control-allow-origin')).toBe(origin)
    expect(received.headers.get('access-control-expose-headers')).toContain('apikley-proxy')
  },
)

type Allow = NonNullable<ProxyOptions['allow']>

test('allow() gets the task and its key, and is not called for a repeat.', async () => {
  const allow = vi.fn<Allow>(() => true)
  const [all, made] = await keyedWorld({ allow, callbackUrl: 'https://app.example/hook' })
  await send(all, create(made))
  expect((await send(all, create(made))).status).toBe(200)
  expect(allow.mock.calls).toEqual([[{ user: 'ann', model, input, idempotencyKey: made }]])
  // The service gets the same key.
  expect(all.simulator.journal.requests).toMatchObject([
    { body: { callBackUrl: `https://app.example/hook?idempotencyKey=${made}` } },
  ])
})

test.each<[string, Allow, string]>([
  ['a text', () => 'Your budget is used up.', 'Your budget is used up.'],
  ['false', async () => false, 'This is not allowed here.'],
  ['null by mistake', () => JSON.parse('null'), 'This is not allowed here.'],
])('The result %s refuses the create and each copy of it.', async (_, refuse, message) => {
  const allow = vi.fn<Allow>(() => true).mockImplementationOnce(refuse)
  const all = world({ allow })
  const { clock, page, simulator } = all
  const idempotencyKey = await makeKey(all)
  const creatingTask = () => page.tasks.create(model, input, { idempotencyKey })
  const error = await clock.settle(failure(creatingTask()))
  const said = `${message} Nothing was charged.`
  expect(error).toMatchObject({ kind: 'rejected', charge: 'none', code: 403, message: said })
  expect(await clock.settle(failure(creatingTask()))).toMatchObject({ kind: 'rejected' })
  expect(allow).toHaveBeenCalledOnce()
  expect(simulator.journal.requests).toEqual([])
  await clock.settle(page.tasks.create(model, input))
  expect(simulator.journal.tasks).toHaveLength(1)
})

test('The balance is closed until an option opens it.', async () => {
  const closed = world()
  expect((await send(closed, request('/credits'))).body).toMatchObject({
    error: { kind: 'feature-disabled', message: expect.stringContaining('`credits`') },
  })
  expect(closed.simulator.journal.requests).toEqual([])
  const open = world({ credits: true })
  expect(await open.clock.settle(open.page.credits())).toBe(1500)
})

test.each<[string, ProxyOptions['uploads'], string]>([
  ['by default', undefined, 'uploads.fromUrl'],
  ['when uploads are off', false, '`uploads`'],
  ["when fromUrl is the text 'false'", { fromUrl: JSON.parse('"false"') }, 'uploads.fromUrl'],
])('Uploads from URLs are closed %s.', async (_, uploads, message) => {
  const all = world({ uploads })
  const sent = post('/files/from-url', { fileUrl: 'https://files.example.com/a.png' })
  expect((await send(all, sent)).body).toMatchObject({
    error: { kind: 'feature-disabled', message: expect.stringContaining(message) },
  })
  expect(all.simulator.journal.requests).toEqual([])
  expect((await send(all, upload())).status).toBe(uploads === false ? 403 : 200)
})
