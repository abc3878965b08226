import { expect, test } from 'vitest'
import { idle } from 'test-kit/clock'
import type { Apikley } from '../src/index.ts'
import {
  MODEL,
  broken,
  created,
  envelope,
  json,
  madeKey,
  never,
  ofProxy,
  record,
  succeeded,
  text,
  uploaded,
  type Reply,
  type Sent,
} from './replies.ts'
import { errorOf, eventsOf, input, proxied, service, withFile, type Service } from './service.ts'

/** The header of every answer of a proxy. */
const ours = { 'apikley-proxy': '1' }

/** An error as a proxy reports it. */
function reported(status: number, error: unknown, headers: Record<string, string> = {}): Reply {
  const body = { code: status, msg: 'message', data: null, error }
  return json(body, { status, headers: { ...ours, ...headers } })
}

function failure(kind: string, status?: number): object {
  return { kind, message: 'no', status }
}

type Call = (apikley: Apikley) => Promise<unknown>

const file = new File(['bytes'], 'a b.png', { type: 'image/png' })
const form = (): FormData => {
  const form = new FormData()
  form.append('file', file)
  form.append('uploadPath', 'uploads')
  return form
}

const direct: Call = ({ api }) =>
  api.POST('/api/file-stream-upload', { body: { file, uploadPath: '' }, bodySerializer: form })

test.each<[string, Call, string]>([
  ['an upload', ({ files }) => files.upload(file, { fileName: 'c&d.png' }), 'c%26d.png'],
  ['a direct upload', direct, 'a%20b.png'],
  [
    'a direct upload with middleware',
    async (apikley) => {
      apikley.api.use({ onRequest: () => undefined })
      return direct(apikley)
    },
    'a%20b.png',
  ],
])(
  'a proxy gets the file of %s under its name, with its type and without a form',
  async (...row) => {
    const [, call, name] = row
    const { apikley, sent } = service([uploaded], proxied)
    await call(apikley)
    expect(sent[0]).toMatchObject({ method: 'POST', body: 'bytes' })
    expect(sent[0]?.url.href).toBe(`${proxied.proxyUrl}/files?fileName=${name}`)
    expect(sent[0]?.headers.get('content-type')).toBe('image/png')
  },
)

const pathOf = ({ method, url }: Sent): string =>
  `${method} ${url.pathname.replace('/api/apikley', '')}`
const pathsOf = ({ sent }: Service): string[] => sent.map(pathOf)

/** Answers each path of the proxy with its own reply. */
function byPath(replies: Readonly<Record<string, Reply>>): Reply {
  return (request) => (replies[pathOf(request)] ?? envelope(404))(request)
}

test('a key is made before each create without one, and names it', async () => {
  const onKeys: string[] = []
  const all = service([byPath({ 'POST /keys': madeKey, 'POST /tasks': created })], proxied)
  await all.create({ onKey: (key) => onKeys.push(key) })
  await all.create({ idempotencyKey: 'key-2' })
  expect(pathsOf(all)).toEqual(['POST /keys', 'POST /tasks', 'POST /tasks'])
  const names = all.sent.map(({ headers }) => headers.get('idempotency-key'))
  expect(names.slice(1)).toEqual(['key-1', 'key-2'])
  expect(onKeys).toEqual(['key-1'])
  expect(JSON.parse(all.sent[1]?.body ?? '')).toEqual({ model: MODEL, input })
})

test('a key is made while the files are uploaded', async () => {
  const replies = { 'POST /keys': never, 'POST /files': never, 'POST /tasks': created }
  const all = service([byPath(replies)], proxied)
  const { apikley, clock } = all
  const controller = new AbortController()
  const run = errorOf(apikley.run(MODEL, withFile, { signal: controller.signal }))
  await idle(50)
  expect(pathsOf(all).sort()).toEqual(['POST /files', 'POST /keys'])
  controller.abort()
  expect(await run).toMatchObject({ kind: 'aborted', charge: 'none' })
  expect(clock.pending).toBe(0)
})

