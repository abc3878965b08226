import { inspect } from 'node:util'
import { afterEach, expect, test, vi } from 'vitest'
import { createApikley, type Apikley, type ApikleyOptions } from '../src/index.ts'
import { created, envelope, json, ofProxy, text, uploaded, type Reply } from './replies.ts'
import { calls, errorOf, key, proxied, service } from './service.ts'

afterEach(() => vi.unstubAllGlobals())

const env = { APIKLEY_API_KEY: key }

const evilBase = ({ api }: Apikley): Promise<unknown> =>
  api.GET('/api/v1/chat/credit', { baseUrl: 'https://api.apikley.ru.evil.example' })

const authorization = `Bearer ${key}`
type Row = [string, string | null, Reply, (typeof calls)[string], ApikleyOptions?]
const { create = evilBase, save = evilBase, upload = evilBase } = calls
test.each<Row>([
  ['the API', authorization, created, create],
  ...['https://API.apikley.ru', 'https://api.apikley.ru:443/', 'https://api.apikley.ru\n'].map(
    (baseUrl): Row => [baseUrl, authorization, created, create, { baseUrl }],
  ),
  ['the upload server', authorization, uploaded, upload],
  ['the host of a result', null, text('bytes'), save],
  ['another base URL of a direct call', null, envelope(200, 1), evilBase],
  ['a proxy', null, ofProxy({ key: 'key-1', taskId: 'task_1' }), create, proxied],
])('the authorization for %s is %s', async (_, expected, reply, call, options) => {
  const all = service([reply], options)
  await all.clock.settle(Promise.resolve(call(all.apikley)))
  const sent = all.sent.map(({ headers }) => headers.get('authorization'))
  expect([...new Set(sent)]).toEqual([expected])
  expect(all.sent[0]?.url.href).not.toContain(key)
})

const named = Object.assign(new Error('no'), { name: `Error of ${key}` })
const badKey = json({ code: 401, msg: `Bad key: ${key}` })
test.each<[string, Reply, object]>([
  ['a message of the service', badKey, { msg: 'Bad key: [key]' }],
  ['a task id', envelope(402, { taskId: `task-${key}` }), { kind: 'unconfirmed' }],
  ['the name of an error of fetch', () => Promise.reject(named), { kind: 'unconfirmed' }],
])('an error of a create holds no key from %s', async (_, reply, expected) => {
  const error = await errorOf(service([reply]).create())
  expect(error).toMatchObject(expected)
  const printed = inspect(error, { depth: 9, showHidden: true })
  expect(printed + JSON.stringify(error)).not.toContain(key)
})

const special = 'sk/5up3r+s3cr3t="0123'
const inUrl = encodeURIComponent(special).toLowerCase()
const inJson = JSON.stringify(special).slice(1, -1)
test.each<[string, string, string]>([
  ['as it is', key, key],
  ['twice in a row', key, `${key}${key}`],
  ['in a URL', special, inUrl + encodeURIComponent(inUrl)],
  ['in JSON', special, inJson.replace('/', String.raw`\/`)],
  ['in JSON with escapes', key, key.replace('s', String.raw`\u0073`)],
])('errors, results and raw hold no key that is %s', async (_, apiKey, sent) => {
  const resultJson = JSON.stringify(`{"resultUrls":["https://files.example.com/?${sent}"]}`)
  const task = (state: string): Reply =>
    text(`{"code":200,"data":{"taskId":"task_1","model":"m","state":"${state}",
      "failMsg":"bad ${sent}","resultJson":${resultJson}}}`)
  const found = await service([task('success')], { apiKey }).wait()
  expect(found.urls[0]).toContain('https://files.example.com/?[key]')
  const error = await errorOf(service([task('fail')], { apiKey }).wait())
  expect(error).toHaveProperty('failMsg', expect.stringContaining('bad [key]'))
  expect(JSON.stringify([found, error])).not.toMatch(/3cr3t/)
})

test.each(['any', 'a', 'fifteen-letters'])('the short key %s is refused', (apiKey) => {
  expect(() => createApikley({ apiKey })).toThrow(
    expect.objectContaining({ kind: 'configuration', message: expect.stringContaining('16') }),
  )
  expect(createApikley({ apiKey, allowShortKey: true })).toHaveProperty('tasks')
})

test('a printed client holds no key', () => {
  const { apikley } = service([])
  const printed = inspect(apikley, { depth: 9, showHidden: true, getters: true })
  expect(printed).not.toContain(key)
})

function createInBrowser(options: ApikleyOptions): ReturnType<typeof createApikley> {
  vi.stubGlobal('window', globalThis)
  vi.stubGlobal('document', {})
  return createApikley(options, { env })
}

function configurationError(): object {
  const message = expect.not.stringContaining(key)
  return expect.objectContaining({ kind: 'configuration', message })
}

test('a key in a browser is refused without dangerouslyAllowBrowser', () => {
  expect(() => createInBrowser({ apiKey: key })).toThrow(configurationError())
  const { transport } = createInBrowser({ apiKey: key, dangerouslyAllowBrowser: true })
  expect(transport.baseUrl).toBe('https://api.apikley.ru')
})

test('a client in a browser without options uses the proxy of its own host', async () => {
  vi.stubGlobal('location', { origin: 'https://app.example' })
  const urls: string[] = []
  const apikley = createInBrowser({
    async fetch(url, init) {
      urls.push(String(url))
      expect(new Headers(init?.headers).get('authorization')).toBeNull()
      return Response.json({ code: 200, data: 5 })
    },
  })
  expect(await apikley.credits()).toBe(5)
  expect(urls).toEqual(['https://app.example/api/apikley/credits'])
})

test.each<[string, ApikleyOptions]>([
  ['a key with a line break', { apiKey: `${key}\n` }],
  ['an invalid base URL', { apiKey: key, baseUrl: 'api.apikley.ru' }],
  ['a base URL that is not http', { apiKey: key, baseUrl: 'file:///etc' }],
  ['a base URL with a password', { apiKey: key, baseUrl: 'https://user:word@api.apikley.ru' }],
  ['the key in place of the base URL', { apiKey: 'any-long-key-will-do', baseUrl: key }],
  ['a key beside a proxy', { apiKey: key, proxyUrl: '/api/apikley' }],
  ['a timeout of 0', { apiKey: key, requestTimeout: 0 }],
  ['retries that are not a number', { apiKey: key, maxRetries: Number.NaN }],
  ['a limit of 0', { apiKey: key, limits: { creates: { limit: 0, interval: 1000 } } }],
  ['an interval that is not a number', { apiKey: key, polling: { minInterval: Number.NaN } }],
])('a configuration with %s throws without the key in the message', (_, options) => {
  expect(() => createApikley(options, { env: {} })).toThrow(configurationError())
})

test('a proxy URL without a host is refused on a server', async () => {
  const credits = createApikley({ proxyUrl: '/api/apikley' }).credits()
  await expect(credits).rejects.toMatchObject({ kind: 'configuration' })
})
