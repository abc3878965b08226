import { createHmac } from 'node:crypto'
import { ApikleyError } from '@apikley/client'
import * as fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { input, key, post, proxyUrl, request, world, type World } from 'test-kit/world'

const runs = 1000
const seed = 20_261_123

const paths = [
  '/api/v1/jobs/createTask',
  '/api/v1/jobs/createTask',
  '/api/v1/jobs/createTask',
  '/api/v1/jobs/recordInfo',
  '/api/v1/common/download-url',
  '/api/v1/chat/credit',
  '/file-upload/api/file-stream-upload',
  '/file-upload/api/file-url-upload',
  '/file-upload/api/file-base64-upload',
  '/api/v1/veo/generate',
  '/api/v1/generate',
  '/__simulator/journal',
  '/',
  '',
]

const text = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}

/** Ways to write one path as another. */
const as = (path: string): string => path
const twist = fc.constantFrom<(path: string) => string>(
  ...Array.from({ length: 30 }, () => as),
  (path) => `/${path}`,
  (path) => `${path}/`,
  (path) => `${path}/..`,
  (path) => `/x/..${path}`,
  (path) => `/%2e%2e${path}`,
  (path) => path.replace('/jobs', '/%6aobs'),
  (path) => path.replaceAll('/', '%2f'),
  (path) => path.replaceAll('/', '\\'),
  (path) => path.replace('/v1', '/v1/./'),
  (path) => path.replace('/v1', '//v1'),
  (path) => path.toUpperCase(),
  (path) => `${path}%00`,
  (path) => `${path};x=1`,
  (path) => `/https://evil.example${path}`,
  (path) => `/@evil.example${path}`,
)

const method = fc.constantFrom(
  'GET',
  'GET',
  ...Array.from({ length: 20 }, () => 'POST'),
  'PUT',
  'DELETE',
  'PATCH',
  'HEAD',
  'OPTIONS',
  'PROPFIND',
)

const headers = fc.dictionary(
  fc.constantFrom(
    'authorization',
    'x-api-key',
    'host',
    'origin',
    'sec-fetch-site',
    'x-forwarded-host',
    'x-forwarded-for',
    'forwarded',
    'x-http-method-override',
    'x-original-url',
    'transfer-encoding',
    'content-length',
    'content-encoding',
    'idempotency-key',
    'cookie',
    'content-type',
    'x-apikley-target-url',
    'connection',
  ),
  fc.oneof(
    fc.constantFrom(
      'https://evil.example',
      'same-origin',
      'cross-site',
      'null',
      '0',
      '-1',
      '99999999999',
      '1e9',
      'chunked',
      'gzip',
      'DELETE',
    ),
    fc.constantFrom(
      'application/json',
      'text/plain',
      'multipart/form-data; boundary=x',
      'image/png',
      'image/svg+xml; charset=x',
      '../etc',
      '',
    ),
    fc.string({ unit: 'grapheme-ascii', maxLength: 300 }),
  ),
  { maxKeys: 2 },
)

const model = fc.oneof(
  fc.constantFrom(
    'ideogram/v3-reframe',
    'ideogram/v3-reframe',
    'ideogram/v3-reframe',
    'IDEOGRAM/v3-reframe',
    'ideogram/v3-reframe ',
    'kling/v2-1-master-text-to-video',
    '',
    '__proto__',
    'toString',
  ),
  fc.anything(),
)