test.each<[string, Reply, string]>([
  ['a lost connection', broken('ECONNRESET'), 'connection'],
  ['HTTP 502', text('', 502, ours), 'server'],
  ['HTTP 403', reported(403, undefined), 'rejected'],
  ['an answer without a key', envelope(200, {}), 'configuration'],
  ['the key of another server', envelope(200, { key: 'key-1' }), 'configuration'],
])('a run whose key fails with %s aborts its uploads and sends no create', async (...row) => {
  const [, reply, kind] = row
  const replies = { 'POST /keys': reply, 'POST /files': never }
  const all = service([byPath(replies)], { ...proxied, maxRetries: 1 })
  const run = errorOf(all.clock.settle(all.apikley.run(MODEL, withFile)))
  expect(await run).toMatchObject({ kind, charge: 'none' })
  expect(pathsOf(all)).not.toContain('POST /tasks')
  expect(eventsOf(all.events, 'unconfirmed')).toEqual([])
  expect(all.clock.pending).toBe(0)
})

const page = { 'content-type': 'text/html' }
const target = 'https://login.example/sign-in'
/** A redirect of Next.js. */
const toSlash: Reply = (request) => text('', 308, { location: `${request.url.pathname}/` })(request)
// A page does not learn the status and the target of a redirect.
const opaque: Reply = () => Object.defineProperty(new Response(), 'status', { value: 0 })
test.each<[string, Reply, string]>([
  ['a page with HTTP 404', text('<html>', 404, page), 'answers HTTP 404'],
  ['a sign-in page with HTTP 200', text('<html>', 200, page), 'answers HTTP 200'],
  ['HTTP 405', text('', 405), 'answers HTTP 405'],
  ['a redirect', text('', 308, { location: `${target}?state=secret#x` }), `to ${target}, and`],
  ['the 404 of the service', envelope(404, null, 404), 'answers HTTP 404'],
  ['a redirect to a trailing slash', toSlash, 'skipTrailingSlashRedirect'],
  ['a redirect that a page sees', opaque, 'skipTrailingSlashRedirect'],
])('%s is a wrong configuration, and no create is sent', async (_, reply, message) => {
  const all = service([reply], proxied)
  const wrong = { kind: 'configuration', message: expect.stringContaining(message) }
  expect(await errorOf(all.create())).toMatchObject({ ...wrong, charge: 'none' })
  expect(pathsOf(all)).toEqual(['POST /keys'])
  const { credits, files, tasks } = all.apikley
  const reads = [credits(), tasks.recover('key-1'), tasks.createKey(), tasks.wait('task_1')]
  for (const call of [files.upload(new Blob(['x'])), ...reads].map(errorOf)) {
    const error = await all.clock.settle(call)
    expect(error).toMatchObject(wrong)
    expect(String(error)).not.toContain('secret')
  }
  // One request for each call, and no retry.
  expect(all.sent).toHaveLength(6)
  expect(all.clock.pending).toBe(0)
})

test.each<[string, Reply]>([
  ['an empty answer', text('')],
  ['a page', text('<html>', 404)],
  ['a redirect', text('', 302, { location: '/captive' })],
])('a run survives %s of an intermediary, once the proxy has answered', async (_, reply) => {
  const polls = [reply, record('generating'), reply, reply, succeeded]
  let poll = 0
  const read: Reply = (request) => (polls[poll++] ?? succeeded)(request)
  const replies = { 'POST /keys': madeKey, 'POST /tasks': created, 'GET /tasks/task_1': read }
  const all = service([byPath(replies)], proxied)
  expect(await all.run()).toMatchObject({ taskId: 'task_1' })
  expect(poll).toBe(5)
})

const upload: Call = ({ files }) => files.upload(new Blob(['x']))
const credits: Call = (apikley) => apikley.credits()
const unread = reported(502, failure('unexpected-response'))
const forPage = reported(502, failure('server', 503), { 'retry-after': '1' })
test.each<[string, Call, Reply, number]>([
  ['a failure that the proxy has retried', credits, reported(502, failure('server', 502)), 1],
  ['a connection that the proxy has retried', credits, reported(502, failure('connection')), 1],
  ['an answer that the proxy cannot read', credits, unread, 1],
  ['a Retry-After for the page', credits, forPage, 5],
  ['a limit of the service', credits, reported(429, failure('rate-limited', 429)), 5],
  ['a limit of the proxy itself', credits, reported(429, failure('rate-limited')), 5],
  ['an upload of bytes', upload, reported(502, failure('server', 502)), 5],
  ['a failure between page and proxy', credits, text('', 502), 5],
  ['a lost connection to the proxy', credits, broken('ECONNRESET'), 5],
])('the requests of a page after %s', async (_, call, reply, requests) => {
  const { apikley, clock, sent } = service([reply], proxied)
  await errorOf(clock.settle(call(apikley)))
  expect(sent).toHaveLength(requests)
})

