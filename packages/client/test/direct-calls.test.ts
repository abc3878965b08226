import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { MODEL, created, json, record, text, uploaded } from './replies.ts'
import { errorOf, eventsOf, input, key, ownKey, sentInput, service } from './service.ts'

const body = { model: MODEL, input } as const
const credits = json({ code: 200, data: 3.5 })

test('middleware gets the Request and Response of each call, without the key', async () => {
  const { apikley, sent } = service([credits])
  const seen: unknown[] = []
  apikley.api.use({
    onRequest({ request }) {
      seen.push(request)
      return new Request(request, { headers: { 'x-more': 'more' } })
    },
    onResponse({ request, response, options }) {
      seen.push(response, [...request.headers], options)
    },
  })
  expect(await apikley.credits()).toBe(3.5)
  expect((await apikley.api.GET('/api/v1/chat/credit')).data).toEqual({ code: 200, data: 3.5 })
  expect(seen.slice(0, 2)).toEqual([expect.any(Request), expect.any(Response)])
  expect(sent[0]?.headers.get('x-more')).toBe('more')
  expect(sent[0]?.headers.get('authorization')).toBe(`Bearer ${key}`)
  expect(inspect(seen, { depth: 9, showHidden: true })).not.toContain(key)
})

test('a create through middleware keeps its body and is sent once', async () => {
  const { create, apikley, sent } = service([text('', 502), created])
  apikley.api.use({ onRequest: ({ request }) => new Request(request) })
  await expect(create()).rejects.toMatchObject({ kind: 'unconfirmed' })
  expect(sent).toHaveLength(1)
  expect(sentInput(sent[0])).toEqual(input)
})

test('a create is unconfirmed when middleware empties its answer', async () => {
  const { create, apikley, sent } = service([created])
  apikley.api.use({ onResponse: () => new Response(null, { status: 204 }) })
  await expect(create()).rejects.toMatchObject({ kind: 'unconfirmed' })
  expect(sent).toHaveLength(1)
})

const cause = new Error('the log is full')
test.each([
  ['fails', undefined],
  ['fails after an abort', new AbortController()],
])('a create keeps its id when middleware %s on the answer', async (_, controller) => {
  const all = service([created])
  const { create, apikley, events } = all
  apikley.api.use({
    onResponse() {
      controller?.abort()
      throw cause
    },
  })
  const idempotencyKey = 'key-1'
  const own = { ...(await ownKey(all, idempotencyKey)), signal: controller?.signal }
  const error = { kind: 'unconfirmed', taskId: 'task_1', idempotencyKey, cause }
  await expect(create(own)).rejects.toMatchObject(error)
  expect(eventsOf(events, 'unconfirmed')).toMatchObject([{ idempotencyKey }])
})

test('an error of middleware on the answer of a poll ends the wait', async () => {
  const { wait, apikley, sent } = service([record('generating')])
  apikley.api.use({ onResponse: () => Promise.reject(cause) })
  expect(await errorOf(wait())).toBe(cause)
  expect(sent).toHaveLength(1)
})

test('an error of middleware before the request is the error of the call', async () => {
  const { create, apikley, sent } = service([created])
  apikley.api.use({ onRequest: () => Promise.reject(cause) })
  expect(await errorOf(create())).toBe(cause)
  expect(sent).toEqual([])
})

test('a direct create keeps the Idempotency-Key of the caller, but not one of createKey', async () => {
  const { apikley, sent } = service([created])
  const create = (key: string): Promise<unknown> =>
    apikley.api.POST('/api/v1/jobs/createTask', { body, headers: { 'Idempotency-Key': key } })
  await create('mine')
  // Recover would not find it.
  const refused = create(await apikley.tasks.createKey())
  await expect(refused).rejects.toMatchObject({ kind: 'configuration', charge: 'none' })
  expect(sent.map(({ headers }) => headers.get('idempotency-key'))).toEqual(['mine'])
})

test('a direct call accepts the options of openapi-fetch', async () => {
  const { apikley, sent } = service([credits])
  const path = '/api/v1/chat/credit'
  const headers = { 'x-more': 'more' }
  const { data, response } = await apikley.api.GET(path, { headers, parseAs: 'text' })
  expect(data).toBe('{"code":200,"data":3.5}')
  expect(response).toBeInstanceOf(Response)
  expect(sent[0]?.headers.get('x-more')).toBe('more')
  const cause = new Error('enough')
  const aborted = apikley.api.GET(path, { signal: AbortSignal.abort(cause) })
  await expect(aborted).rejects.toMatchObject({ kind: 'aborted', cause })
})

test('a direct upload of a form is multipart', async () => {
  const { apikley, sent } = service([uploaded])
  const form = new FormData()
  form.append('file', new Blob(['bytes']))
  await apikley.api.POST('/api/file-stream-upload', {
    body: { file: new Blob(['bytes']), uploadPath: 'uploads' },
    bodySerializer: () => form,
  })
  expect(sent[0]?.headers.get('content-type')).toMatch(/^multipart\/form-data; boundary=/)
  expect(sent[0]?.body).toContain('bytes')
})