const json = fc.oneof(
  ...Array.from({ length: 4 }, () =>
    fc
      .record({ model, input: fc.oneof(fc.constant(input), fc.anything({ maxDepth: 4 })) })
      .map(text),
  ),
  fc
    .record({
      model: fc.constant('ideogram/v3-reframe'),
      input: fc.constant(input),
      callBackUrl: fc.constant('https://evil.example'),
    })
    .map(text),
  fc.constant(
    '{"model":"kling/v2-1-master-text-to-video","model":"ideogram/v3-reframe","input":{}}',
  ),
  fc.constant('{"__proto__":{"model":"ideogram/v3-reframe","input":{}}}'),
  fc.constant(
    `{"model":"ideogram/v3-reframe","input":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`,
  ),
  fc.constant(`${'['.repeat(100_000)}`),
  fc.constant(`{"model":"ideogram/v3-reframe","input":{"prompt":"${'x'.repeat(2 ** 20)}"}}`),
  fc
    .record({
      url: fc.oneof(
        fc.webUrl(),
        fc.string(),
        fc.constantFrom('file:///etc/passwd', 'http://169.254.169.254/', 'javascript:1'),
      ),
    })
    .map(text),
  fc
    .record({
      fileUrl: fc.oneof(fc.webUrl(), fc.anything()),
      uploadPath: fc.constant('../../x'),
      fileName: fc.constant('../../index.html'),
    })
    .map(text),
  fc.json(),
  fc.string(),
)

const body = fc.oneof(
  json,
  fc.uint8Array({ maxLength: 3000 }),
  fc.constant(new Uint8Array(2 ** 20 + 1)),
  fc.constant(null),
)

/** What a path takes, so that some of what comes is in order. */
const right: Readonly<Record<string, string>> = {
  '/api/v1/jobs/createTask': text({ model: 'ideogram/v3-reframe', input }),
  '/api/v1/common/download-url': text({ url: 'https://files.example.com/a.png' }),
  '/file-upload/api/file-url-upload': text({
    fileUrl: 'https://files.example.com/a.png',
    uploadPath: 'x',
    fileName: '../../index.html',
  }),
}

let made: World
/** What has gone to the service. */
const forwarded: { readonly url: string; readonly headers: readonly string[] }[] = []
/** Handles of others, and such as an attacker might make of what he knows. */
let handles: readonly string[]

beforeAll(async () => {
  // Its own words repeat the key, as the service might.
  const much = { limit: 1e6, interval: 1 }
  const observed: typeof fetch = (url, init) => {
    forwarded.push({ url: String(url), headers: [...new Headers(init?.headers).keys()] })
    return made.simulator.fetch(url, init)
  }
  made = world(
    {
      fetch: observed,
      uploads: { fromUrl: true },
      limits: { creates: much, uploads: much, reads: much },
    },
    {
      faults: [{ fault: 'code', code: 401, msg: `Bad key: ${key}`, chance: 0.1, times: 'always' }],
      limits: {},
      credits: 1e9,
    },
  )
  const { taskId } = await made.clock.settle(
    made.pageOf('bob').tasks.create('ideogram/v3-reframe', input),
  )
  const [id = '', mac = ''] = taskId.split('.')
  const forged = (secret: string, words: string): string =>
    `${id}.${createHmac('sha256', secret).update(words).digest('base64url')}`
  handles = [
    taskId,
    id,
    `${id}.`,
    `${id}.${mac.slice(0, -1)}`,
    `${id}.${mac}=`,
    `${id}.${mac.toUpperCase()}`,
    `.${mac}`,
    `${id}.${'A'.repeat(43)}`,
    `${id}.${mac}.${mac}`,
    forged('', JSON.stringify(['task', 'ann', id])),
    forged(key, JSON.stringify(['task', 'ann', id])),
    forged('a secret', JSON.stringify(['task', 'bob', id])),
    `x${'a'.repeat(100_000)}.${mac}`,
    '%00',
    '../../chat/credit',
  ]
})

