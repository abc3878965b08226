import { expect, test } from 'vitest'
import { createPath, headers, input, key, model, recordPath, service } from './service.ts'

test('the journal never holds the key, wherever it was sent', async () => {
  const { post, get, simulator } = service({
    faults: [
      { fault: 'reset', operation: 'get-account-credits' },
      { fault: 'code', code: 401, msg: `The key ${key} is not known`, operation: 'download-url' },
    ],
  })
  const image_url = `https://files.example.com/?key=${key}`
  await post(createPath, { model, input: { ...input, image_url }, note: key })
  await get(`${recordPath}?taskId=${key}`)
  await get(`/nowhere/${key}`).catch(() => {})
  await get('/api/v1/chat/credit').catch(() => {})
  await simulator.fetch(`http://any${createPath}`, {
    method: 'POST',
    headers: { ...headers, 'idempotency-key': key },
    body: `{"a":"${key}`,
  })
  await post('/api/v1/common/download-url', {})
  expect(simulator.journal.received).toBe(6)
  expect(JSON.stringify(simulator.journal)).not.toContain(key)
  expect(simulator.journal.requests[0]?.body).toMatchObject({ note: '[key]' })
})

test.each<[string, object]>([
  ['in the URL of a callback', { callBackUrl: `http://127.0.0.1:9/${key}` }],
  ['in the URL of a callback that is refused', { callBackUrl: `http://stranger.example/${key}` }],
  ['in the name of a property', { input: { ...input, [key]: 1 } }],
])('the API key is not stored %s', async (_, more) => {
  const { create, clock, simulator } = service({
    latency: 1000,
    callbacks: { fetch: (url) => Promise.reject(new Error(`No way to ${url}`)) },
  })
  await create(more)
  await clock.advance(120_000)
  expect(simulator.journal.charged).toBe(1)
  expect(JSON.stringify(simulator.journal)).not.toContain(key)
})

test('a key is not kept in escaped JSON, and a numeric key is harmless', async () => {
  const { simulator } = service()
  const send = (bearer: string, body: string): Promise<Response> =>
    simulator.fetch(`http://any${createPath}`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${bearer}` },
      body,
    })
  const codes = Array.from(key, (letter) => letter.charCodeAt(0).toString(16).padStart(4, '0'))
  const spelled = codes.map((code) => `\\u${code}`).join('')
  await send(key, `{"model":"${model}","input":{},"note":"${spelled}"}`)
  expect(simulator.journal.requests[0]?.body).toMatchObject({ note: '[key]' })
  const accepted = await send('1', JSON.stringify({ model, input: { ...input, seed: 1 } }))
  expect(await accepted.json()).toMatchObject({ code: 200 })
})

test.each([
  [undefined, 401],
  ['Bearer ', 401],
  ['Basic abc', 401],
  [`Bearer ${key}`, 401],
  ['Bearer another', 200],
])('a request with the authorization %j gets %i if one key is on the list', async (sent, code) => {
  const { simulator } = service({ keys: ['another'], behaviour: 'documented' })
  const response = await simulator.fetch('http://any/api/v1/chat/credit', {
    headers: sent === undefined ? {} : { authorization: sent },
  })
  expect(response.status).toBe(code)
  const msg = code === 401 ? 'You do not have access permissions' : 'success'
  expect(await response.json()).toMatchObject({ code, msg })
})
