import { expect, test } from 'vitest'
import { createApikley, type Apikley } from '../src/index.ts'
import { MODEL, created, succeeded } from './replies.ts'
import { errorOf, input, key, service } from './service.ts'

test.each<[string, (apikley: Apikley) => Promise<unknown>]>([
  ['run', ({ run }) => run(MODEL, input)],
  ['wait', ({ tasks }) => tasks.wait('task_1')],
  ['get', ({ tasks }) => tasks.get('task_1')],
  ['credits', ({ credits }) => credits()],
])('a client without a key is made, and %s says that the key is missing', async (_, call) => {
  const { clock, sent } = service([])
  for (const apiKey of [undefined, '']) {
    const error = errorOf(call(createApikley({ apiKey }, { clock, env: {} })))
    const message = expect.stringContaining('APIKLEY_API_KEY')
    expect(await clock.settle(error)).toMatchObject({
      kind: 'configuration',
      charge: 'none',
      message,
    })
  }
  expect(sent).toHaveLength(0)
})

test('a key that is set after the client was made is used', async () => {
  const env: Record<string, string> = {}
  const headers: unknown[] = []
  const fetch = async (_: unknown, init: RequestInit = {}): Promise<Response> => {
    headers.push(new Headers(init.headers).get('authorization'))
    return Response.json({ code: 200, msg: '', data: 5 })
  }
  const apikley = createApikley({ fetch }, { env })
  env.APIKLEY_API_KEY = key
  expect(await apikley.credits()).toBe(5)
  expect(headers).toEqual([`Bearer ${key}`])
})

test.each([
  ['http://127.0.0.1:4011', undefined, 'http://127.0.0.1:4011'],
  ['http://127.0.0.1:4011', 'http://127.0.0.1:5000', 'http://127.0.0.1:5000'],
  ['', undefined, 'https://api.apikley.ru'],
])('with APIKLEY_BASE_URL "%s" and the option %s, requests go to %s', async (...row) => {
  const [APIKLEY_BASE_URL, baseUrl, expected] = row
  const urls: string[] = []
  const fetch = async (url: unknown): Promise<Response> => {
    urls.push(new URL(String(url)).origin)
    return Response.json({ code: 200, msg: '', data: 5 })
  }
  await createApikley({ apiKey: key, baseUrl, fetch }, { env: { APIKLEY_BASE_URL } }).credits()
  expect(urls).toEqual([expected])
})

test.each([0, 100, 5000])('the first poll is %i ms after the create', async (firstDelay) => {
  const { run, clock } = service([created, succeeded], { polling: { firstDelay } })
  const started = clock.now()
  await run()
  expect(clock.now() - started).toBe(firstDelay)
})