const error = { kind: 'unconfirmed', message: 'lost', idempotencyKey: 'key-1' }
const refusal = { kind: 'insufficient-credits', message: 'none left', code: 402 }
const unclear = { status: 'unconfirmed', error: { kind: 'unconfirmed', charge: 'possible' } }
test.each<[string, object, object]>([
  ['created', { status: 'created', taskId: 't.mac' }, { status: 'created', taskId: 't.mac' }],
  ['refused', { status: 'refused', error: refusal }, { status: 'refused', error: refusal }],
  ['void', { status: 'void' }, { status: 'void' }],
  ['unconfirmed', { status: 'unconfirmed', error }, { status: 'unconfirmed', error }],
  ['created without an id', { status: 'created' }, unclear],
  ['created with a number as id', { status: 'created', taskId: 5 }, unclear],
  ['of a status that is unknown', { status: 'later' }, unclear],
  ['unconfirmed without an error', { status: 'unconfirmed' }, unclear],
])('recover maps the answer of a create that is %s', async (_, data, expected) => {
  const all = service([ofProxy(data)], proxied)
  expect(await all.apikley.tasks.recover('a/../b?c')).toMatchObject(expected)
  expect(pathsOf(all)).toEqual(['GET /keys/a%2F..%2Fb%3Fc'])
})

test('the error of a proxy is the error of the call', async () => {
  const error = { kind: 'rejected', message: 'create-task: no. Change it.', code: 500, msg: 'no' }
  const final = { 'apikley-proxy': 'final' }
  const { create } = service([reported(422, { ...error, status: 200 }, final)], proxied)
  const idempotencyKey = 'key-1'
  await expect(create({ idempotencyKey })).rejects.toMatchObject({
    ...error,
    message: 'create-task: no. Change it. Nothing was charged.',
    status: 200,
    idempotencyKey,
  })
})

const rejected = { kind: 'rejected', message: 'no' }
test.each([
  ['a string', 'rejected', proxied],
  ['null', null, proxied],
  ['an error without a message', { kind: 'rejected' }, proxied],
  ['the name of a method as kind', { kind: 'toString', message: 'no' }, proxied],
  ['an unknown kind', { kind: 'lost', message: 'no' }, proxied],
  ['an error without a kind', { message: 'no' }, proxied],
  ['an error of the service itself', rejected, {}],
])('%s is ignored', async (_, error, options) => {
  const { apikley } = service([reported(404, error)], options)
  const missing = { kind: 'not-found', code: 404, status: 404 }
  await expect(apikley.credits()).rejects.toMatchObject(missing)
})

test('wrong fields and long messages of a proxy are cut, and its header limits the delay', async () => {
  const fields = { code: '1', status: Number.NaN, retryAfter: 1e9, taskId: {}, cause: 1 }
  const error = { kind: 'maintenance', message: 'x'.repeat(9000), ...fields }
  const { apikley } = service([reported(403, error, { 'retry-after': '2' })], proxied)
  expect(JSON.parse(JSON.stringify(await errorOf(apikley.credits())))).toEqual({
    kind: 'maintenance',
    charge: 'none',
    message: `${'x'.repeat(2000)}. Nothing was charged.`,
    retryAfter: 2000,
  })
})

test('a client knows whether it has a proxy', () => {
  expect(service([never]).apikley.transport.proxied).toBe(false)
  expect(service([never], proxied).apikley.transport.proxied).toBe(true)
})

test('a proxy refuses callbackUrl before the create is sent', async () => {
  const { apikley, sent } = service([created], proxied)
  const create = apikley.tasks.create(MODEL, input, { callbackUrl: 'https://app.example.com/hook' })
  const message = expect.stringContaining('the proxy')
  await expect(create).rejects.toMatchObject({ kind: 'configuration', message })
  expect(sent).toEqual([])
})
