import { inspect } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ApikleyError, createApikley, type ApikleyOptions } from '../src/index.ts'
import { created, input, json, key, record, service, uploaded } from './service.ts'

afterEach(() => vi.unstubAllGlobals())

function inBrowser(options: ApikleyOptions): ReturnType<typeof createApikley> {
  vi.stubGlobal('window', globalThis)
  vi.stubGlobal('document', {})
  return createApikley(options, { env: { APIKLEY_API_KEY: key } })
}

describe("the key goes to the client's own servers only", () => {
  test('the API and the upload server get the key', async () => {
    const { apikley, sent } = service([created, uploaded])
    await apikley.tasks.create('ideogram/v3-reframe', input)
    await apikley.files.upload(new Blob(['x']))
    expect(sent.map(({ url, headers }) => [url.href, headers.get('authorization')])).toEqual([
      ['https://api.apikley.ru/api/v1/jobs/createTask', `Bearer ${key}`],
      ['https://api.apikley.ru/file-upload/api/file-stream-upload', `Bearer ${key}`],
    ])
  })

  test('the host of a saved result does not get the key', async () => {
    const { apikley, sent } = service([() => new Response('bytes')])
    expect(await (await apikley.files.save('https://elsewhere.example/1.webp')).text()).toBe(
      'bytes',
    )
    expect(sent[0]?.headers.get('authorization')).toBeNull()
  })

  test('another base URL of a direct call does not get the key', async () => {
    const { apikley, sent } = service([json({ code: 200, data: 1 })])
    await apikley.api.GET('/api/v1/chat/credit', { baseUrl: 'https://api.apikley.ru.evil.example' })
    expect(sent[0]?.headers.get('authorization')).toBeNull()
  })

  test('a proxy does not get the key', async () => {
    const { apikley, sent } = service([created], {
      apiKey: undefined,
      proxyUrl: 'https://app.example/api/apikley',
    })
    await apikley.tasks.create('ideogram/v3-reframe', input)
    expect(sent[0]?.url.href).toBe('https://app.example/api/apikley/api/v1/jobs/createTask')
    expect(sent[0]?.headers.get('authorization')).toBeNull()
  })
})

test('no error, log or printed client holds the key, even when the service repeats it', async () => {
  const { apikley } = service([json({ code: 401, msg: `Bad key: ${key}` })])
  const error: unknown = await apikley.tasks
    .create('ideogram/v3-reframe', input)
    .catch((reason: unknown) => reason)
  if (!ApikleyError.is(error)) {
    throw new Error('no ApikleyError')
  }
  expect(error.msg).toBe('Bad key: [key]')
  for (const text of [
    inspect(error, { depth: 9, showHidden: true }),
    JSON.stringify(error),
    error.stack,
    inspect(apikley, { depth: 9, showHidden: true, getters: true }),
  ]) {
    expect(text).not.toContain(key)
  }
})

test('no error holds the key from a task id or from the name of an error of fetch', async () => {
  const named = Object.assign(new Error('words'), { name: `Error of ${key}` })
  for (const reply of [
    json({ code: 402, data: { taskId: `task-${key}` } }),
    () => Promise.reject(named),
  ]) {
    const error: unknown = await service([reply])
      .apikley.tasks.create('ideogram/v3-reframe', input)
      .catch((reason: unknown) => reason)
    expect(ApikleyError.is(error)).toBe(true)
    expect(inspect(error, { depth: 9 })).not.toContain(key)
  }
})

test('no error holds the key as it is encoded in a URL', async () => {
  const apiKey = 'sk/5up3r+s3cr3t='
  const { apikley } = service(
    [json({ code: 401, msg: `Bad key in ?key=${encodeURIComponent(apiKey)}` })],
    { apiKey },
  )
  await expect(apikley.tasks.create('ideogram/v3-reframe', input)).rejects.toMatchObject({
    msg: 'Bad key in ?key=[key]',
  })
})

test('no error holds the key from the reason of a failed task', async () => {
  const { apikley } = service([record('fail', { failMsg: `Bad key: ${key}`, failCode: key })])
  const error: unknown = await apikley.tasks.wait('task_1').catch((reason: unknown) => reason)
  if (!ApikleyError.is(error)) {
    throw new Error('no ApikleyError')
  }
  expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)).not.toContain(key)
  expect(error.failMsg).toBe('Bad key: [key]')
})

describe('the key is sent for every spelling of the base URL', () => {
  test.each(['https://API.apikley.ru', 'https://api.apikley.ru:443/', 'https://api.apikley.ru\n'])(
    '%j',
    async (baseUrl) => {
      const { apikley, sent } = service([created], { baseUrl })
      await apikley.tasks.create('ideogram/v3-reframe', input)
      expect(sent[0]?.headers.get('authorization')).toBe(`Bearer ${key}`)
    },
  )
})

describe('a key in a browser', () => {
  test('a key in a browser is refused', () => {
    expect(() => inBrowser({ apiKey: key })).toThrow(
      expect.objectContaining({ kind: 'configuration', message: expect.not.stringContaining(key) }),
    )
  })

  test('a key in a browser is accepted with dangerouslyAllowBrowser', () => {
    expect(inBrowser({ apiKey: key, dangerouslyAllowBrowser: true }).transport.baseUrl).toBe(
      'https://api.apikley.ru',
    )
  })

  test('a client in a browser without options uses the proxy of its own host', async () => {
    vi.stubGlobal('location', { origin: 'https://app.example' })
    const urls: string[] = []
    const apikley = inBrowser({
      fetch: async (url, init) => {
        urls.push(String(url))
        expect(new Headers(init?.headers).get('authorization')).toBeNull()
        return Response.json({ code: 200, data: 5 })
      },
    })
    expect(await apikley.credits()).toBe(5)
    expect(urls).toEqual(['https://app.example/api/apikley/api/v1/chat/credit'])
  })
})

describe('a wrong configuration throws at once, without the key in the message', () => {
  test.each<[string, ApikleyOptions]>([
    ['no key', {}],
    ['a key with a line break', { apiKey: `${key}\n` }],
    ['an invalid base URL', { apiKey: key, baseUrl: 'api.apikley.ru' }],
    ['a base URL that is not http', { apiKey: key, baseUrl: 'file:///etc' }],
    ['a key beside a proxy', { apiKey: key, proxyUrl: '/api/apikley' }],
    ['a timeout of 0', { apiKey: key, requestTimeout: 0 }],
    ['retries that are not a number', { apiKey: key, maxRetries: Number.NaN }],
    ['a limit of 0', { apiKey: key, limits: { creates: { limit: 0, interval: 1000 } } }],
    ['an interval that is not a number', { apiKey: key, polling: { minInterval: Number.NaN } }],
    ['the key in place of the base URL', { apiKey: 'another', baseUrl: key }],
    ['a base URL with a password', { apiKey: key, baseUrl: 'https://user:word@api.apikley.ru' }],
  ])('%s', (_, options) => {
    expect(() => createApikley(options, { env: {} })).toThrow(
      expect.objectContaining({ kind: 'configuration', message: expect.not.stringContaining(key) }),
    )
  })

  test('a proxy URL without a host is refused on a server', async () => {
    await expect(createApikley({ proxyUrl: '/api/apikley' }).credits()).rejects.toMatchObject({
      kind: 'configuration',
    })
  })
})
