import { expect, test } from 'vitest'
import { headers, input, key, model, service } from './service.ts'

test('the key is nowhere in the journal, wherever it was sent', async () => {
  const { post, get, simulator } = service({
    faults: [
      { fault: 'reset', operation: 'get-account-credits' },
      { fault: 'code', code: 401, msg: `The key ${key} is not known`, operation: 'download-url' },
    ],
  })
  await post('/api/v1/jobs/createTask', { model, input: { ...input, image_url: `https://files.example.com/?key=${key}` }, note: key })
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

test('a request without a key, or with one that is not on the list, is refused', async () => {
  const { simulator } = service({ keys: ['another'], behaviour: 'documented' })
  for (const authorization of [undefined, 'Bearer ', 'Basic abc', `Bearer ${key}`]) {
    const response = await simulator.fetch('http://any/api/v1/chat/credit', {
      headers: authorization === undefined ? {} : { authorization },
    })
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 401, msg: 'You do not have access permissions' })
  }
  expect((await simulator.fetch('http://any/api/v1/chat/credit', { headers: { authorization: 'Bearer another' } })).status).toBe(200)
})
