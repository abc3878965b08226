import { describe, expect, test, vi } from 'vitest'
import { ApikleyError } from '../src/index.ts'
import { broken, created, eventsOf, input, json, never, service, type Reply } from './service.ts'

const html: Reply = () =>
  new Response('<html>Bad gateway</html>', {
    status: 502,
    headers: { 'content-type': 'text/html' },
  })
const envelope = (code: number, status = 200, data: unknown = null): Reply =>
  json({ code, msg: 'words', data }, { status })

async function create(
  replies: Reply[],
  maxRetries = 4,
): Promise<{ error: ApikleyError | undefined; sends: number; taskId: string | undefined }> {
  const { apikley, clock, sent } = service(replies, { maxRetries })
  try {
    const { taskId } = await clock.settle(apikley.tasks.create('ideogram/v3-reframe', input))
    return { error: undefined, sends: sent.length, taskId }
  } catch (error) {
    if (!ApikleyError.is(error)) {
      throw error
    }
    return { error, sends: sent.length, taskId: undefined }
  } finally {
    expect(clock.pending).toBe(0)
  }
}

const text = (body: string, status = 200, headers: Record<string, string> = {}): Reply => {
  return () => new Response(body, { status, headers })
}
const withId = { taskId: 'task_1' }
const failing = (stream: ReadableStreamDefaultController): void =>
  stream.error(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))
const stalling = (stream: ReadableStreamDefaultController): void =>
  stream.enqueue(new TextEncoder().encode('{'))

