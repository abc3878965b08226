import { expect, test } from 'vitest'
import { created, type Sent } from './replies.ts'
import { ownKey, service } from './service.ts'

const HOOK = 'https://app.example.com/hook'

function callbackOf(request: Sent | undefined): string {
  return JSON.parse(request?.body ?? '').callBackUrl
}

test.each([
  [HOOK, `${HOOK}?idempotencyKey=a-1`],
  ['https://app.example.com', 'https://app.example.com?idempotencyKey=a-1'],
  ['https://app.example.com#part?', 'https://app.example.com?idempotencyKey=a-1#part?'],
  [
    "https://App.example.com/a/../hook?sig=a'b|c&",
    "https://App.example.com/a/../hook?sig=a'b|c&&idempotencyKey=a-1",
  ],
  [`${HOOK}?token=a%20b&x`, `${HOOK}?token=a%20b&x&idempotencyKey=a-1`],
  [`${HOOK}?#part`, `${HOOK}?&idempotencyKey=a-1#part`],
  ['http://127.0.0.1:3000/h?a=1#part', 'http://127.0.0.1:3000/h?a=1&idempotencyKey=a-1#part'],
  // Characters that a URL cannot have are encoded.
  [
    ' https:app.example.com\\h\u00f6k?a=b c ',
    'https://app.example.com/h%C3%B6k?a=b%20c&idempotencyKey=a-1',
  ],
])('the callback URL %s names the create: %s', async (callbackUrl, expected) => {
  const all = service([created])
  const { create, sent } = all
  await create({ callbackUrl, ...(await ownKey(all, 'a-1')) })
  expect(callbackOf(sent[0])).toBe(expected)
})

test.each([undefined, 'a&b=c#d+e%'])(
  'the callback URL and the header have the same name: %s',
  async (idempotencyKey) => {
    const all = service([created])
    const { create, sent } = all
    const own = idempotencyKey === undefined ? {} : await ownKey(all, idempotencyKey)
    await create({ callbackUrl: HOOK, ...own })
    const name = new URL(callbackOf(sent[0])).searchParams.get('idempotencyKey')
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
