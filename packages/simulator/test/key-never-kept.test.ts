import { expect, test } from 'vitest'
import { headers, input, key, model, service } from './service.ts'

test('the journal never holds the key, wherever it was sent', async () => {
  const { post, get, simulator } = service({
    faults: [
      { fault: 'reset', operation: 'get-account-credits' },
      { fault: 'code', code: 401, msg: `The key ${key} is not known`, operation: 'download-url' },
    ],
  })
  await post('/api/v1/jobs/createTask', {
    model,
    input: { ...input, image_url: `https://files.example.com/?key=${key}` },
    note: key,
  })
  await get(`/api/v1/jobs/recordInfo?taskId=${key}`)
  await get(`/nowhere/${key}`).catch(() => {})
  await get('/api/v1/chat/credit').catch(() => {})
  await simulator.fetch('http://any/api/v1/jobs/createTask', {
    method: 'POST',
    headers: { ...headers, 'idempotency-key': key },
    body: `{"a":"${key}`,
  })
  await post('/api/v1/common/download-url', {})
  expect(simulator.journal.received).toBe(6)
  expect(JSON.stringify(simulator.journal)).not.toContain(key)
  expect(simulator.journal.requests[0]?.body).toMatchObject({ note: '[key]' })
})

test.each([
  ['in the URL of a callback', key, { callBackUrl: `http://127.0.0.1:9/${key}` }],
  [
    'in the URL of a callback that is refused',
    key,
    { callBackUrl: `http://stranger.example/${key}` },
  ],
  ['in the name of a property', key, { input: { ...input, [key]: 1 } }],
])('the API key is not stored %s', async (_, secret, more) => {
  const { create, clock, simulator } = service({
    latency: 1000,
    callbacks: { fetch: (url) => Promise.reject(new Error(`No way to ${url}`)) },
  })
  await create(more)
  await clock.advance(120_000)
  expect(simulator.journal.charged).toBe(1)
  expect(JSON.stringify(simulator.journal)).not.toContain(secret)
})

test('a key is not kept in escaped JSON, and a numeric key is harmless', async () => {
  const { simulator } = service()
  const send = (bearer: string, body: string): Promise<Response> =>
    simulator.fetch('http://any/api/v1/jobs/createTask', {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${bearer}` },
      body,
    })
  const spelled = [...key]
    .map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
  await send(key, `{"model":"${model}","input":{},"note":"${spelled}"}`)
  expect(simulator.journal.requests[0]?.body).toMatchObject({ note: '[key]' })
  expect(
    await (await send('1', JSON.stringify({ model, input: { ...input, seed: 1 } }))).json(),
  ).toMatchObject({ code: 200 })
})

test('a request without a key, or with one that is not on the list, is refused', async () => {
  const { simulator } = service({ keys: ['another'], behaviour: 'documented' })
  for (const authorization of [undefined, 'Bearer ', 'Basic abc', `Bearer ${key}`]) {
    const response = await simulator.fetch('http://any/api/v1/chat/credit', {
      headers: authorization === undefined ? {} : { authorization },
    })
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({
      code: 401,
      msg: 'You do not have access permissions',
    })
  }
  const accepted = await simulator.fetch('http://any/api/v1/chat/credit', {
    headers: { authorization: 'Bearer another' },
  })
  expect(accepted.status).toBe(200)
})