describe('a create that may have been accepted is unconfirmed and is not resent', () => {
  test.each<[string, Reply]>([
    ['HTTP 500 with an envelope', envelope(500, 500)],
    ['HTTP 501 with an envelope', envelope(501, 501)],
    ['HTTP 500 without a body', () => new Response(null, { status: 500 })],
    ['HTTP 502 with a page', html],
    ['HTTP 503 with Retry-After', text('', 503, { 'retry-after': '1' })],
    ['HTTP 408 of a gateway', text('', 408)],
    ['HTTP 499 of a gateway', text('', 499)],
    ['a redirect', text('', 307, { location: 'http://127.0.0.1:9/' })],
    ['a success without data', envelope(200)],
    ['a success with an empty id', envelope(200, 200, { taskId: '' })],
    ['an id that is not text', envelope(200, 200, { taskId: {} })],
    ['truncated JSON', text('{"code":200,"data":{"ta')],
    ['an empty answer', text('')],
    ['an answer without an envelope', json({ ok: true })],
    [
      'a body that fails with the error of a refused connection',
      () => new Response(new ReadableStream({ pull: failing })),
    ],
    ['a connection that was reset', broken('ECONNRESET')],
    ['a connection that timed out', broken('UND_ERR_HEADERS_TIMEOUT')],
    ['a route that was lost while reading', broken('EHOSTUNREACH', 'read')],
    [
      'a client certificate that the server wants after the request',
      broken('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
    ],
    ['an error without a reason', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['no answer at all', never],
    ['a body that never ends', () => new Response(new ReadableStream({ start: stalling }))],
  ])('%s', async (_, reply) => {
    const { error, sends } = await create([reply, created])
    expect(error).toMatchObject({
      kind: 'unconfirmed',
      attemptId: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    expect(error?.taskId).toBeUndefined()
    expect(sends).toBe(1)
  })

  test.each<[string, Reply]>([
    ['HTTP 504 with code 200', envelope(200, 504, withId)],
    ['an unknown code', envelope(799, 200, withId)],
    ['code 429', envelope(429, 200, withId)],
    ['HTTP 429', envelope(200, 429, withId)],
    ['code 402', envelope(402, 200, withId)],
    ['a code that is text', json({ code: '200', data: withId })],
    ['HTTP 429 and a code that is text', json({ code: '200', data: withId }, { status: 429 })],
  ])('%s with a task id, which the error keeps', async (_, reply) => {
    const { error, sends } = await create([reply, created])
    expect(error).toMatchObject({ kind: 'unconfirmed', taskId: 'task_1' })
    expect(sends).toBe(1)
  })
})

describe('a refusal is not resent', () => {
  test.each<[string, Reply, string]>([
    ['code 402 at HTTP 500', envelope(402, 500), 'insufficient-credits'],
    ['HTTP 403 with a page', text('<html>', 403), 'rejected'],
    ['HTTP 404 without a body', text('', 404), 'not-found'],
    ['an unknown code', envelope(799), 'unexpected-response'],
  ])('%s', async (_, reply, kind) => {
    const { error, sends } = await create([reply, created])
    expect(error).toMatchObject({ kind })
    expect(sends).toBe(1)
  })
})

describe('a create that was certainly not accepted is resent', () => {
  test.each<[string, Reply]>([
    ['code 429 inside HTTP 200', envelope(429)],
    ['HTTP 429', envelope(429, 429)],
    ['HTTP 429 with a page', text('<html>', 429)],
    ['code 455', envelope(455)],
    ['a connection that was refused', broken('ECONNREFUSED')],
    ['an unknown host', broken('ENOTFOUND')],
    ['a busy name server', broken('EAI_AGAIN')],
    ['a connection that timed out while opening', broken('UND_ERR_CONNECT_TIMEOUT')],
    ['a network without a route', broken('EHOSTUNREACH', 'connect')],
    ['an untrusted certificate', broken('SELF_SIGNED_CERT_IN_CHAIN')],
    ['a certificate of an unknown issuer', broken('UNABLE_TO_GET_ISSUER_CERT_LOCALLY')],
    ['an expired certificate', broken('CERT_HAS_EXPIRED')],
    ['a certificate for another name', broken('ERR_TLS_CERT_ALTNAME_INVALID')],
  ])('%s', async (_, reply) => {
    const { error, sends, taskId } = await create([reply, reply, created])
    expect(error).toBeUndefined()
    expect(taskId).toBe('task_1')
    expect(sends).toBe(3)
  })

  test('a create is resent at most maxRetries times', async () => {
    const { error, sends } = await create([envelope(429)])
    expect(error).toMatchObject({ kind: 'rate-limited', code: 429 })
    expect(sends).toBe(5)
  })

  test('a connection that stays refused is a connection error', async () => {
    expect((await create([broken('ECONNREFUSED')])).error).toMatchObject({ kind: 'connection' })
  })

  test('a resent create keeps the id of its attempt', async () => {
    const { apikley, clock, sent } = service([envelope(429), created])
    await clock.settle(apikley.tasks.create('ideogram/v3-reframe', input))
    const ids = sent.map(({ headers }) => headers.get('idempotency-key'))
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(ids[1]).toBe(ids[0])
  })

  test('an attempt id that fits no header is refused before the create is sent', async () => {
    const { apikley, sent } = service([created])
    await expect(
      apikley.tasks.create('ideogram/v3-reframe', input, { attemptId: 'a\nb' }),
    ).rejects.toMatchObject({ kind: 'configuration' })
    expect(sent).toHaveLength(0)
  })

  test.each([
    ['seconds', '7', 7000],
    ['a date', new Date(1_765_177_570_132 + 7868).toUTCString(), 7868],
  ])('a create is resent after the time in Retry-After: %s', async (_, header, ms) => {
    const { apikley, clock, events } = service([
      json({ code: 429, msg: 'slow down' }, { status: 429, headers: { 'retry-after': header } }),
      created,
    ])
    const before = clock.now()
    await clock.settle(apikley.tasks.create('ideogram/v3-reframe', input))
    expect(eventsOf(events, 'retry')).toMatchObject([
      { attempt: 2, error: { kind: 'rate-limited' } },
    ])
    expect(clock.now() - before).toBeGreaterThanOrEqual(ms)
    expect(clock.now() - before).toBeLessThan(ms * 1.2)
  })

  test.each(['-1', '0', '9'.repeat(400), 'soon'])(
    'a Retry-After of %s is replaced by the usual pause',
    async (header) => {
      const { apikley, clock } = service([
        json({ code: 429 }, { headers: { 'retry-after': header } }),
        created,
      ])
      const before = clock.now()
      await clock.settle(apikley.tasks.create('ideogram/v3-reframe', input))
      expect(clock.now() - before).toBeGreaterThanOrEqual(250)
      expect(clock.now() - before).toBeLessThan(1000)
    },
  )

  test('a Retry-After of an hour is not waited for, and the error holds it', async () => {
    const { apikley, clock, sent } = service([
      json({ code: 429 }, { headers: { 'retry-after': '3600' } }),
      created,
    ])
    await expect(
      clock.settle(apikley.tasks.create('ideogram/v3-reframe', input)),
    ).rejects.toMatchObject({ retryAfter: 3_600_000 })
    expect(sent).toHaveLength(1)
  })
})

test('a create is sent as bytes, and on Deno, which resends bytes, as a Blob', async () => {
  const { apikley, sent } = service([created])
  await apikley.tasks.create('ideogram/v3-reframe', input)
  vi.stubGlobal('Deno', {})
  await apikley.tasks.create('ideogram/v3-reframe', input)
  vi.unstubAllGlobals()
  expect(sent.map(({ init }) => init.body?.constructor.name)).toEqual(['Uint8Array', 'Blob'])
  expect(sent.map(({ init }) => init.redirect)).toEqual(['manual', 'manual'])
  expect(JSON.parse(sent[1]?.body ?? '')).toEqual({ model: 'ideogram/v3-reframe', input })
})

test('a direct create through openapi-fetch is not resent either', async () => {
  const { apikley, clock, sent } = service([html, created])
  const call = apikley.api.POST('/api/v1/jobs/createTask', {
    body: { model: 'ideogram/v3-reframe', input },
  })
  await expect(clock.settle(call)).rejects.toMatchObject({ kind: 'unconfirmed' })
  expect(sent).toHaveLength(1)
})

test('a direct upload goes to the upload server and is resent', async () => {
  const { apikley, clock, sent } = service([
    html,
    json({ code: 200, data: { downloadUrl: 'https://files.example.com/a.png' } }),
  ])
  const body = { fileUrl: 'https://files.example.com/a.png', uploadPath: 'uploads' }
  await clock.settle(apikley.api.POST('/api/file-url-upload', { body }))
  expect(sent.map(({ url }) => url.href)).toEqual(
    Array(2).fill('https://api.apikley.ru/file-upload/api/file-url-upload'),
  )
  expect(sent[0]?.headers.get('authorization')).toMatch(/^Bearer /)
})

test('a direct call resolves with the envelope', async () => {
  const { apikley } = service([created])
  const { data } = await apikley.api.POST('/api/v1/jobs/createTask', {
    body: { model: 'ideogram/v3-reframe', input },
  })
  expect(data).toEqual({ code: 200, msg: 'success', data: { taskId: 'task_1' } })
})
