import { describe, expect, test } from 'vitest'
import { created, input, json, never, service, uploaded, type Reply } from './service.ts'

const proxy = { apiKey: undefined, proxyUrl: 'https://app.example/api/apikley' }
const told = (
  status: number,
  code: number,
  error: unknown,
  headers: Record<string, string> = {},
): Reply => json({ code, msg: 'words', data: null, error }, { status, headers })

describe('a file goes to a proxy as it is', () => {
  const file = new File(['bytes'], 'a b.png', { type: 'image/png' })
  const form = (): FormData => {
    const all = new FormData()
    all.append('file', file)
    all.append('uploadPath', 'uploads')
    return all
  }

  test('under its name, with its type and nothing around it', async () => {
    const { apikley, sent } = service([uploaded], proxy)
    await apikley.files.upload(file, { fileName: 'c&d.png' })
    expect(sent[0]).toMatchObject({ method: 'POST', body: 'bytes' })
    expect(sent[0]?.url.href).toBe(
      'https://app.example/api/apikley/file-upload/api/file-stream-upload?fileName=c%26d.png',
    )
    expect(sent[0]?.headers.get('content-type')).toBe('image/png')
  })

  test('also where the operation is called directly, and through middleware', async () => {
    for (const middleware of [[], [{ onRequest: () => undefined }]]) {
      const { apikley, sent } = service([uploaded], proxy)
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
    }
  })

  test('and to the service itself as a form', async () => {
    const { apikley, sent } = service([uploaded])
    await apikley.files.upload(file)
    expect(sent[0]?.url.search).toBe('')
    expect(sent[0]?.headers.get('content-type')).toMatch(/^multipart\/form-data/)
  })
})

describe('an attempt that was sent before', () => {
  const again = (firstSentAt: number) => ({ attemptId: 'attempt-1', firstSentAt })
  const marks = (sent: readonly { readonly headers: Headers }[]): unknown[] =>
    sent.map(({ headers }) => [headers.get('idempotency-key'), headers.get('idempotency-repeat')])

  test('is marked as a repeat with its age in s, each time that it is sent, and no other is', async () => {
    const { apikley, sent, clock } = service(
      [told(429, 429, null, { 'retry-after': '7' }), created],
      proxy,
    )
    const firstSentAt = clock.now() - 2000
    await clock.settle(apikley.tasks.create('ideogram/v3-reframe', input, again(firstSentAt)))
    await apikley.tasks.create('ideogram/v3-reframe', input, { attemptId: 'attempt-2' })
    const stop = new AbortController()
    const running = apikley.run('ideogram/v3-reframe', input, {
      ...again(firstSentAt),
      signal: stop.signal,
      onCreated: () => stop.abort(),
    })
    await expect(clock.settle(running)).rejects.toThrow()
    expect(marks(sent)).toEqual([
      ['attempt-1', '2'],
      ['attempt-1', expect.stringMatching(/^9|10$/)],
      ['attempt-2', null],
      ['attempt-1', expect.stringMatching(/^9|10$/)],
    ])
  })

  test('never goes to the service itself, which would take it for a new one', async () => {
    const { apikley, sent } = service([created])
    const error = { kind: 'configuration', message: expect.stringContaining('nothing was sent') }
    await expect(
      apikley.tasks.create('ideogram/v3-reframe', input, again(0)),
    ).rejects.toMatchObject(error)
    await expect(apikley.run('ideogram/v3-reframe', input, again(0))).rejects.toMatchObject(error)
    expect(sent).toEqual([])
  })
})

describe('the error that a proxy tells of is the error of the call', () => {
  test('with all that is known', async () => {
    const error = {
      kind: 'rejected',
      message: 'create-task: no. Change it.',
      code: 500,
      msg: 'no',
      status: 200,
    }
    const { apikley } = service([told(422, 422, error)], proxy)
    await expect(
      apikley.tasks.create('ideogram/v3-reframe', input, { attemptId: 'attempt-1' }),
    ).rejects.toMatchObject({
      ...error,
      attemptId: 'attempt-1',
    })
  })

  test('but what is no error of this package is not believed, nor is the time to wait', async () => {
    for (const error of [
      'rejected',
      null,
      [],
      { kind: 'rejected' },
      { kind: 'toString', message: 'no' },
      { kind: 'timeout', message: 'no' },
      { kind: 422, message: 'no' },
      { message: 'no' },
    ]) {
      const { apikley } = service([told(404, 404, error)], proxy)
      await expect(apikley.credits()).rejects.toMatchObject({
        kind: 'not-found',
        code: 404,
        status: 404,
      })
    }
    const error = {
      kind: 'maintenance',
      message: 'x'.repeat(9000),
      code: '1',
      status: Number.NaN,
      retryAfter: 1e9,
      taskId: {},
      cause: 1,
    }
    const { apikley } = service([told(403, 403, error, { 'retry-after': '2' })], proxy)
    const restored: unknown = await apikley.credits().catch((reason: unknown) => reason)
    expect(JSON.parse(JSON.stringify(restored))).toEqual({
      kind: 'maintenance',
      message: 'x'.repeat(2000),
      retryAfter: 2000,
    })
  })

  test('only of a proxy: the service itself tells no such thing', async () => {
    const { apikley } = service([told(404, 404, { kind: 'invalid-input', message: 'no' })])
    await expect(apikley.credits()).rejects.toMatchObject({ kind: 'not-found' })
  })

  test('a client with a key is not proxied, and one with a proxy is', () => {
    expect(service([never]).apikley.transport.proxied).toBe(false)
    expect(service([never], proxy).apikley.transport.proxied).toBe(true)
  })
})

test('how long a service may ask to wait can be set', async () => {
  const busy = told(429, 429, undefined, { 'retry-after': '10' })
  const { apikley, sent } = service([busy, created], { maxRetryAfter: 5000 })
  await expect(apikley.tasks.create('ideogram/v3-reframe', input)).rejects.toMatchObject({
    kind: 'rate-limited',
    retryAfter: 10_000,
  })
  expect(sent).toHaveLength(1)
  const patient = service([busy, created])
  await patient.clock.settle(patient.apikley.tasks.create('ideogram/v3-reframe', input))
  expect(patient.sent).toHaveLength(2)
})
