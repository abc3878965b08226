import { expect, test } from 'vitest'
import { createApikley } from '../src/index.ts'
import { created, succeeded } from './replies.ts'
import { calls, errorOf, key, mistake, service } from './service.ts'

test.each(['run', 'wait', 'get', 'credits'])(
  'a client without a key is made, and %s says that the key is missing',
  async (name) => {
    const { clock } = service([])
    const message = expect.stringContaining('APIKLEY_API_KEY')
    for (const apiKey of [undefined, '']) {
      const call = calls[name]?.(createApikley({ apiKey, fetch: mistake }, { clock, env: {} }))
      const error = await clock.settle(errorOf(Promise.resolve(call)))
      expect(error).toMatchObject({ kind: 'configuration', charge: 'none', message })
    }
  },
)

/** Answers with a balance, and keeps the requests. */
function recordRequests(): { readonly fetch: typeof fetch; readonly sent: Request[] } {
  const sent: Request[] = []
  const answer: typeof fetch = async (url, init) => {
    sent.push(new Request(url, init))
    return Response.json({ code: 200, msg: '', data: 5 })
  }
  return { fetch: answer, sent }
}

test('a key that is set after the client was made is used', async () => {
  const env: Record<string, string> = {}
  const { fetch, sent } = recordRequests()
  const apikley = createApikley({ fetch }, { env })
  env.APIKLEY_API_KEY = key
  expect(await apikley.credits()).toBe(5)
  expect(sent[0]?.headers.get('authorization')).toBe(`Bearer ${key}`)
})

test.each([
  ['http://127.0.0.1:4011', undefined, 'http://127.0.0.1:4011'],
  ['http://127.0.0.1:4011', 'http://127.0.0.1:5000', 'http://127.0.0.1:5000'],
  ['', undefined, 'https://api.apikley.ru'],
])('with APIKLEY_BASE_URL "%s" and the option %s, requests go to %s', async (...row) => {
  const [APIKLEY_BASE_URL, baseUrl, expected] = row
  const { fetch, sent } = recordRequests()
  await createApikley({ apiKey: key, baseUrl, fetch }, { env: { APIKLEY_BASE_URL } }).credits()
  expect(sent.map(({ url }) => new URL(url).origin)).toEqual([expected])
})

test.each([0, 100, 5000])('the first poll is %i ms after the create', async (firstDelay) => {
  const { run, clock } = service([created, succeeded], { polling: { firstDelay } })
  const started = clock.now()
  await run()
  expect(clock.now() - started).toBe(firstDelay)
})
