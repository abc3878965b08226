import { Readable } from 'node:stream'
import { runInNewContext } from 'node:vm'
import { expect, test, vi } from 'vitest'
import type { UploadData, UploadProgress } from '../src/index.ts'
import { idle } from 'test-kit/clock'
import { text, uploaded } from './replies.ts'
import { errorOf, eventsOf, mistake, service } from './service.ts'

const bytes = new TextEncoder().encode('bytes')

function sharedBytes(): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(9)).subarray(2, 7)
  shared.set(bytes)
  return shared
}

async function* chunksOfBytes(): AsyncGenerator<Uint8Array | string> {
  yield 'by'
  yield bytes.subarray(2)
}

test('an upload sends the bytes as multipart under a unique name', async () => {
  const { apikley, sent } = service([uploaded])
  const original = new File(['bytes'], '../my cat.png', { type: 'image/png' })
  const file = await apikley.files.upload(original)
  expect(sent[0]?.headers.get('content-type')).toMatch(/^multipart\/form-data; boundary=/)
  expect(sent[0]?.url.search).toBe('')
  expect(sent[0]?.body).toContain('bytes')
  expect(sent[0]?.body).toMatch(/name="uploadPath"\r\n\r\nuploads\r\n/)
  expect(file.fileName).toMatch(/^[0-9a-f]{16}-my-cat\.png$/)
  expect(file).toEqual({
    url: `https://files.example.com/uploads/${file.fileName}`,
    fileName: file.fileName,
    size: 5,
    mimeType: 'image/png',
    expiresAt: Date.parse('2026-01-08T12:00:00.000Z'),
  })
})

const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1')
const matroska = Buffer.from('\x1aE\xdf\xa3\x8bB\x82\x88matroska', 'latin1')

test.each<[string, UploadData, string, string]>([
  ['HEIC without a type', heic, '.heic', 'image/heic'],
  ['Matroska without a type', matroska, '.mkv', 'video/x-matroska'],
  ['a recording', new Blob(['x'], { type: 'audio/webm;codecs=opus' }), '.webm', 'audio/webm'],
  ['QuickTime', new Blob(['x'], { type: 'video/quicktime' }), '.mov', 'video/quicktime'],
  ['a name', new File(['x'], 'song.MP3'), '.MP3', 'audio/mpeg'],
  ['an empty name', new File(['x'], '', { type: 'image/png' }), '.png', 'image/png'],
  ['bytes', new TextEncoder().encode('%PDF-1.7'), '.pdf', 'application/pdf'],
  ['a PDF as a PNG', new Blob(['%PDF'], { type: 'image/png' }), '.pdf', 'application/pdf'],
  ['a data: URL', 'data:image/webp;base64,Ynl0ZXM=', '.webp', 'image/webp'],
  ['a name that is not ASCII', new File(['x'], 'Фото.png'), 'file.png', 'image/png'],
])('%s is sent with its type and extension', async (_, data, end, type) => {
  const { apikley, sent } = service([uploaded])
  expect((await apikley.files.upload(data)).fileName).toMatch(new RegExp(`^[0-9a-f]{16}-.*${end}$`))
  expect(sent[0]?.body.toLowerCase()).toContain(`content-type: ${type}\r\n`)
  // Without a name, the platform sends a text, and servers skip the file.
  expect(sent[0]?.body).toMatch(/; filename="[^"]+"\r\n/)
})

test('the client does not read a Blob: the platform gets it in a form', async () => {
  const bodies: unknown[] = []
  vi.stubGlobal('fetch', async (_: string, { body }: RequestInit) => {
    bodies.push(body)
    return Response.json({ code: 200, data: { downloadUrl: 'https://files.example.com/a.png' } })
  })
  const { apikley } = service([], { fetch: undefined, maxRetries: 0 })
  const file = new File(['bytes'], 'a.png')
  file.arrayBuffer = () => Promise.reject(new Error('read'))
  await apikley.files.upload(file).catch(() => {})
  vi.unstubAllGlobals()
  expect(bodies).toEqual([expect.any(FormData)])
})

test('a form has the name and directory, and is bytes for a fetch that may not know its classes', async () => {
  const { apikley, sent } = service([uploaded])
  const original = new File(['bytes'], 'a.png', { type: 'image/png' })
  await apikley.files.upload(original, { fileName: 'b "c".png', directory: 'cats/small' })
  const { init, headers, body = '' } = sent[0] ?? {}
  expect(init?.body).toBeInstanceOf(Uint8Array)
  const type = headers?.get('content-type') ?? ''
  const form = await new Response(body, { headers: { 'content-type': type } }).formData()
  const file = form.get('file')
  expect(file instanceof File && [file.type, await file.text()]).toEqual(['image/png', 'bytes'])
  expect([form.get('fileName'), form.get('uploadPath')]).toEqual(['b "c".png', 'cats/small'])
})