test(`${runs} requests of an attacker: none gets more than it may, none breaks the proxy, and no answer tells a secret`, async () => {
  const statuses = new Map<number, number>()
  const attack = fc.record({
    path: fc.constantFrom(...paths),
    twist,
    method,
    headers,
    given: body,
    inOrder: fc.boolean(),
    handle: fc.option(fc.nat(), { nil: undefined }),
    user: fc.constantFrom('ann', 'ann', 'ann', ''),
    host: fc.constantFrom('app.example', 'api.apikley.ru', 'evil.example', '127.0.0.1'),
  })
  let got = 0
  await fc.assert(
    fc.asyncProperty(
      attack,
      async ({ path, twist, method, headers, given, inOrder, handle, user, host }) => {
        const body = inOrder ? (right[path] ?? given) : given
        const query =
          handle === undefined
            ? ''
            : `?taskId=${encodeURIComponent(handles[handle % handles.length] ?? '')}&host=evil.example`
        const bodyless = method === 'GET' || method === 'HEAD'
        let sent: Request
        try {
          sent = new Request(`${proxyUrl.replace('app.example', host)}${twist(path)}${query}`, {
            method,
            headers: {
              'content-type': path.includes('stream') ? 'image/png' : 'application/json',
              ...headers,
              'x-user': user,
            },
            ...(bodyless || body === null
              ? {}
              : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
          })
        } catch {
          // The platform itself does not send such a thing.
          return
        }
        got++
        const [before, boughtBefore] = [
          made.simulator.journal.requests.length,
          made.simulator.journal.bought,
        ]
        const answer = await made.clock.settle(made.proxy.fetch(sent))
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        const words = `${await answer.text()}${JSON.stringify([...answer.headers])}`
        expect(words).not.toContain(key)
        expect(words).not.toMatch(/"param"|creditsConsumed|consumeCredits|remainedCredits/)
        // The fault of the service is one for the log.
        expect(
          made.errors
            .splice(0)
            .filter((error) => !(ApikleyError.is(error) && error.kind === 'authentication')),
        ).toEqual([])
        for (const [name] of answer.headers) {
          expect([
            'allow',
            'cache-control',
            'content-type',
            'retry-after',
            'x-content-type-options',
          ]).toContain(name)
        }
        // What is not a path of the list, with its method, by a user, of the own site, has gone
        // nowhere.
        const asked = made.simulator.journal.requests.slice(before)
        const mine = ['createTask', 'download-url', 'file-stream-upload', 'file-url-upload'].some(
          (end) =>
            // Some frameworks put a slash after an address.
            new URL(sent.url).pathname.replace(/\/$/, '').endsWith(end),
        )
        expect(mine && method === 'POST' && user !== '' ? [] : asked).toEqual([])
        for (const { path } of asked) {
          expect([
            '/api/v1/jobs/createTask',
            '/api/v1/common/download-url',
            '/file-upload/api/file-stream-upload',
            '/file-upload/api/file-url-upload',
          ]).toContain(path)
        }
        expect(made.simulator.journal.bought - boughtBefore).toBeLessThanOrEqual(1)
      },
    ),
    { seed, numRuns: runs * 1.5, endOnFailure: true },
  )
  console.log(got, Object.fromEntries(statuses))
  expect(got).toBeGreaterThanOrEqual(runs)
  // Some of what comes is in order, or the test would show nothing.
  expect(made.simulator.journal.bought).toBeGreaterThan(1)
  for (const { model } of made.simulator.journal.tasks) {
    expect(model).toBe('ideogram/v3-reframe')
  }
  for (const { url, headers } of forwarded) {
    expect(url).toMatch(/^https:\/\/api\.apikley\.ru\/[\w/-]+(\?taskId=\w+)?$/)
    for (const name of headers) {
      expect(['authorization', 'content-type', 'idempotency-key', 'accept']).toContain(name)
    }
  }
  // And after all that it still works: what it has tells one task in ten of the service's own
  // fault.
  const last = await made.clock.settle(
    made.proxy.fetch(post('/api/v1/jobs/createTask', { model: 'ideogram/v3-reframe', input })),
  )
  expect([200, 502]).toContain(last.status)
  expect((await made.proxy.fetch(request('/api/v1/chat/credit'))).status).toBe(403)
})
