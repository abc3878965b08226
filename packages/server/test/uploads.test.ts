import { createApikley } from '@apikley/client'
import { createSimulator, type Simulator } from '@apikley/simulator'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createProxyHandler } from '../src/index.ts'
import { listenWith, type Listening } from 'test-kit/listen'
import { send, upload } from './requests.ts'
import { post, secret, world } from 'test-kit/world'

const maxBytes = 1_000_000

describe('over real connections, which stream bodies', () => {
  let simulator: Simulator
  let proxy: Listening
  const lengths: (string | null)[] = []
  beforeAll(async () => {
    simulator = createSimulator()
    const handler = createProxyHandler({
      apiKey: 'any-long-key-will-do',
      secret,
      models: ['ideogram/v3-reframe'],
      authorize: () => 'ann',
      hosts: ['localhost', '127.0.0.1'],
      uploads: { maxBytes },
      fetch: async (url, init) => {
        lengths.push(new Headers(init?.headers).get('content-length'))
        return simulator.fetch(url, init)
      },
    })
    proxy = await listenWith(handler.fetch)
  })
  afterAll(() => proxy.stop())

  test('A file of the largest size reaches the service with its length.', async () => {
    const file = new Blob([new Uint8Array(maxBytes)], { type: 'image/png' })
    const uploaded = await createApikley({ proxyUrl: proxy.url }).files.upload(file)
    expect(uploaded).toMatchObject({ size: maxBytes })
    expect(Number(lengths.at(-1))).toBeGreaterThan(maxBytes)
  })

  test('A larger file without a length is refused while it streams.', async () => {
    const chunks = Array.from({ length: 100 }, () => new Uint8Array(100_000))
    const body = new Blob(chunks).stream()
    const headers = { 'content-type': 'image/png' }
    const init = { method: 'POST', body, headers, ...{ duplex: 'half' } }
    const response = await fetch(`${proxy.url}/files`, init)
    expect(await response.json()).toMatchObject({
      code: 413,
      error: { kind: 'rejected', message: 'The body is larger than 1000000 bytes.' },
    })
  })
})

describe('on workerd, a stream that breaks ends as if it were complete', () => {
  /** A service that accepts every file, on a platform that hides the error of the stream. */
  const accepting: typeof fetch = async (_url, init) => {
    if (!(init?.body instanceof ReadableStream)) {
      throw new TypeError('no stream')
    }
    const reader = init.body.getReader()
    try {
      while (!(await reader.read()).done) {}
    } catch {
      // The error is hidden.
    }
    const file = { fileName: 'a', filePath: 'a', downloadUrl: 'https://a.example/a', fileSize: 1 }
    const data = { ...file, mimeType: 'image/png', uploadedAt: '' }
    return Response.json({ success: true, code: 200, msg: 'success', data })
  }

  const broken = new ReadableStream({ start: (stream) => stream.error(new Error('gone')) })
  test.each([
    ['is too large', 413, new Blob([new Uint8Array(200)]).stream()],
    ['breaks off', 400, broken],
    ['is complete', 200, new Blob([new Uint8Array(90)]).stream()],
  ])('A file that %s gets %i.', async (_, status, body) => {
    const all = world({ fetch: accepting, uploads: { maxBytes: 100 } })
    expect((await send(all, upload(body))).status).toBe(status)
  })

  test('Truncated JSON gets 400, and does not count as read by a body parser.', async () => {
    const all = world()
    const url = 'https://files.example.com/1.webp'
    const sent = post('/files/link', { url }, { 'content-length': '45' })
    const ended = () => new ReadableStream({ start: (stream) => stream.close() })
    Object.defineProperty(sent, 'body', { value: { pipeThrough: ended } })
    expect((await send(all, sent)).body).toMatchObject({
      code: 400,
      msg: expect.stringContaining('incomplete'),
    })
    expect(all.simulator.journal.requests).toEqual([])
  })
})

test.each([
  ['text/html', undefined, 415],
  ['image/', undefined, 415],
  ['', undefined, 415],
  ['multipart/form-data; boundary=x', undefined, 415],
  ['image/png', undefined, 200],
  ['IMAGE/PNG; charset=x', undefined, 200],
  ['video/mp4', undefined, 200],
  ['image/webp', ['image/webp'], 200],
  ['image/png', ['image/webp'], 415],
])('A file of type %j with the allowed types %j gets %i.', async (type, types, status) => {
  const sent = upload('bytes', { 'content-type': type })
  expect((await send(world({ uploads: { types } }), sent)).status).toBe(status)
})

