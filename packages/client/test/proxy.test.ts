import { describe, expect, test } from 'vitest'
import {
  busy,
  created,
  errorOf,
  input,
  json,
  MODEL,
  never,
  proxied,
  service,
  uploaded,
} from './service.ts'
import type { Reply } from './service.ts'

/** An error as a proxy reports it. */
function reported(status: number, error: unknown, headers: Record<string, string> = {}): Reply {
  return json({ code: status, msg: 'message', data: null, error }, { status, headers })
}

describe('uploads through a proxy', () => {
  const file = new File(['bytes'], 'a b.png', { type: 'image/png' })
  const form = (): FormData => {
    const form = new FormData()
    form.append('file', file)
    form.append('uploadPath', 'uploads')
    return form
  }

  test('a proxy gets a file under its name, with its type and without a form', async () => {
    const { apikley, sent } = service([uploaded], proxied)
    await apikley.files.upload(file, { fileName: 'c&d.png' })
    expect(sent[0]).toMatchObject({ method: 'POST', body: 'bytes' })
    expect(sent[0]?.url.href).toBe(
      'https://app.example/api/apikley/file-upload/api/file-stream-upload?fileName=c%26d.png',
    )
    expect(sent[0]?.headers.get('content-type')).toBe('image/png')
  })

  test.each([
    ['without middleware', []],
    ['with middleware', [{ onRequest: () => undefined }]],
  ])('a proxy gets the file of a direct upload %s', async (_, middleware) => {
    const { apikley, sent } = service([uploaded], proxied)
    if (middleware.length > 0) {
      apikley.api.use(...middleware)
    }
    await apikley.api.POST('/api/file-stream-upload', {
      body: { file, uploadPath: '' },
      bodySerializer: form,
    })
    expect(sent[0]?.body).toBe('bytes')
    expect(sent[0]?.url.search).toBe('?fileName=a%20b.png')
    expect(sent[0]?.headers.get('content-type')).toBe('image/png')
  })
})

describe('a repeated attempt', () => {
  test('each request of a repeated attempt has its age in seconds', async () => {
    const { create, run, sent, clock } = service([busy(7), created], proxied)
    const repeat = { attemptId: 'attempt-1', firstSentAt: clock.now() - 2000 }
    await create(repeat)
    await create({ attemptId: 'attempt-2' })
    const controller = new AbortController()
    const { signal } = controller
    await errorOf(run({ ...repeat, signal, onCreated: () => controller.abort() }))
    const age = expect.stringMatching(/^9|10$/)
    expect(
      sent.map(({ headers }) => [
        headers.get('idempotency-key'),
        headers.get('idempotency-repeat'),
      ]),
    ).toEqual([
      ['attempt-1', '2'],
      ['attempt-1', age],
      ['attempt-2', null],
      ['attempt-1', age],
    ])
  })

  test('a repeated attempt is refused without a proxy', async () => {
    const { create, run, sent } = service([created])
    const repeat = { attemptId: 'attempt-1', firstSentAt: 0 }
    for (const call of [create(repeat), run(repeat)]) {
      expect(await errorOf(call)).toMatchObject({
        kind: 'configuration',
        message: expect.stringContaining('nothing was sent'),
      })
    }
    expect(sent).toEqual([])
  })
})

describe('the error that a proxy reports', () => {
  test('the error of a proxy is the error of the call', async () => {
    const error = { kind: 'rejected', message: 'create-task: no. Change it.', code: 500, msg: 'no' }
    const { create } = service([reported(422, { ...error, status: 200 })], proxied)
    const attemptId = 'attempt-1'
    await expect(create({ attemptId })).rejects.toMatchObject({ ...error, status: 200, attemptId })
  })

  const rejected = { kind: 'rejected', message: 'no' }
  test.each([
    ['a string', 'rejected', proxied],
    ['null', null, proxied],
    ['a list', [], proxied],
    ['an error without a message', { kind: 'rejected' }, proxied],
    ['the name of a method as kind', { kind: 'toString', message: 'no' }, proxied],
    ['a kind that no answer has', { kind: 'timeout', message: 'no' }, proxied],
    ['a number as kind', { kind: 422, message: 'no' }, proxied],
    ['an error without a kind', { message: 'no' }, proxied],
    ['an error of the service itself', rejected, {}],
  ])('%s is ignored', async (_, error, options) => {
    const { apikley } = service([reported(404, error)], options)
    await expect(apikley.credits()).rejects.toMatchObject({
      kind: 'not-found',
      code: 404,
      status: 404,
    })
  })

  test('wrong fields and long messages of a proxy are cut, and its header limits the delay', async () => {
    const fields = { code: '1', status: Number.NaN, retryAfter: 1e9, taskId: {}, cause: 1 }
    const error = { kind: 'maintenance', message: 'x'.repeat(9000), ...fields }
    const { apikley } = service([reported(403, error, { 'retry-after': '2' })], proxied)
    expect(JSON.parse(JSON.stringify(await errorOf(apikley.credits())))).toEqual({
      kind: 'maintenance',
      message: 'x'.repeat(2000),
      retryAfter: 2000,
    })
  })
})

test('a client knows whether it has a proxy', () => {
  expect(service([never]).apikley.transport.proxied).toBe(false)
  expect(service([never], proxied).apikley.transport.proxied).toBe(true)
})

test('a proxy refuses callbackUrl before the create is sent', async () => {
  const { apikley, sent } = service([created], proxied)
  const create = apikley.tasks.create(MODEL, input, { callbackUrl: 'https://app.example.com/hook' })
  await expect(create).rejects.toMatchObject({
    kind: 'configuration',
    message: expect.stringContaining('the proxy'),
  })
  expect(sent).toEqual([])
})
