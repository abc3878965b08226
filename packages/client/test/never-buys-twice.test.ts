import { describe, expect, test } from 'vitest'
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

describe('an answer that leaves it open whether the task was bought is unconfirmed, and the request is not sent again', () => {
  test.each<[string, Reply]>([
    ['HTTP 500 with an envelope', envelope(500, 500)],
    ['HTTP 501 with an envelope', envelope(501, 501)],
    ['HTTP 500 without a body', () => new Response(null, { status: 500 })],
    ['HTTP 502 with a page', html],
    [
      'HTTP 503 that asks for patience',
      () => new Response('', { status: 503, headers: { 'retry-after': '1' } }),
    ],
    ['HTTP 504 with code 200', envelope(200, 504, { taskId: 'task_1' })],
    ['HTTP 408 of a gateway', () => new Response('', { status: 408 })],
    ['HTTP 499 of a gateway', () => new Response('', { status: 499 })],
    [
      'a redirect',
      () => new Response('', { status: 307, headers: { location: 'http://127.0.0.1:9/' } }),
    ],
    ['a success without data', envelope(200)],
    ['a success with an empty id', envelope(200, 200, { taskId: '' })],
    ['an unknown code with a task id', envelope(799, 200, { taskId: 'task_1' })],
    ['a refusal for the moment with a task id', envelope(429, 200, { taskId: 'task_1' })],
    ['HTTP 429 with a task id', envelope(200, 429, { taskId: 'task_1' })],
    ['code 402 with a task id', envelope(402, 200, { taskId: 'task_1' })],
    ['an id that is no text', envelope(200, 200, { taskId: {} })],
    ['JSON that is cut off', () => new Response('{"code":200,"data":{"ta')],
    ['an empty answer', () => new Response('')],
    ['an answer that is no envelope', json({ ok: true })],
    ['a code that is a string, with a task id', json({ code: '200', data: { taskId: 'task_1' } })],
    [
      'HTTP 429 and a code that is a string, with a task id',
      json({ code: '200', data: { taskId: 'task_1' } }, { status: 429 }),
    ],
    [
      'an answer that breaks off as if no connection had been opened',
      () =>
        new Response(
          new ReadableStream({
            pull: (stream) =>
              stream.error(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })),
          }),
        ),
    ],
    ['a connection that was reset', broken('ECONNRESET')],
    ['a connection that timed out', broken('UND_ERR_HEADERS_TIMEOUT')],
    ['a network whose way broke off', broken('EHOSTUNREACH', 'read')],
    [
      'a certificate of ours that the server asks for, after the request',
      broken('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
    ],
    ['a failure that says nothing', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['no answer at all', never],
    [
      'a body that never ends',
      () =>
        new Response(
          new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('{')) }),
        ),
    ],
  ])('%s', async (_, reply) => {
    const { error, sends } = await create([reply, created])
    expect(error).toMatchObject({
      kind: 'unconfirmed',
      attemptId: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    expect(error?.taskId).toBe(/ a task id/.test(_) || /code 200/.test(_) ? 'task_1' : undefined)
    expect(sends).toBe(1)
  })
})

describe('a refusal is not sent again', () => {
  test.each<[string, Reply, string]>([
    ['code 401', envelope(401), 'authentication'],
    ['code 402', envelope(402), 'insufficient-credits'],
    ['code 404', envelope(404), 'not-found'],
    ['code 422', envelope(422), 'rejected'],
    ['code 433', envelope(433), 'key-limit'],
    ['code 505', envelope(505), 'feature-disabled'],
    ['code 500 inside HTTP 200, which is a wrong parameter', envelope(500), 'rejected'],
    ['code 501 inside HTTP 200', envelope(501), 'rejected'],
    ['code 402 at HTTP 500', envelope(402, 500), 'insufficient-credits'],
    ['HTTP 403 with a page', () => new Response('<html>', { status: 403 }), 'rejected'],
    ['HTTP 404 without a body', () => new Response('', { status: 404 }), 'not-found'],
    ['an unknown code', envelope(799), 'unexpected-response'],
  ])('%s', async (_, reply, kind) => {
    const { error, sends } = await create([reply, created])
    expect(error).toMatchObject({ kind })
    expect(sends).toBe(1)
  })
})

