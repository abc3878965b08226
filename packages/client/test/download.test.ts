import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ApikleyOptions } from '../src/index.ts'
import { RESULT_URL, broken, envelope, never, text, type Reply } from './replies.ts'
import { errorOf, service, type Service } from './service.ts'

const bytes = text('bytes')
const noLink = envelope(422)
const reset = Object.assign(new Error('read ECONNRESET'), { syscall: 'read' })

/** A body that begins, and then breaks with `error` or stalls. */
function startedBody(error?: Error): Reply {
  return () => {
    const chunks = [new Uint8Array(5000)]
    const pull = (stream: ReadableStreamDefaultController): void => {
      const chunk = chunks.pop()
      if (chunk) {
        stream.enqueue(chunk)
      } else if (error) {
        stream.error(error)
      }
    }
    return new Response(new ReadableStream({ pull }))
  }
}

function lockedStream(): WritableStream {
  const stream = new WritableStream()
  stream.getWriter()
  return stream
}

function redirectedTo(body: string): Reply {
  return () => {
    const response = new Response(body)
    const url = 'https://login.example/?token=1'
    return Object.defineProperties(response, { redirected: { value: true }, url: { value: url } })
  }
}

/** `files.save` of a result. Time passes until it ends. */
function save(
  { apikley, clock }: Service,
  target?: WritableStream<Uint8Array>,
  signal?: AbortSignal,
): Promise<Blob | void> {
  return clock.settle(Reflect.apply(apikley.files.save, null, [RESULT_URL, target, { signal }]))
}

test('a saved Blob has the content type of the host', async () => {
  const { apikley } = service([text('bytes', 200, { 'content-type': 'image/gif' })])
  const blob = await apikley.files.save(RESULT_URL)
  expect([blob.type, await blob.text()]).toEqual(['image/gif', 'bytes'])
})

test('save writes a result to a stream', async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const read = new Response(readable).text()
  await save(service([bytes]), writable)
  expect(await read).toBe('bytes')
})

test('save requests a download link when the URL itself does not work', async () => {
  const all = service([text('', 403), envelope(200, 'https://files.example.com/link'), bytes])
  await save(all)
  expect(all.sent.map(({ url }) => url.href)).toEqual([
    RESULT_URL,
    expect.stringContaining('/api/v1/common/download-url'),
    'https://files.example.com/link',
  ])
})

const page = '<!doctype html><title>Sign in</title>'

test.each<[string, Reply, string]>([
  ['a page', text(page, 200, { 'content-type': 'text/html' }), 'text/html'],
  ['a page as an image', text(page, 200, { 'content-type': 'image/webp' }), 'text/html'],
  ['JSON', text('{"error":"expired"}'), 'application/json'],
  ['XML', text('<?xml version="1.0"?><Error/>'), 'application/xml'],
  ['an empty body', text(''), 'an empty body'],
  ['HTTP 204', text('', 204), 'HTTP 204'],
  ['a part of the file', text('bytes', 206), 'a part of a file (HTTP 206)'],
  ['an unknown encoding', text('bytes', 200, { 'content-encoding': 'aws' }), 'the encoding aws'],
  ['a sign-in page', redirectedTo(page), 'text/html from https://login.example/, after a redirect'],
])('save refuses %s and keeps nothing', async (_, reply, what) => {
  const { writable, readable } = new TransformStream<Uint8Array, Uint8Array>()
  const read = errorOf(new Response(readable).text())
  const error = await errorOf(save(service([reply, noLink]), writable))
  const message = expect.stringContaining(`${RESULT_URL} is not the file: ${what} arrived. Nothing`)
  expect(error).toMatchObject({ kind: 'unexpected-response', charge: 'none', message })
  expect(await read).toBe(error)
})

test('save takes a result in a format that its URL names', async () => {
  const { apikley } = service([text('{"words":[]}')])
  const blob = await apikley.files.save('https://files.example.com/words.json')
  expect(blob.type).toBe('application/json')
})

test.each<[string, string, unknown, string]>([
  ['an empty URL', '', undefined, 'may have none'],
  ['a stream of Node', RESULT_URL, { writable: true }, 'Writable.toWeb'],
  ['null as a target', RESULT_URL, null, 'Writable.toWeb'],
  ['a number as a target', RESULT_URL, 5, 'Writable.toWeb'],
  ['a stream with a writer', RESULT_URL, lockedStream(), 'Release its lock'],
])('save refuses %s before a request is sent', async (_, url, target, message) => {
  const { apikley, sent } = service([bytes])
  const error = await errorOf(Reflect.apply(apikley.files.save, undefined, [url, target]))
  expect(error).toMatchObject({ kind: 'invalid-input', message: expect.stringContaining(message) })
  expect(sent).toHaveLength(0)
})

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apikley-save-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('two downloads to one file do not mix', async () => {
  const { apikley } = service([bytes])
  const file = join(folder, 'wide.webp')
  await Promise.all([1, 2].map(() => apikley.files.save(RESULT_URL, file)))
  expect(await readFile(file, 'utf8')).toBe('bytes')
  expect(await readdir(folder)).toEqual(['wide.webp'])
})

