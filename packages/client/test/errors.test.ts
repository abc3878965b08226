import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, test, vi } from 'vitest'
import { ApikleyError, type ApikleyErrorData, type ApikleyErrorKind } from '../src/index.ts'
import type { Charge } from '../src/index.ts'
import { MODEL, broken, envelope, json, text, type Reply } from './replies.ts'
import { calls, errorOf, input, key, mistake, service } from './service.ts'

const everything: ApikleyErrorData = {
  kind: 'task-failed',
  message: 'Task t failed',
  code: 501,
  msg: 'message',
  status: 200,
  retryAfter: 1000,
  taskId: 't',
  idempotencyKey: 'a',
  failCode: '422',
  failMsg: 'reason',
  requestId: 'r-1',
  creditsConsumed: 2,
  charge: 'charged',
}
const error = new ApikleyError({ ...everything, cause: new Error('inner') })

test('an error becomes JSON and back, without fields of others', () => {
  const data = JSON.parse(JSON.stringify(error))
  expect(data).toEqual(everything)
  const restored = ApikleyError.from({ ...data, stack: 'theirs', more: 'more' })
  expect(restored).toBeInstanceOf(ApikleyError)
  expect(restored.toJSON()).toEqual(everything)
  expect(restored.stack).not.toContain('theirs')
  expect(restored).not.toHaveProperty('more')
})

test('unknown fields are missing, and fields of a wrong type are dropped', () => {
  const data = { kind: 'server', message: 'no' } as const
  expect(new ApikleyError({ ...data, status: undefined })).not.toHaveProperty('status')
  const hostile = JSON.parse(JSON.stringify({ ...data, status: {}, taskId: ['t'], code: 500 }))
  expect(ApikleyError.from(hostile).toJSON()).toEqual({ ...data, code: 500, charge: 'charged' })
})

test.each([null, 'no', 5, {}, { kind: 5, message: 'no' }, { kind: 'server' }])(
  'ApikleyError.from makes an unexpected-response of %j',
  (data) => {
    const message = expect.stringContaining('unknown form')
    const error = ApikleyError.from(JSON.parse(JSON.stringify(data)))
    expect(error).toMatchObject({ kind: 'unexpected-response', message })
  },
)

test('ApikleyError.is recognises errors of other copies of the package and other realms', async () => {
  vi.resetModules()
  const copy = await import('../src/errors.ts')
  const other = new copy.ApikleyError(everything)
  expect(other).not.toBeInstanceOf(ApikleyError)
  expect(ApikleyError.is(other) && ApikleyError.from(other.toJSON()).toJSON()).toEqual(everything)
  const foreign = 'Object.assign(new Error("no"), { name: "ApikleyError", kind: "server" })'
  expect(ApikleyError.is(runInNewContext(foreign))).toBe(true)
})

const named = { name: 'ApikleyError', kind: 5 }
test.each([new Error('no'), undefined, 'ApikleyError', { kind: 'server' }, named, null])(
  'ApikleyError.is rejects %o',
  (value) => {
    expect(ApikleyError.is(value)).toBe(false)
  },
)

test('a printed error has its kind, its fields and its cause', () => {
  const printed = inspect(error)
  expect(printed).toMatch(/^ApikleyError: Task t failed\n {4}at /)
  for (const part of ["kind: 'task-failed'", "taskId: 't'", 'code: 501', '[cause]: Error: inner']) {
    expect(printed).toContain(part)
  }
  expect(String(error)).toBe('ApikleyError: Task t failed')
})

test('a renamed error keeps its name', () => {
  const caught: Error = new ApikleyError({ kind: 'server', message: 'no' })
  caught.name = 'Wrapped'
  expect(String(caught)).toBe('ApikleyError: no')
  expect(ApikleyError.is(caught)).toBe(true)
  expect(Object.keys(caught)).toEqual(['kind', 'charge'])
})

test('a cause keeps the messages of fetch without the request and the key', async () => {
  const authorization = `authorization: Bearer ${key}`
  const inner = new Error(`read ECONNRESET, ${authorization}`)
  const cause = Object.assign(inner, { code: 'ECONNRESET' })
  const leaky = new TypeError('fetch failed', { cause })
  Object.assign(leaky, { request: { headers: authorization } })
  const failure = await errorOf(service([() => Promise.reject(leaky)]).create())
  const message = 'read ECONNRESET, authorization: Bearer [key]'
  expect(failure).toMatchObject({
    kind: 'unconfirmed',
    cause: { name: 'TypeError', message: 'fetch failed', cause: { code: 'ECONNRESET', message } },
  })
  expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain(key)
})

const circle = new Error('round')
circle.cause = circle
const badPort = new TypeError('fetch failed', { cause: new Error('bad port') })
test.each([
  ['is its own cause', circle, { kind: 'unconfirmed', cause: { message: 'round' } }],
  ['is a string', 'no', { kind: 'unconfirmed' }],
  // Nothing was sent.
  ['names a forbidden port', badPort, { kind: 'connection' }],
])('an error of fetch that %s has a kind', async (_, thrown, expected) => {
  const { create } = service([() => Promise.reject(thrown)], { maxRetries: 0 })
  await expect(create()).rejects.toMatchObject(expected)
})