describe('what was certainly not taken is sent again', () => {
  test.each<[string, Reply]>([
    ['code 429 inside HTTP 200', envelope(429)],
    ['HTTP 429', envelope(429, 429)],
    ['HTTP 429 with a page', () => new Response('<html>', { status: 429 })],
    ['code 455', envelope(455)],
    ['a connection that was refused', broken('ECONNREFUSED')],
    ['a host that is not known', broken('ENOTFOUND')],
    ['a name server that is busy', broken('EAI_AGAIN')],
    [
      'a host that does not answer, within the time that Node has for that',
      broken('UND_ERR_CONNECT_TIMEOUT'),
    ],
    ['a network without a way there', broken('EHOSTUNREACH', 'connect')],
    [
      'a certificate that is not trusted, as behind a proxy that looks into HTTPS',
      broken('SELF_SIGNED_CERT_IN_CHAIN'),
    ],
    ['a certificate whose issuer is not known', broken('UNABLE_TO_GET_ISSUER_CERT_LOCALLY')],
    ['a certificate that has expired', broken('CERT_HAS_EXPIRED')],
    ['a certificate for another name', broken('ERR_TLS_CERT_ALTNAME_INVALID')],
  ])('%s', async (_, reply) => {
    const { error, sends, taskId } = await create([reply, reply, created])
    expect(error).toBeUndefined()
    expect(taskId).toBe('task_1')
    expect(sends).toBe(3)
  })

  test('but not for ever', async () => {
    const { error, sends } = await create([envelope(429)])
    expect(error).toMatchObject({ kind: 'rate-limited', code: 429 })
    expect(sends).toBe(5)
  })

  test('and a refused connection that stays refused has bought nothing', async () => {
    expect((await create([broken('ECONNREFUSED')])).error).toMatchObject({ kind: 'connection' })
  })

  test('the same attempt keeps its id', async () => {
    const { apikley, clock, sent } = service([envelope(429), created])
    await clock.settle(apikley.tasks.create('ideogram/v3-reframe', input))
    const ids = sent.map(({ headers }) => headers.get('idempotency-key'))
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(ids[1]).toBe(ids[0])
  })

  test('a name for an attempt that fits no header is said before anything is sent', async () => {
    const { apikley, sent } = service([created])
    await expect(
      apikley.tasks.create('ideogram/v3-reframe', input, { attemptId: 'a\nb' }),
    ).rejects.toMatchObject({ kind: 'configuration' })
    expect(sent).toHaveLength(0)
  })

  test.each([
    ['seconds', '7', 7000],
    ['a date', new Date(1_765_177_570_132 + 7868).toUTCString(), 7868],
  ])('after the time that Retry-After names in %s', async (_, header, ms) => {
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
    'never at once, and never without end, whatever Retry-After is: %s',
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

  test('unless that is more than a minute: then the error says how long', async () => {
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

test('the platform cannot send it again either: the body is a Blob, and redirects are not followed', async () => {
  const { apikley, sent } = service([created])
  await apikley.tasks.create('ideogram/v3-reframe', input)
  expect(sent[0]?.init.body).toBeInstanceOf(Blob)
  expect(sent[0]?.init.redirect).toBe('manual')
  expect(JSON.parse(sent[0]?.body ?? '')).toEqual({ model: 'ideogram/v3-reframe', input })
})

test('a direct call of the openapi-fetch client follows the same rules', async () => {
  const { apikley, clock, sent } = service([html, created])
  const call = apikley.api.POST('/api/v1/jobs/createTask', {
    body: { model: 'ideogram/v3-reframe', input },
  })
  await expect(clock.settle(call)).rejects.toMatchObject({ kind: 'unconfirmed' })
  expect(sent).toHaveLength(1)
})

test('a direct call of an operation that costs nothing goes to its own server and is sent again', async () => {
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

test('a direct call gives the envelope', async () => {
  const { apikley } = service([created])
  const { data } = await apikley.api.POST('/api/v1/jobs/createTask', {
    body: { model: 'ideogram/v3-reframe', input },
  })
  expect(data).toEqual({ code: 200, msg: 'success', data: { taskId: 'task_1' } })
})
