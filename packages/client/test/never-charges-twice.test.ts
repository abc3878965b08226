import { expect, test, vi } from 'vitest'
import { MODEL, broken, busy, created, envelope, json, never, text, uploaded } from './replies.ts'
import type { Reply } from './replies.ts'
import { errorOf, eventsOf, input, service } from './service.ts'

const withId = { taskId: 'task_1' }
const page = text('<html>Bad gateway</html>', 502)

function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code })
}

/** What undici throws when a proxy refuses CONNECT. */
function tunnelRefused(status: number): Error {
  return coded(`Proxy response (${status}) !== 200 when HTTP Tunneling`, 'UND_ERR_ABORTED')
}

const handshakeClosed = coded(
  'Client network socket disconnected before secure TLS connection was established',
  'ECONNRESET',
)

/** A `fetch` that fails with an error as a cause at some depth. */
function nested(depth: number, error: Error): Reply {
  const wrap = (cause: Error): Error => new TypeError('fetch failed', { cause })
  const thrown = Array(depth).fill(0).reduce<Error>(wrap, error)
  return () => Promise.reject(thrown)
}

/** A body whose stream begins with `start` and does not end. */
function stream(start: (controller: ReadableStreamDefaultController<Uint8Array>) => void): Reply {
  return () => new Response(new ReadableStream({ start }))
}

const failedBody = stream((controller) =>
  controller.error(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })),
)
const endlessBody = stream((controller) => controller.enqueue(new TextEncoder().encode('{')))

test.each<[string, Reply]>([
  ['HTTP 500 with an envelope', envelope(500, null, 500)],
  ['HTTP 502 with a page', page],
  ['HTTP 408 of a gateway', text('', 408)],
  ['HTTP 499 of a gateway', text('', 499)],
  ['HTTP 503 with Retry-After', text('', 503, { 'retry-after': '1' })],
  ['a redirect', text('', 307, { location: 'http://127.0.0.1:9/' })],
  ['a success without data', envelope(200)],
  ['a success with an empty id', envelope(200, { taskId: '' })],
  ['an id that is not text', envelope(200, { taskId: {} })],
  ['code 0 without data', envelope(0)],
  ['code 200 with empty data', envelope(200, {})],
  ['code 502 inside HTTP 200', envelope(502)],
  ['truncated JSON', text('{"code":200,"data":{"ta')],
  ['an empty answer', text('')],
  ['an answer without an envelope', json({ ok: true })],
  ['a body that fails with the error of a refused connection', failedBody],
  ['a connection that was reset', broken('ECONNRESET')],
  ['a connection that was reset, as a nested cause', nested(2, coded('read', 'ECONNRESET'))],
  ['an aborted tunnel', nested(2, coded('Proxy response', 'UND_ERR_ABORTED'))],
  ['a quoted refusal of a tunnel', nested(1, new Error(`no: ${tunnelRefused(407).message}`))],
  ['a connection that timed out', broken('UND_ERR_HEADERS_TIMEOUT')],
  ['a route that was lost while reading', broken('EHOSTUNREACH', 'read')],
  ['a late client certificate', broken('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')],
  ['an error without a reason', () => Promise.reject(new TypeError('Failed to fetch'))],
  ['no answer at all', never],
  ['a body that never ends', endlessBody],
])('a create after %s is unconfirmed and is not resent', async (_, reply) => {
  const { create, sent, clock } = service([reply, created])
  const error = await errorOf(create())
  const idempotencyKey = expect.stringMatching(/^unkeyed\.[0-9a-f]{32}$/)
  expect(error).toMatchObject({ kind: 'unconfirmed', charge: 'possible', idempotencyKey })
  expect(error).not.toHaveProperty('taskId')
  expect(sent).toHaveLength(1)
  expect(clock.pending).toBe(0)
})

const HEX = 'e989621f54392584b05867f87b160672'
const uuid = '123e4567-e89b-12d3-a456-426614174000'

