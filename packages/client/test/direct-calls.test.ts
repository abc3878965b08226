import { inspect } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import type { ApikleyEvent } from '../src/index.ts'
import { created, input, json, key, record, service } from './service.ts'

const body = { model: 'ideogram/v3-reframe', input } as const
const credits = json({ code: 200, data: 5 })

describe('the openapi-fetch client underneath behaves as its documents say', () => {
  test('middleware gets the platform’s own Request and Response, also of the calls of this client', async () => {
    const { apikley, sent } = service([credits])
    const seen: unknown[] = []
    apikley.api.use({
      onRequest({ request }) {
        seen.push(request)
        const more = new Request(request, { headers: { 'x-more': 'more' } })
        return more
      },
      onResponse({ response }) {
        seen.push(response)
      },
    })
    expect(await apikley.credits()).toBe(5)
    expect(seen).toEqual([expect.any(Request), expect.any(Response)])
    expect(sent[0]?.headers.get('x-more')).toBe('more')
    expect(sent[0]?.headers.get('authorization')).toBe(`Bearer ${key}`)
  })

  test('a body goes through middleware whole, and what is charged is still sent once', async () => {
    const { apikley, sent } = service([() => new Response('', { status: 502 }), created])
    apikley.api.use({ onRequest: ({ request }) => new Request(request) })
    await expect(apikley.tasks.create('ideogram/v3-reframe', input)).rejects.toMatchObject({
      kind: 'unconfirmed',
    })
    expect(sent).toHaveLength(1)
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual(body)
  })

  test('an answer to createTask without a task id is no success here either', async () => {
    const { apikley, sent } = service([json({ code: 200, data: {} })])
    await expect(apikley.api.POST('/api/v1/jobs/createTask', { body })).rejects.toMatchObject({
      kind: 'unconfirmed',
    })
    expect(sent).toHaveLength(1)
  })

  test('an attempt that the caller has named keeps its name', async () => {
    const { apikley, sent } = service([created])
    await apikley.api.POST('/api/v1/jobs/createTask', {
      body,
      headers: { 'Idempotency-Key': 'mine' },
    })
    expect(sent[0]?.headers.get('idempotency-key')).toBe('mine')
  })

  test('an answer that middleware has emptied may have bought a task', async () => {
    const { apikley, sent } = service([created])
    apikley.api.use({ onResponse: () => new Response(null, { status: 204 }) })
    await expect(apikley.tasks.create('ideogram/v3-reframe', input)).rejects.toMatchObject({
      kind: 'unconfirmed',
    })
    expect(sent).toHaveLength(1)
  })

  test('middleware that fails on the answer does not hide which task was bought, nor when the call is called off meanwhile', async () => {
    for (const controller of [new AbortController(), undefined]) {
      const events: ApikleyEvent[] = []
      const { apikley } = service([created], { onEvent: (event) => events.push(event) })
      const cause = new Error('no room in the log')
      apikley.api.use({
        onResponse() {
          controller?.abort()
          throw cause
        },
      })
      const create = apikley.tasks.create('ideogram/v3-reframe', input, {
        attemptId: 'attempt-1',
        signal: controller?.signal,
      })
      await expect(create).rejects.toMatchObject({
        kind: 'unconfirmed',
        taskId: 'task_1',
        attemptId: 'attempt-1',
        cause,
      })
      expect(events).toContainEqual(
        expect.objectContaining({ type: 'unconfirmed', attemptId: 'attempt-1' }),
      )
    }
  })

  test('what middleware throws at the answer of a read ends a wait at once', async () => {
    const { apikley, sent } = service([record('generating')])
    const cause = new Error('no room in the log')
    apikley.api.use({ onResponse: () => Promise.reject(cause) })
    await expect(apikley.tasks.wait('task_1')).rejects.toBe(cause)
    expect(sent).toHaveLength(1)
  })

  test('what middleware throws before anything is sent stays what it is', async () => {
    const { apikley, sent } = service([created])
    const cause = new Error('not today')
    apikley.api.use({ onRequest: () => Promise.reject(cause) })
    await expect(apikley.tasks.create('ideogram/v3-reframe', input)).rejects.toBe(cause)
    expect(sent).toEqual([])
  })

  test('middleware never finds the key', async () => {
    const { apikley } = service([credits])
    const found: unknown[] = []
    apikley.api.use({
      onResponse: ({ request, response, options }) =>
        void found.push(request, [...request.headers], response, options),
    })
    await apikley.credits()
    await apikley.api.GET('/api/v1/chat/credit')
    expect(inspect(found, { depth: 9, showHidden: true })).not.toContain(key)
  })

  test('its own options hold: headers, another way to read the answer, a signal', async () => {
    const { apikley, sent } = service([credits])
    const { data, response } = await apikley.api.GET('/api/v1/chat/credit', {
      headers: { 'x-more': 'more' },
      parseAs: 'text',
    })
    expect(data).toBe('{"code":200,"data":5}')
    expect(response).toBeInstanceOf(Response)
    expect(sent[0]?.headers.get('x-more')).toBe('more')
    const reason = new Error('enough')
    await expect(
      apikley.api.GET('/api/v1/chat/credit', { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason)
  })

  test('a form goes as multipart', async () => {
    const { apikley, sent } = service([
      json({ code: 200, data: { downloadUrl: 'https://files.example.com/a.png' } }),
    ])
    const form = new FormData()
    form.append('file', new Blob(['bytes']))
    form.append('uploadPath', 'uploads')
    await apikley.api.POST('/api/file-stream-upload', {
      body: { file: new Blob(['bytes']), uploadPath: 'uploads' },
      bodySerializer: () => form,
    })
    expect(sent[0]?.headers.get('content-type')).toMatch(/^multipart\/form-data; boundary=/)
    expect(sent[0]?.body).toContain('bytes')
  })
})

test('in proxy mode a direct call goes to its own server and is sent again where that costs nothing', async () => {
  const answers = [
    () => new Response('', { status: 502 }),
    json({ code: 200, data: { downloadUrl: 'https://files.example.com/a.png' } }),
  ]
  const { apikley, clock, sent } = service(answers, {
    apiKey: undefined,
    proxyUrl: 'https://app.example/api/apikley',
  })
  await clock.settle(
    apikley.api.POST('/api/file-url-upload', {
      body: { fileUrl: 'https://files.example.com/a.png', uploadPath: 'uploads' },
    }),
  )
  expect(sent.map(({ url }) => url.pathname)).toEqual(
    Array(2).fill('/api/apikley/file-upload/api/file-url-upload'),
  )
})

test('operations build no Request and read no body of their own', async () => {
  const { apikley, sent } = service([created])
  // What stands in for the service builds one for itself.
  const before = vi.spyOn(globalThis, 'Request')
  try {
    await apikley.tasks.create('ideogram/v3-reframe', input)
    expect(before).toHaveBeenCalledTimes(sent.length)
  } finally {
    before.mockRestore()
  }
})