test.each([
  ['wide.png', 'wide.png'],
  ['wide', 'wide.webp'],
  ['v1.5', 'v1.5.webp'],
  ['', '1.webp'],
  ['sub/', 'sub/1.webp'],
])('a download to %j is in %j', async (target, file) => {
  const { apikley } = service([text('bytes', 200, { 'content-type': 'image/webp' })])
  await mkdir(join(folder, 'sub'))
  const path = await apikley.files.save(RESULT_URL, `${folder}/${target}`)
  expect([path, await readFile(path, 'utf8')]).toEqual([join(folder, file), 'bytes'])
})

test.each([
  ['is truncated', text('byt', 200, { 'content-length': '5' }), '3 of 5 bytes arrived'],
  ['breaks off', startedBody(reset), 'ECONNRESET'],
])('a download that %s leaves no file', async (_, reply, reason) => {
  const { apikley } = service([reply], { maxRetries: 0 })
  const message = expect.stringContaining(reason)
  const saved = apikley.files.save(RESULT_URL, join(folder, 'wide.webp'))
  await expect(saved).rejects.toMatchObject({ kind: 'connection', message })
  expect(await readdir(folder)).toEqual([])
})

test('a partial file never has the final name, and an abort removes it', async () => {
  const { apikley } = service([startedBody()])
  const controller = new AbortController()
  const { signal } = controller
  const saved = errorOf(apikley.files.save(RESULT_URL, join(folder, 'wide.webp'), { signal }))
  let partial: string[] = []
  while (partial.length === 0) {
    partial = await readdir(folder)
  }
  expect(partial).not.toContain('wide.webp')
  const cause = new Error('enough')
  controller.abort(cause)
  expect(await saved).toMatchObject({ kind: 'aborted', cause, charge: 'none' })
  expect(await readdir(folder)).toEqual([])
})

test('a missing folder is a configuration error', async () => {
  const { apikley } = service([bytes])
  const saved = apikley.files.save(RESULT_URL, join(folder, 'none', 'wide.webp'))
  const message = expect.stringMatching(/none.*Check its folder/)
  await expect(saved).rejects.toMatchObject({ kind: 'configuration', message })
})

test.each<[string, Reply[]]>([
  ['a busy host', [text('', 503), noLink, text('', 503), noLink, bytes]],
  ['bodies that broke off', [startedBody(reset), startedBody(reset), bytes]],
  ['a timeout and a failed link', [never, noLink, bytes]],
])('a download is retried after %s', async (_, replies) => {
  const all = service(replies)
  expect(await (await save(all))?.text()).toBe('bytes')
  expect(all.clock.pending).toBe(0)
})

test('a download is retried after the time in Retry-After, at most maxRetries times', async () => {
  const all = service([text('', 429, { 'retry-after': '7' }), noLink, text('', 429), noLink], {
    maxRetries: 1,
  })
  const started = all.clock.now()
  await expect(save(all)).rejects.toMatchObject({ kind: 'rate-limited', status: 429 })
  expect(all.clock.now() - started).toBeGreaterThanOrEqual(7000)
  expect(all.sent).toHaveLength(4)
})

const reply429 = text('', 429, { 'retry-after': '31' })
const lost = { kind: 'connection' }
const stalled = { ...lost, message: expect.stringContaining('no bytes within 30000 ms') }
const notFound = (status: number): [string, Reply[], ApikleyOptions, object, number] => {
  const message = expect.stringContaining(`cannot be downloaded: HTTP ${status}. Results expire`)
  return [`HTTP ${status}`, [text('', status), noLink], {}, { kind: 'not-found', message }, 2]
}
const longPause = { kind: 'rate-limited', retryAfter: 31_000 }
test.each<[string, Reply[], ApikleyOptions, object, number]>([
  ['a pause of 31 s', [reply429, noLink, bytes], { maxRetryAfter: 30_000 }, longPause, 2],
  // The download, and the request for its link three times.
  ['a link that fails', [broken('ECONNRESET')], { maxRetries: 2 }, lost, 4],
  ['a body that breaks off', [startedBody(reset)], { maxRetries: 2 }, lost, 3],
  ['a stalled body', [startedBody()], { maxRetries: 0 }, stalled, 1],
  ['HTTP 401', [text('', 401), noLink], {}, { kind: 'rejected', status: 401 }, 2],
  ['HTTP 408', [text('', 408), noLink], { maxRetries: 0 }, { kind: 'server', status: 408 }, 2],
  ...[403, 404, 410].map(notFound),
])('a download fails after %s', async (_, replies, options, error, requests) => {
  const all = service(replies, options)
  await expect(save(all)).rejects.toMatchObject(error)
  expect(all.sent).toHaveLength(requests)
  expect(all.clock.pending).toBe(0)
})

test('a download is not retried into a stream that already has bytes', async () => {
  const all = service([startedBody(reset), bytes])
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const read = errorOf(new Response(readable).text())
  const error = await errorOf(save(all, writable))
  expect(error).toMatchObject({ kind: 'connection' })
  expect(await read).toBe(reset)
  expect(all.sent).toHaveLength(1)
})

test.each([
  ['its last retry', 0, { kind: 'server' }],
  ['an abort between two attempts', 5, { kind: 'aborted', cause: { message: 'enough' } }],
])('a download that ends with %s aborts its target stream', async (_, maxRetries, expected) => {
  const all = service([text('', 503), noLink, text('', 503), noLink], { maxRetries })
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const controller = new AbortController()
  all.clock.after(100, () => controller.abort(new Error('enough')))
  const read = errorOf(new Response(readable).text())
  const error = await errorOf(save(all, writable, controller.signal))
  expect(error).toMatchObject(expected)
  expect(await read).toBe(error)
})