test.each<[string, Reply, string?]>([
  ['HTTP 504 with code 200', envelope(200, withId, 504)],
  ['an unknown code', envelope(799, withId)],
  ['HTTP 429', envelope(200, withId, 429)],
  ['HTTP 429 and a code that is text', json({ code: '200', data: withId }, { status: 429 })],
  ['code 429 and recordId', envelope(429, { recordId: 'task_1' })],
  ['code 455 and task_id', envelope(455, { task_id: 'task_1' })],
  ['code 500 and TASKID', envelope(500, { TASKID: 'task_1' })],
  ['code 500 and jobId', envelope(500, { jobId: 'task_1' })],
  ['code 429 and recordId beside data', json({ code: 429, recordId: 'task_1', data: null })],
  ['HTTP 429 and TASKID without a code', json({ TASKID: 'task_1' }, { status: 429 })],
  ['code 429 and an id below data.task', envelope(429, { task: { taskId: 'task_1' } })],
  ['code 429 and data.id', envelope(429, { id: 'task_1' })],
  ['code 404 and data.result.task.id', envelope(404, { result: { task: { id: 'task_1' } } }, 404)],
  ['code 429 and task-id', envelope(429, { 'task-id': 'task_1' })],
  ['code 429 and a list', envelope(429, [{ taskId: 'task_1' }])],
  ['code 455 and taskIds', envelope(455, { taskIds: ['task_1'] })],
  ['code 455 and a list of ids', envelope(455, { ids: ['task_1'] })],
  ['code 429 and the id as data', envelope(429, 'task_1')],
  ['code 429 and JSON in a text', envelope(429, '{"taskId":"task_1"}')],
  ['code 455 and predictionId', envelope(455, { predictionId: 'task_1' })],
  ['HTTP 429 and generation_id', json({ generation_id: 'task_1' }, { status: 429 })],
  ['code 429 and job_no', envelope(429, { job_no: 'task_1' })],
  ['code 429 and an id beside data', json({ code: 429, result: { id: 'task_1' }, data: null })],
  ['code 400 and error.taskId', json({ code: 400, error: { taskId: 'task_1' } }, { status: 400 })],
  ['code 429 and task.id', envelope(429, { 'task.id': 'task_1' })],
  ['code 429 and an escaped name', text('{"code":429,"data":{"task\\u0049d":"task_1"}}')],
  ['code 429 and an id in a text', envelope(429, '{"id":"task_1"}')],
  ['HTTP 429 and a form', text('code=429&task_id=task_1', 429)],
  ['HTTP 429 and XML', text('<taskId>task_1</taskId>', 429)],
  ['HTTP 429 and a truncated id', text('{"code":429,"data":{"taskId":"task_1', 429)],
  ['HTTP 429 and a truncated body', text('{"code":429,"data":{"taskId":"task_1"', 429)],
  ['code 429 and the form of an id', envelope(429, { orderId: HEX }), HEX],
  ['code 429 and data.task', envelope(429, { task: HEX }), HEX],
  ['code 429 and data.list', envelope(429, { list: [HEX] }), HEX],
  ['code 429 and a UUID', envelope(429, { orderId: uuid }), uuid],
])('%s with a task id is unconfirmed, and the error keeps the id', async (_, reply, id) => {
  const { create, sent } = service([reply, created])
  const error = { kind: 'unconfirmed', charge: 'possible', taskId: id ?? 'task_1' }
  await expect(create()).rejects.toMatchObject(error)
  expect(sent).toHaveLength(1)
})

test.each<[string, Reply, string?]>([
  ['the id of a request in data', envelope(402, { requestId: HEX, trace_id: HEX })],
  ['the id of a request at the top', json({ code: 402, id: HEX, request: HEX })],
  ['an empty id in a form', text('task_id=0&code=402', 402)],
  ['the id of a request', json({ code: 402, id: 'request-1', requestId: 'r', trace_id: 't' })],
  ['empty ids', envelope(402, { taskId: '', id: null, jobId: 0, taskIds: [] })],
  ['a sentence as data', envelope(402, 'no credits left')],
  ['an id in a message', json({ code: 402, msg: '"taskId":"x" is missing', data: null })],
  ['code 402 at HTTP 500', envelope(402, null, 500)],
  ['HTTP 403 with a page', text('<html>', 403), 'rejected'],
  ['HTTP 404 without a body', text('', 404), 'not-found'],
])('a create that gets %s, and no id, is refused and not resent', async (_, reply, kind) => {
  const { create, sent } = service([reply, created])
  const error = { kind: kind ?? 'insufficient-credits', charge: 'none' }
  await expect(create()).rejects.toMatchObject(error)
  expect(sent).toHaveLength(1)
})

test('an unconfirmed create names the target of a redirect, the request and where to check', async () => {
  const location = 'https://app.example/sign-in?token=secret#part'
  const error = await errorOf(
    service([text('', 307, { location, 'x-request-id': 'r-1' })]).create(),
  )
  const names =
    /HTTP 307 redirects to https:\/\/app\.example\/sign-in\. .*https:\/\/app\.apikley\.ru/
  const message = expect.stringMatching(names)
  const inDoubt = { kind: 'unconfirmed', charge: 'possible' }
  expect(error).toMatchObject({ ...inDoubt, requestId: 'r-1', message })
  expect(JSON.stringify(error)).not.toContain('secret')
})

