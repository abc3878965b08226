import { describe, expect, test } from 'vitest'
import { created, input, service, succeeded } from './service.ts'

const model = 'ideogram/v3-reframe'

describe('callbackUrl names the attempt', () => {
  test.each([
    ['https://app.example.com/hook', 'https://app.example.com/hook?attemptId=a-1'],
    ['https://app.example.com', 'https://app.example.com?attemptId=a-1'],
    ['https://app.example.com#part?', 'https://app.example.com?attemptId=a-1#part?'],
    [
      "https://App.example.com/a/../hook?sig=a'b|c&",
      "https://App.example.com/a/../hook?sig=a'b|c&&attemptId=a-1",
    ],
    [
      'https://app.example.com/hook?token=a%20b&x',
      'https://app.example.com/hook?token=a%20b&x&attemptId=a-1',
    ],
    ['https://app.example.com/hook?#part', 'https://app.example.com/hook?&attemptId=a-1#part'],
    ['http://127.0.0.1:3000/h?a=1#part', 'http://127.0.0.1:3000/h?a=1&attemptId=a-1#part'],
    // What stands in no address is encoded, as everywhere.
    [
      ' https:app.example.com\\h\u00f6k?a=b c ',
      'https://app.example.com/h%C3%B6k?a=b%20c&attemptId=a-1',
    ],
  ])('%s becomes %s', async (callbackUrl, sentUrl) => {
    const { apikley, clock, sent } = service([created])
    await clock.settle(apikley.tasks.create(model, input, { callbackUrl, attemptId: 'a-1' }))
    expect(JSON.parse(sent[0]?.body ?? '')).toMatchObject({ callBackUrl: sentUrl })
  })

  test('as the header does, also when the client made the name', async () => {
    const { apikley, clock, sent } = service([created, succeeded])
    await clock.settle(apikley.run(model, input, { callbackUrl: 'https://app.example.com/hook' }))
    const attemptId = sent[0]?.headers.get('idempotency-key')
    expect(attemptId).toMatch(/^[0-9a-f]{32}$/)
    expect(new URL(JSON.parse(sent[0]?.body ?? '').callBackUrl).searchParams.get('attemptId')).toBe(
      attemptId,
    )
  })

  test('whatever characters it has', async () => {
    const { apikley, clock, sent } = service([created])
    await clock.settle(
      apikley.tasks.create(model, input, {
        callbackUrl: 'https://app.example.com/hook',
        attemptId: 'a&b=c#d+e%',
      }),
    )
    expect(new URL(JSON.parse(sent[0]?.body ?? '').callBackUrl).searchParams.get('attemptId')).toBe(
      'a&b=c#d+e%',
    )
  })
})

test.each([
  '',
  '/hook',
  'app.example.com/hook',
  'ftp://app.example.com/hook',
  'javascript:alert(1)',
])('what is no http address is refused before anything is sent: %j', async (callbackUrl) => {
  const { apikley, sent } = service([created])
  await expect(apikley.tasks.create(model, input, { callbackUrl })).rejects.toMatchObject({
    kind: 'invalid-input',
  })
  expect(sent).toEqual([])
})

test('with a proxy it is refused before anything is sent, with words that say where it belongs', async () => {
  const { apikley, sent } = service([created], {
    apiKey: undefined,
    proxyUrl: 'https://app.example/api/apikley',
  })
  await expect(
    apikley.tasks.create(model, input, { callbackUrl: 'https://app.example.com/hook' }),
  ).rejects.toMatchObject({
    kind: 'configuration',
    message: expect.stringContaining('the proxy'),
  })
  expect(sent).toEqual([])
})