test.each([
  ['A PDF', '%PDF-1.7', 415, /is application\/pdf; accepted: image/],
  ['A page', '<!doctype html><script>', 415, /is text\/html/],
  ['An empty file', '', 422, /empty/],
])('%s that claims to be a PNG is refused.', async (_, body, status, message) => {
  const all = world()
  const received = await send(all, upload(body))
  const error = { message: expect.stringMatching(message) }
  expect(received).toMatchObject({ status, body: { error } })
  expect(all.simulator.journal.requests).toEqual([])
})

test('A HEIC file without a type reaches the service with its type.', async () => {
  const heic = '\0\0\0\x18ftypheic\0\0\0\0mif1heic'
  const received = await send(world(), upload(heic, { 'content-type': '' }))
  expect(received.body).toMatchObject({ code: 200, data: { mimeType: 'image/heic' } })
})

test('A refusal by the length leaves the body untouched.', async () => {
  const body = vi.fn<() => null>(() => null)
  const sent = upload('bytes', { 'content-length': '5' })
  Object.defineProperty(sent, 'body', { get: body })
  expect((await send(world({ uploads: { maxBytes: 4 } }), sent)).status).toBe(413)
  expect(body).not.toHaveBeenCalled()
})

test('A page sees nothing about the account in the response to an upload.', async () => {
  const file = { fileName: 'x', downloadUrl: 'https://files.example/x', fileSize: 5 }
  const shown = { ...file, mimeType: 'image/png', uploadedAt: '2026-01-01' }
  const hidden = { filePath: 'account-7/uploads/x', accountId: 7, remainedCredits: 77 }
  const response = { success: true, code: 200, msg: 'success', data: { ...shown, ...hidden } }
  const all = world({ uploads: { fromUrl: true }, fetch: async () => Response.json(response) })
  const fromUrl = post('/files/from-url', { fileUrl: 'https://files.example.com/a.png' })
  for (const sent of [upload(), fromUrl]) {
    const { body } = await send(all, sent)
    expect(body).toEqual({ code: 200, msg: 'success', data: { ...shown, filePath: 'x' } })
  }
})

test.each([
  '../../etc/passwd',
  'a"\r\ncontent-type: text/html\r\n\r\n',
  'C:\\a.png',
  '',
  '.',
  'é'.repeat(300),
  'cat.png',
])('The name %j becomes a safe and unique name in the directory of the server.', async (name) => {
  const all = world()
  const query = `?fileName=${encodeURIComponent(name)}&'/files'=elsewhere`
  const names: string[] = []
  for (const _ of [1, 2]) {
    const { text } = await send(all, upload('bytes', {}, query))
    const { data }: { data: Record<'fileName' | 'filePath' | 'downloadUrl', string> } =
      JSON.parse(text)
    expect(data.fileName).toMatch(/^[0-9a-f-]{36}-[\w.-]{0,80}$/)
    expect(data.filePath).toBe(data.fileName)
    expect(data.downloadUrl).toContain(`/uploads/${data.fileName}`)
    names.push(data.fileName)
  }
  expect(names[0]).not.toBe(names[1])
})

test('The proxy reports a failed upload, and the page retries it.', async () => {
  const faults = [{ operation: 'upload-file-stream', fault: 'html', times: 2 } as const]
  const all = world({}, { faults })
  const { status, body } = await send(all, upload())
  expect(status).toBe(502)
  expect(body).toMatchObject({ error: { kind: 'server', status: 502 } })
  expect(all.simulator.journal.requests).toHaveLength(1)
  const file = new Blob(['bytes'], { type: 'image/png' })
  await all.clock.settle(all.page.files.upload(file))
  expect(all.simulator.journal.requests).toHaveLength(3)
})

test('A file without a length has the time that the largest file needs.', async () => {
  const faults = [{ operation: 'upload-file-stream', fault: 'delay', ms: 300_000 } as const]
  expect((await send(world({}, { faults }), upload())).status).toBe(200)
})

test('A small file gets little time in addition to the deadline.', async () => {
  const all = world({}, { faults: [{ operation: 'upload-file-stream', fault: 'hang' }] })
  const started = all.clock.now()
  expect((await send(all, upload('bytes', { 'content-length': '5' }))).status).toBe(502)
  expect(all.clock.now() - started).toBeLessThan(26_000)
})

test('A page that disconnects aborts its upload.', async () => {
  const faults = [{ operation: 'upload-file-stream', fault: 'delay', ms: 10_000 } as const]
  const { clock, proxy, simulator } = world({}, { faults })
  const page = new AbortController()
  const response = proxy.fetch(new Request(upload(), { signal: page.signal }))
  await clock.advance(1000)
  page.abort()
  expect((await clock.settle(response)).status).toBe(499)
  expect(simulator.journal.requests).toHaveLength(1)
})
