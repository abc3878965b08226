import { expect, test } from 'vitest'
import { created, service, type Sent } from './service.ts'

const HOOK = 'https://app.example.com/hook'

function callbackOf(request: Sent | undefined): string {
  return JSON.parse(request?.body ?? '').callBackUrl
}

test.each([
  [HOOK, `${HOOK}?attemptId=a-1`],
  ['https://app.example.com', 'https://app.example.com?attemptId=a-1'],
  ['https://app.example.com#part?', 'https://app.example.com?attemptId=a-1#part?'],
  [
    "https://App.example.com/a/../hook?sig=a'b|c&",
    "https://App.example.com/a/../hook?sig=a'b|c&&attemptId=a-1",
  ],
  [`${HOOK}?token=a%20b&x`, `${HOOK}?token=a%20b&x&attemptId=a-1`],
  [`${HOOK}?#part`, `${HOOK}?&attemptId=a-1#part`],
  ['http://127.0.0.1:3000/h?a=1#part', 'http://127.0.0.1:3000/h?a=1&attemptId=a-1#part'],
  // Characters that a URL cannot have are encoded.
  [
    ' https:app.example.com\\h\u00f6k?a=b c ',
    'https://app.example.com/h%C3%B6k?a=b%20c&attemptId=a-1',
  ],
])('the callback URL %s names the attempt: %s', async (callbackUrl, expected) => {
  const { create, sent } = service([created])
  await create({ callbackUrl, attemptId: 'a-1' })
  expect(callbackOf(sent[0])).toBe(expected)
})

test.each([undefined, 'a&b=c#d+e%'])(
  'the callback URL and the header have the same name: %s',
  async (attemptId) => {
    const { create, sent } = service([created])
    await create({ callbackUrl: HOOK, attemptId })
    const name = new URL(callbackOf(sent[0])).searchParams.get('attemptId')
    expect(name).toMatch(/^.{10,}$/)
    expect(name).toBe(sent[0]?.headers.get('idempotency-key'))
  },
)

test.each(['', '/hook', 'app.example.com/hook', 'ftp://a.example/hook', 'javascript:alert(1)'])(
  'the callback URL %j is refused before the create is sent',
  async (callbackUrl) => {
    const { create, sent } = service([created])
    await expect(create({ callbackUrl })).rejects.toMatchObject({ kind: 'invalid-input' })
    expect(sent).toEqual([])
  },
)