test('an error of the service says what happened, the charge and the next step', async () => {
  const { create } = service([json({ code: 402, message: 'Credits insufficient' })])
  await expect(create()).rejects.toThrow(
    'create-task: "Credits insufficient" (code 402, HTTP 200). Top up the account. Nothing was charged.',
  )
})

const unexpected = { kind: 'unexpected-response', status: 200 }
const noCredits = { kind: 'insufficient-credits', code: 402, msg: 'message', status: 200 }
test.each<[string, Reply, object]>([
  ['a page', text('<html>', 200, { 'content-type': 'text/html' }), unexpected],
  ['an empty answer', text(''), unexpected],
  ['truncated JSON', text('{"code":200,"da'), unexpected],
  ['YAML', text('code: 200', 200, { 'content-type': 'text/yaml' }), unexpected],
  ['JSON without an envelope', json([1]), unexpected],
  ['no data', envelope(200), { ...unexpected, code: 200 }],
  ['data of another type', envelope(200, 'none'), { ...unexpected, code: 200 }],
  ['code 402', envelope(402), noCredits],
  ['a message', json({ code: 401, message: 'no' }), { kind: 'authentication', msg: 'no' }],
  ['HTTP 500 without a body', text('', 500), { kind: 'server', status: 500 }],
  ['an unknown code of the 400s', envelope(477), { kind: 'rejected', code: 477 }],
  ['an unknown code of the 500s', envelope(577), { kind: 'server', code: 577 }],
  ['another unknown code', envelope(7), { kind: 'unexpected-response', code: 7 }],
  ['a redirect', text('', 302), { kind: 'unexpected-response', status: 302 }],
  ['HTTP 413', envelope(413, null, 413), { kind: 'rejected', code: 413, status: 413 }],
  ['a reset', broken('ECONNRESET'), { kind: 'connection' }],
])('a read that gets %s fails with a kind and the next step', async (_, reply, expected) => {
  const { apikley, clock } = service([reply], { maxRetries: 1 })
  const failure = await errorOf(clock.settle(apikley.credits()))
  expect(failure).toMatchObject(expected)
  expect(String(failure)).toMatch(/^ApikleyError: get-account-credits: .+\. [A-Z].+\.$/)
  expect(clock.pending).toBe(0)
})

const none = [
  ...(['aborted', 'timeout', 'invalid-input', 'configuration', 'authentication'] as const),
  ...(['insufficient-credits', 'rejected', 'rate-limited', 'key-limit', 'maintenance'] as const),
  ...(['feature-disabled', 'server', 'connection', 'unexpected-response'] as const),
]
test.each<[ApikleyErrorKind, Charge, Charge]>([
  ['unconfirmed', 'possible', 'possible'],
  ['task-failed', 'charged', 'charged'],
  ['not-found', 'none', 'none'],
  ...none.map((kind): [ApikleyErrorKind, Charge, Charge] => [kind, 'none', 'charged']),
])('%s is %s, and with a task id %s', (kind, alone, withTask) => {
  const error = new ApikleyError({ kind, message: 'no' })
  expect(error.charge).toBe(alone)
  expect(new ApikleyError({ kind, message: 'no', taskId: 't' }).charge).toBe(withTask)
  expect(ApikleyError.from(JSON.parse(JSON.stringify(error))).charge).toBe(alone)
})

test('a failed task that consumed nothing is refunded, and a given charge is kept', () => {
  const failed = { kind: 'task-failed', message: 'no', taskId: 't' } as const
  expect(new ApikleyError({ ...failed, creditsConsumed: 0 }).charge).toBe('refunded')
  expect(new ApikleyError({ ...failed, creditsConsumed: 1 }).charge).toBe('charged')
  const aborted = { kind: 'aborted', message: 'no', charge: 'possible' } as const
  expect(ApikleyError.from(new ApikleyError(aborted).toJSON()).charge).toBe('possible')
})

afterEach(() => vi.unstubAllGlobals())

const all: typeof calls = {
  ...calls,
  'a keyed create': async ({ tasks }) =>
    tasks.create(MODEL, input, { idempotencyKey: await tasks.createKey() }),
  'api.GET': ({ api }) => api.GET('/api/v1/chat/credit'),
}
const rows = Object.entries(all).flatMap(([name, call]) => [
  { name, call, what: 'missing', fetch: undefined, reason: 'Pass the option fetch' },
  { name, call, what: 'throwing', fetch: mistake, reason: 'option fetch has thrown: a mistake' },
])

test.each(rows)('a $what fetch is a configuration error at once: $name', async (row) => {
  vi.stubGlobal('fetch', undefined)
  const { apikley, clock, events } = service([], { fetch: row.fetch })
  const error = await errorOf(Promise.resolve(row.call(apikley)))
  const message = expect.stringContaining(row.reason)
  expect(error).toMatchObject({ kind: 'configuration', message })
  expect(String(error)).toContain('Nothing was sent')
  expect(clock.pending).toBe(0)
  expect(events.filter(({ type }) => type === 'retry' || type === 'unconfirmed')).toEqual([])
})