test.each<[string, Reply]>([
  ['code 429 inside HTTP 200', envelope(429)],
  ['HTTP 429', busy()],
  ['HTTP 429 with a page', text('<html>', 429)],
  ['code 455', envelope(455)],
  ['a refused connection', broken('ECONNREFUSED')],
  ['an unknown host', broken('ENOTFOUND')],
  ['a busy name server', broken('EAI_AGAIN')],
  ['a connection that timed out while opening', broken('UND_ERR_CONNECT_TIMEOUT')],
  ['a network without a route', broken('EHOSTUNREACH', 'connect')],
  ['an untrusted certificate', broken('SELF_SIGNED_CERT_IN_CHAIN')],
  ['a certificate of an unknown issuer', broken('UNABLE_TO_GET_ISSUER_CERT_LOCALLY')],
  ['an expired certificate', broken('CERT_HAS_EXPIRED')],
  ['a certificate for another name', broken('ERR_TLS_CERT_ALTNAME_INVALID')],
  ['a tunnel that a proxy refused with 407', nested(1, tunnelRefused(407))],
  ['a tunnel that was refused, without causes', nested(0, tunnelRefused(403))],
  ['a server without TLS', nested(1, coded('wrong version', 'ERR_SSL_WRONG_VERSION_NUMBER'))],
  ['no common TLS', nested(1, coded('no', 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'))],
  ['a connection that closed during the handshake', nested(1, handshakeClosed)],
  ['a connection that closed during the handshake, deeper', nested(3, handshakeClosed)],
])('a create is resent after %s, under the same name', async (_, reply) => {
  const { create, sent, clock } = service([reply, reply, created])
  expect(await create()).toEqual(withId)
  const names = sent.map(({ headers }) => headers.get('idempotency-key'))
  expect(names).toEqual(Array(3).fill(names[0]))
  expect(names[0]).toMatch(/^unkeyed\.[0-9a-f]{32}$/)
  expect(clock.pending).toBe(0)
})

test.each<[string, Reply, object]>([
  ['a busy service', envelope(429), { kind: 'rate-limited', code: 429 }],
  ['a refused connection', broken('ECONNREFUSED'), { kind: 'connection' }],
])('a create is resent at most maxRetries times: %s', async (_, reply, error) => {
  const { create, sent } = service([reply])
  await expect(create()).rejects.toMatchObject(error)
  expect(sent).toHaveLength(5)
})

test.each<[string, string | number, number, number]>([
  ['seconds', 7, 7000, 8400],
  ['a date', new Date(1_765_177_570_132 + 7868).toUTCString(), 7868, 9441],
  ['a negative number', '-1', 250, 1000],
  ['zero', 0, 250, 1000],
  ['a huge number', '9'.repeat(400), 250, 1000],
  ['a word', 'soon', 250, 1000],
])('a create is resent after a Retry-After of %s', async (_, retryAfter, min, max) => {
  const { create, clock, events } = service([busy(retryAfter), created])
  const started = clock.now()
  await create()
  expect(eventsOf(events, 'retry')).toMatchObject([{ attempt: 2, error: { kind: 'rate-limited' } }])
  expect(clock.now() - started).toBeGreaterThanOrEqual(min)
  expect(clock.now() - started).toBeLessThan(max)
})

test.each([
  [3600, undefined],
  [10, 5000],
])('a create does not wait for a Retry-After of %i s', async (seconds, maxRetryAfter) => {
  const { create, sent } = service([busy(seconds), created], { maxRetryAfter })
  const error = { kind: 'rate-limited', retryAfter: seconds * 1000 }
  await expect(create()).rejects.toMatchObject(error)
  expect(sent).toHaveLength(1)
})

test('a create is sent as bytes, and on Deno, which resends bytes, as a Blob', async () => {
  const { apikley, sent } = service([created])
  await apikley.tasks.create(MODEL, input)
  vi.stubGlobal('Deno', {})
  await apikley.tasks.create(MODEL, input)
  vi.unstubAllGlobals()
  expect(sent.map(({ init }) => init.body?.constructor.name)).toEqual(['Uint8Array', 'Blob'])
  expect(sent.map(({ init }) => init.redirect)).toEqual(['manual', 'manual'])
  expect(JSON.parse(sent[1]?.body ?? '')).toEqual({ model: MODEL, input })
})

test('a direct create is not resent, and resolves with the envelope', async () => {
  const { apikley, clock, sent } = service([page, created])
  const create = () =>
    clock.settle(apikley.api.POST('/api/v1/jobs/createTask', { body: { model: MODEL, input } }))
  await expect(create()).rejects.toMatchObject({ kind: 'unconfirmed' })
  expect(sent).toHaveLength(1)
  expect((await create()).data).toEqual({ code: 200, msg: 'message', data: withId })
})

test('a direct upload goes to the upload server and is resent', async () => {
  const { apikley, clock, sent } = service([page, uploaded])
  const body = { fileUrl: 'https://files.example.com/a.png', uploadPath: 'uploads' }
  await clock.settle(apikley.api.POST('/api/file-url-upload', { body }))
  const url = 'https://api.apikley.ru/file-upload/api/file-url-upload'
  expect(sent.map(({ url }) => url.href)).toEqual([url, url])
  expect(sent[0]?.headers.get('authorization')).toMatch(/^Bearer /)
})