test.each<[string, () => UploadData]>([
  ['an ArrayBuffer', () => bytes.buffer],
  ['another realm', () => runInNewContext('Uint8Array.of(98,121,116,101,115).buffer')],
  ['a part of a buffer', () => new Uint8Array(new TextEncoder().encode('--bytes--').buffer, 2, 5)],
  ['a DataView', () => new DataView(bytes.buffer)],
  ['shared memory', sharedBytes],
  ['a Buffer of Node', () => Buffer.from('bytes')],
  ['a Blob', () => new Blob(['bytes'])],
  ['a stream', () => new Blob(['bytes']).stream()],
  ['a Response', () => new Response('bytes')],
  ['an async iterable', chunksOfBytes],
  ['a data: URL', () => 'data:image/png;base64,Ynl0ZXM='],
  ['an escaped data: URL', () => 'data:;base64,Ynl0ZXM%3D'],
  ['a data: URL of text', () => 'data:text/plain;charset=utf-8,%62ytes'],
])('%s is uploaded, and is resent after a failure', async (_, data) => {
  const { apikley, clock, sent } = service([text('', 502), uploaded])
  await clock.settle(apikley.files.upload(data()))
  const content = /filename="[^"]*"\r\n[^\n]*\r\n\r\n(.*)\r\n/
  expect(sent.map(({ body }) => content.exec(body)?.[1])).toEqual(['bytes', 'bytes'])
})

const usedResponse = new Response('abc')
await usedResponse.text()

const brokenStream = new ReadableStream({
  start: (stream) => stream.error(new Error('the disk is broken')),
})

test.each<[string, unknown, string]>([
  ['invalid base64', 'data:image/png;base64,####', 'Nothing was sent'],
  ['an invalid data: URL', 'data:nothing', 'Nothing was sent'],
  ['a broken stream', brokenStream, 'Nothing was sent'],
  ['a URL', new URL('https://files.example.com/a.png'), 'openAsBlob'],
  ['a refused Response', new Response('abc', { status: 404 }), 'response.ok'],
  ['a used Response', usedResponse, 'unusable'],
  ['an empty file', new File([], 'a.png'), 'empty'],
  ['a stream of text', Readable.from(['a']).setEncoding('utf8'), 'without an encoding'],
  ['a path', './cat.png', 'openAsBlob'],
  ['an object', { a: 1 }, 'openAsBlob'],
  ['an array', [1, 2, 3], 'openAsBlob'],
  ['undefined', undefined, 'openAsBlob'],
])('an upload of %s is refused before a request is sent', async (_, data, message) => {
  const { apikley, sent } = service([uploaded])
  const error = await errorOf(Reflect.apply(apikley.files.upload, undefined, [data]))
  expect(error).toMatchObject({ kind: 'invalid-input', message: expect.stringContaining(message) })
  expect(sent).toHaveLength(0)
})

test('an abort cancels the stream that an upload reads', async () => {
  const { apikley, sent } = service([uploaded])
  const controller = new AbortController()
  const reason = new Error('enough')
  let cancelled: unknown
  const cancel = (why: unknown): void => {
    cancelled = why
  }
  const stream = new ReadableStream<Uint8Array>({ cancel })
  const upload = apikley.files.upload(stream, { signal: controller.signal })
  await idle()
  controller.abort(reason)
  await expect(upload).rejects.toMatchObject({ kind: 'aborted', cause: reason })
  expect(cancelled).toBe(reason)
  expect(sent).toHaveLength(0)
})

test('progress goes from 0 to the total, again for a retry, and its errors are ignored', async () => {
  const { apikley, clock, events } = service([text('', 502), uploaded])
  const loaded: number[] = []
  const onProgress = (progress: UploadProgress): void => {
    loaded.push(progress.loaded)
    mistake()
  }
  const upload = apikley.files.upload(new Blob(['bytes']), { fileName: 'a.png', onProgress })
  expect(await clock.settle(upload)).toMatchObject({ size: 5 })
  expect(loaded).toEqual([0, 5, 0, 5])
  expect(eventsOf(events, 'upload')).toEqual(
    loaded.map((bytes) => ({ type: 'upload', fileName: 'a.png', loaded: bytes, total: 5 })),
  )
})

test('uploadFromUrl sends the URL of the file', async () => {
  const { apikley, sent } = service([uploaded])
  await apikley.files.uploadFromUrl('https://files.example.com/a/cat.png?x=1')
  expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
    fileUrl: 'https://files.example.com/a/cat.png?x=1',
    uploadPath: 'uploads',
    fileName: expect.stringMatching(/^[0-9a-f]{16}-cat\.png$/),
  })
})
