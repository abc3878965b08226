import { createServer, type Server } from 'node:http'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  createApikley,
  type RunAttempt,
  type UploadData,
  type UploadProgress,
} from '../src/index.ts'
import { idle } from 'test-kit/clock'
import {
  created,
  eventsOf,
  json,
  never,
  service,
  succeeded,
  uploaded,
  type Reply,
} from './service.ts'

const RESULT = 'https://files.example.com/1.webp'

describe('upload', () => {
  test('an upload sends the bytes as multipart under a unique name', async () => {
    const { apikley, sent } = service([uploaded])
    const file = await apikley.files.upload(
      new File(['bytes'], '../my cat.png', { type: 'image/png' }),
    )
    expect(sent[0]?.headers.get('content-type')).toMatch(/^multipart\/form-data; boundary=/)
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

  test('an upload takes bytes, a name and a directory', async () => {
    const { apikley, sent } = service([uploaded])
    await apikley.files.upload(new TextEncoder().encode('bytes'), {
      fileName: 'cat.png',
      directory: 'cats/small',
    })
    expect(sent[0]?.body).toMatch(/name="fileName"\r\n\r\ncat\.png\r\n/)
    expect(sent[0]?.body).toMatch(/name="uploadPath"\r\n\r\ncats\/small\r\n/)
  })

  test('an upload is resent after a failure', async () => {
    const { apikley, clock, sent } = service([() => new Response('', { status: 502 }), uploaded])
    await clock.settle(apikley.files.upload(new Blob(['bytes'])))
    expect(sent).toHaveLength(2)
    expect(sent[1]?.body).toBe(sent[0]?.body)
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
})

describe('every type that holds bytes can be uploaded', () => {
  const bytes = new TextEncoder().encode('bytes')
  const shared = new Uint8Array(new SharedArrayBuffer(9)).subarray(2, 7)
  shared.set(bytes)
  async function* chunks(): AsyncGenerator<Uint8Array | string> {
    yield 'by'
    yield bytes.subarray(2)
  }

  test.each<[string, () => UploadData]>([
    ['an ArrayBuffer', () => bytes.buffer],
    [
      'a part of a buffer',
      () => new Uint8Array(new TextEncoder().encode('--bytes--').buffer, 2, 5),
    ],
    ['a DataView', () => new DataView(bytes.buffer)],
    ['memory that threads share', () => shared],
    ['a Buffer of Node', () => Buffer.from('bytes')],
    ['a stream', () => new Blob(['bytes']).stream()],
    ['an async iterable', chunks],
    ['a data: URL', () => 'data:image/png;base64,Ynl0ZXM='],
    ['a data: URL in base64 that is escaped', () => 'data:;base64,Ynl0ZXM%3D'],
    ['a data: URL of text', () => 'data:text/plain;charset=utf-8,%62ytes'],
  ])('%s is uploaded, and is resent after a failure', async (_, data) => {
    const { apikley, clock, sent } = service([() => new Response('', { status: 502 }), uploaded])
    await clock.settle(apikley.files.upload(data()))
    expect(
      sent.map(({ body }) => /filename="[^"]*"\r\n[^\n]*\r\n\r\n(.*)\r\n/.exec(body)?.[1]),
    ).toEqual(['bytes', 'bytes'])
  })

  test('the type of a file comes from its data: URL', async () => {
    const { apikley, sent } = service([uploaded])
    expect((await apikley.files.upload('data:image/webp;base64,Ynl0ZXM=')).fileName).toMatch(
      /\.webp$/,
    )
    expect(sent[0]?.body).toContain('Content-Type: image/webp')
  })

  test.each<[string, () => UploadData]>([
    ['invalid base64', () => 'data:image/png;base64,####'],
    ['an invalid data: URL', () => 'data:nothing'],
    [
      'a stream that breaks',
      () => new ReadableStream({ start: (stream) => stream.error(new Error('the disk is gone')) }),
    ],
  ])('%s is refused before a request is sent', async (_, data) => {
    const { apikley, sent } = service([uploaded])
    await expect(apikley.files.upload(data())).rejects.toMatchObject({
      kind: 'invalid-input',
      message: expect.stringContaining('Nothing was sent'),
    })
    expect(sent).toHaveLength(0)
  })

  test('an abort ends the reading of a stream', async () => {
    const { apikley, sent } = service([uploaded])
    const controller = new AbortController()
    let cancelled: unknown
    const stream = new ReadableStream<Uint8Array>({
      cancel(reason) {
        cancelled = reason
      },
    })
    const upload = apikley.files.upload(stream, { signal: controller.signal })
    await idle()
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(upload).rejects.toBe(reason)
    expect(cancelled).toBe(reason)
    expect(sent).toHaveLength(0)
  })

  test('the client does not read a Blob: the platform gets it in a form', async () => {
    const { apikley, sent } = service([uploaded])
    const file = new File(['bytes'], 'a.png')
    file.arrayBuffer = () => Promise.reject(new Error('read'))
    await apikley.files.upload(file)
    expect(sent[0]?.init.body).toBeInstanceOf(FormData)
  })
})

describe('progress', () => {
  test('progress goes from 0 to the total, starts again with a retry, and is an event', async () => {
    const { apikley, clock, events } = service([() => new Response('', { status: 502 }), uploaded])
    const told: number[] = []
    await clock.settle(
      apikley.files.upload(new Blob(['bytes']), {
        onProgress: ({ loaded }) => told.push(loaded),
        fileName: 'a.png',
      }),
    )
    expect(told).toEqual([0, 5, 0, 5])
    expect(eventsOf(events, 'upload').at(-1)).toEqual({
      type: 'upload',
      fileName: 'a.png',
      loaded: 5,
      total: 5,
    })
  })

  test('an upload ignores an error of onProgress', async () => {
    const { apikley } = service([uploaded])
    const wrong = (): never => {
      throw new Error('a mistake')
    }
    await expect(
      apikley.files.upload(new Blob(['bytes']), { onProgress: wrong }),
    ).resolves.toMatchObject({ size: 5 })
  })
})

test('run uploads a file in a data: URL, and no text that begins like one', async () => {
  const { apikley, clock, sent } = service([uploaded, created, succeeded])
  const image_url = 'data:image/png;base64,Ynl0ZXM='
  // The model has one picture and no prompt; another one may have more.
  const given = {
    image_url,
    image_size: 'square',
    mask_url: image_url,
    prompt: 'data:text/plain,a poster',
  } as const
  await clock.settle(apikley.run('ideogram/v3-reframe', given))
  expect(sent.map(({ url }) => url.pathname.split('/').at(-1))).toEqual([
    'file-stream-upload',
    'createTask',
    'recordInfo',
  ])
  const { input } = JSON.parse(sent[1]?.body ?? '')
  expect(input).toMatchObject({
    image_url: expect.stringMatching(/^https:/),
    prompt: 'data:text/plain,a poster',
  })
  expect(input.mask_url).toBe(input.image_url)
})

test('a file keeps its extension when its name is not ASCII', async () => {
  const { apikley } = service([uploaded])
  expect((await apikley.files.upload(new File(['x'], 'Фото.png'))).fileName).toMatch(
    /^[0-9a-f]{16}-file\.png$/,
  )
})

test('uploadFromUrl refuses an invalid URL before a request is sent', async () => {
  const { apikley, sent } = service([uploaded])
  await expect(apikley.files.uploadFromUrl('/a.png')).rejects.toMatchObject({
    kind: 'invalid-input',
  })
  expect(sent).toHaveLength(0)
})

test('a failed upload aborts the other uploads of the run', async () => {
  const refusedLater: Reply = async () => {
    for (let turn = 0; turn < 20; turn++) {
      await idle()
    }
    return Response.json({ code: 401, msg: 'no', data: null })
  }
  const { apikley, clock, sent } = service([refusedLater, never])
  const image_url = new Blob(['a'])
  const run = apikley.run('ideogram/v3-reframe', {
    image_url,
    image_size: 'square',
    // @ts-expect-error there is one picture; here are two, to have two uploads
    mask_url: new Blob(['b']),
  })
  await expect(run).rejects.toMatchObject({ kind: 'authentication' })
  expect(sent).toHaveLength(2)
  expect(sent[1]?.init.signal?.aborted).toBe(true)
  expect(clock.pending).toBe(0)
})

test('run uploads the files in its input before the create and sends their URLs', async () => {
  const { apikley, clock, sent } = service([uploaded, created, succeeded])
  const phases: string[] = []
  const image_url = new Blob(['bytes'], { type: 'image/png' })
  await clock.settle(
    apikley.run(
      'ideogram/v3-reframe',
      { image_url, image_size: 'square' },
      { onPhase: (phase) => phases.push(phase) },
    ),
  )
  expect(phases).toEqual(['uploading', 'creating', 'waiting'])
  expect(sent.map(({ url }) => url.pathname)).toEqual([
    '/file-upload/api/file-stream-upload',
    '/api/v1/jobs/createTask',
    '/api/v1/jobs/recordInfo',
  ])
  expect(JSON.parse(sent[1]?.body ?? '').input.image_url).toMatch(
    /^https:\/\/files\.example\.com\/uploads\/[0-9a-f]{16}-file\.png$/,
  )
})

test('run reports the progress of all uploads, and ignores an error of onUpload', async () => {
  const { apikley, clock, sent } = service([uploaded, uploaded, created, succeeded])
  const told: UploadProgress[] = []
  const input = {
    image_url: new Blob(['12345']),
    mask_url: 'data:image/png;base64,MTIz',
    image_size: 'square',
  } as const
  const attempts: RunAttempt[] = []
  await clock.settle(
    apikley.run('ideogram/v3-reframe', input, {
      onUpload(progress) {
        told.push(progress)
        throw new Error('a mistake')
      },
      onAttempt: (attempt) => attempts.push(attempt),
    }),
  )
  expect(told[0]).toEqual({ loaded: 0, total: 5 })
  expect(told.at(-1)).toEqual({ loaded: 8, total: 8 })
  expect(told.map(({ loaded }) => loaded)).toEqual(
    told.map(({ loaded }) => loaded).sort((a, b) => a - b),
  )
  // What is stored to make the attempt again holds no file.
  expect(attempts[0]?.input).toEqual(JSON.parse(sent[2]?.body ?? '').input)
})

describe('save', () => {
  let folder: string
  let server: Server
  let address: string
  let answer: (path: string) => {
    status: number
    chunks: string[]
    breakOff?: boolean
    headers?: Record<string, string>
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apikley-save-'))
    server = createServer((request, response) => {
      const { status, chunks, breakOff, headers } = answer(request.url ?? '')
      response.writeHead(status, headers)
      for (const chunk of chunks) {
        response.write(chunk)
      }
      if (breakOff) {
        setImmediate(() => response.destroy())
      } else {
        response.end()
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const bound = server.address()
    address = typeof bound === 'object' && bound ? `http://127.0.0.1:${bound.port}` : ''
  })

  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await rm(folder, { recursive: true })
  })

  const client = (): ReturnType<typeof createApikley> =>
    createApikley({ apiKey: 'k', baseUrl: address, maxRetries: 0 })

  test('save writes a result to a file', async () => {
    answer = () => ({ status: 200, chunks: ['one ', 'two'] })
    await client().files.save(`${address}/1.webp`, join(folder, 'wide.webp'))
    expect(await readFile(join(folder, 'wide.webp'), 'utf8')).toBe('one two')
    expect(await readdir(folder)).toEqual(['wide.webp'])
  })

  test('a download that breaks off leaves no file', async () => {
    answer = () => ({ status: 200, chunks: ['one '], breakOff: true })
    await expect(
      client().files.save(`${address}/1.webp`, join(folder, 'wide.webp')),
    ).rejects.toMatchObject({ kind: 'connection' })
    expect(await readdir(folder)).toEqual([])
  })

  test('two downloads to one file do not mix', async () => {
    answer = () => ({ status: 200, chunks: ['one ', 'two'] })
    await Promise.all(
      [1, 2].map(() => client().files.save(`${address}/1.webp`, join(folder, 'wide.webp'))),
    )
    expect(await readFile(join(folder, 'wide.webp'), 'utf8')).toBe('one two')
    expect(await readdir(folder)).toEqual(['wide.webp'])
  })

  test('save writes a result to a stream', async () => {
    answer = () => ({ status: 200, chunks: ['one ', 'two'] })
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const [text] = await Promise.all([
      new Response(readable).text(),
      client().files.save(`${address}/1.webp`, writable),
    ])
    expect(text).toBe('one two')
  })

  test('a missing folder is a configuration error', async () => {
    answer = () => ({ status: 200, chunks: ['bytes'] })
    const target = join(folder, 'none', 'wide.webp')
    await expect(client().files.save(`${address}/1.webp`, target)).rejects.toMatchObject({
      kind: 'configuration',
      message: expect.stringMatching(/none.*Check its folder/),
    })
  })

  test('save asks for a download link when the URL itself does not work', async () => {
    const link = JSON.stringify({ code: 200, data: `${address}/link` })
    const answers: Record<string, { status: number; chunks: string[] }> = {
      '/api/v1/common/download-url': { status: 200, chunks: [link] },
      '/link': { status: 200, chunks: ['bytes'] },
    }
    answer = (path) => answers[path] ?? { status: 403, chunks: [] }
    expect(await (await client().files.save(`${address}/1.webp`)).text()).toBe('bytes')
  })

  test('save refuses an empty URL', async () => {
    await expect(client().files.save('')).rejects.toMatchObject({
      kind: 'invalid-input',
      message: expect.stringContaining('no URL'),
    })
  })

  test('an expired result is not-found, and the message has the HTTP status', async () => {
    answer = (path) =>
      path === '/api/v1/common/download-url'
        ? { status: 200, chunks: [JSON.stringify({ code: 200, data: `${address}/link` })] }
        : { status: 404, chunks: [] }
    await expect(client().files.save(`${address}/1.webp`)).rejects.toMatchObject({
      kind: 'not-found',
      status: 404,
      message: expect.stringMatching(/cannot be downloaded: HTTP 404\. Results expire/),
    })
  })

  test.each([403, 404, 410])('a result with HTTP %i is requested once', async (status) => {
    let asked = 0
    answer = (path) => (
      path === '/1.webp' && asked++,
      { status: path === '/1.webp' ? status : 404, chunks: [] }
    )
    const { files } = createApikley({ apiKey: 'k', baseUrl: address })
    await expect(files.save(`${address}/1.webp`)).rejects.toMatchObject({
      kind: 'not-found',
      status,
    })
    expect(asked).toBe(1)
  })

  test('a saved Blob has the content type of the host', async () => {
    answer = () => ({ status: 200, chunks: ['bytes'], headers: { 'content-type': 'image/gif' } })
    expect((await client().files.save(`${address}/1.gif`)).type).toBe('image/gif')
  })

  test.each([
    ['a stream of Node', '{"writable":true}'],
    ['null', 'null'],
    ['a number', '5'],
  ])('%s as a target is refused before a request is sent', async (_, given) => {
    let asked = 0
    answer = () => (asked++, { status: 200, chunks: [] })
    const stream: WritableStream = JSON.parse(given)
    await expect(client().files.save(`${address}/1.webp`, stream)).rejects.toMatchObject({
      kind: 'invalid-input',
      message: expect.stringContaining('Writable.toWeb'),
    })
    expect(asked).toBe(0)
  })
})

describe('a download that failed for a moment', () => {
  const bytes: Reply = () => new Response('bytes')
  const broken: Reply = () =>
    new Response(new ReadableStream({ start: (stream) => stream.error(new Error('reset')) }))
  const noLink = json({ code: 422, msg: 'not ours' })
  const status =
    (code: number, headers: Record<string, string> = {}): Reply =>
    () =>
      new Response(null, { status: code, headers })

  test.each<[string, Reply[]]>([
    ['a busy host', [status(503), noLink, status(503), noLink, bytes]],
    ['a body that broke off', [broken, broken, bytes]],
    ['a connection that broke, and a link that does not work either', [never, noLink, bytes]],
  ])('a download is retried after %s', async (_, replies) => {
    const { apikley, clock } = service(replies)
    expect(await (await clock.settle(apikley.files.save(RESULT))).text()).toBe('bytes')
    expect(clock.pending).toBe(0)
  })

  test('a download is retried after the time in Retry-After, at most maxRetries times', async () => {
    const { apikley, clock, sent } = service([status(429, { 'retry-after': '7' }), noLink], {
      maxRetries: 1,
    })
    const busy = service(
      [status(429, { 'retry-after': '7' }), noLink, status(429), noLink, bytes],
      { maxRetries: 1 },
    )
    const started = busy.clock.now()
    await expect(busy.clock.settle(busy.apikley.files.save(RESULT))).rejects.toMatchObject({
      kind: 'rate-limited',
      status: 429,
    })
    expect(busy.clock.now() - started).toBeGreaterThanOrEqual(7000)
    expect(busy.sent).toHaveLength(4)
    const stop = new AbortController()
    const saved = apikley.files.save(RESULT, undefined, {
      signal: stop.signal,
    })
    saved.catch(() => {})
    await clock.pass(3000)
    stop.abort(new Error('enough'))
    await expect(saved).rejects.toThrow('enough')
    expect([sent.length, clock.pending]).toEqual([2, 0])
  })

  test.each([
    ['with its last retry', 0, 'server'],
    ['by an abort', 5, 'enough'],
  ])('a download that fails %s aborts its target stream', async (_, maxRetries, words) => {
    const { apikley, clock } = service([status(503), noLink, status(503), noLink], { maxRetries })
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const stop = new AbortController()
    clock.after(100, () => stop.abort(new Error('enough')))
    const read = new Response(readable).text().catch((error: unknown) => error)
    const saved = apikley.files
      .save(RESULT, writable, { signal: stop.signal })
      .catch((error: unknown) => error)
    const error = await clock.settle(saved)
    expect(error).toMatchObject(words === 'enough' ? { message: words } : { kind: words })
    expect(await read).toBe(error)
  })

  test('a download does not wait longer than maxRetryAfter', async () => {
    const { apikley, clock, sent } = service(
      [status(429, { 'retry-after': '31' }), noLink, bytes],
      { maxRetryAfter: 30_000 },
    )
    await expect(clock.settle(apikley.files.save(RESULT))).rejects.toMatchObject({
      kind: 'rate-limited',
      retryAfter: 31_000,
    })
    expect(sent).toHaveLength(2)
  })

  test('a read error of the connection is not an error of the file', async () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { syscall: 'read' })
    const { apikley } = service(
      [() => new Response(new ReadableStream({ start: (stream) => stream.error(reset) }))],
      { maxRetries: 0 },
    )
    const path = join(tmpdir(), 'apikley-never-written.webp')
    await expect(apikley.files.save(RESULT, path)).rejects.toMatchObject({ kind: 'connection' })
  })

  test.each([
    [401, 'rejected'],
    [402, 'rejected'],
    [408, 'server'],
    [433, 'rejected'],
    [505, 'server'],
  ])('HTTP %i of a file host is %s, not an error of the account', async (code, kind) => {
    const { apikley, clock } = service([status(code), noLink], { maxRetries: 0 })
    await expect(clock.settle(apikley.files.save(RESULT))).rejects.toMatchObject({
      kind,
      status: code,
    })
  })

  test('a failed download link is retried by itself, without its download', async () => {
    const { apikley, clock, sent } = service([broken], { maxRetries: 2 })
    const down = service([() => Promise.reject(new TypeError('fetch failed'))], { maxRetries: 2 })
    await expect(down.clock.settle(down.apikley.files.save(RESULT))).rejects.toMatchObject({
      kind: 'connection',
    })
    // Once itself, and its link three times.
    expect(down.sent).toHaveLength(4)
    await expect(clock.settle(apikley.files.save(RESULT))).rejects.toMatchObject({
      kind: 'connection',
    })
    expect(sent).toHaveLength(3)
  })

  test('a download is not retried into a stream that already has bytes', async () => {
    const { apikley, clock, sent } = service([broken, bytes])
    const { writable } = new TransformStream<Uint8Array, Uint8Array>()
    await expect(clock.settle(apikley.files.save(RESULT, writable))).rejects.toMatchObject({
      kind: 'connection',
    })
    expect(sent).toHaveLength(1)
  })
})

test.each<[string, unknown]>([
  ['a URL', new URL('https://files.example.com/a.png')],
  ['a Response', new Response('abc')],
  ['an object', { a: 1 }],
  ['an array', [1, 2, 3]],
  ['undefined', undefined],
])('%s cannot be uploaded', async (_, data) => {
  const { apikley, sent } = service([])
  const upload: (data: never) => Promise<unknown> = apikley.files.upload
  await expect(Reflect.apply(upload, undefined, [data])).rejects.toMatchObject({
    kind: 'invalid-input',
    message: expect.stringContaining('openAsBlob'),
  })
  expect(sent).toEqual([])
})

test('bytes of another realm can be uploaded', async () => {
  const { apikley, sent } = service([uploaded])
  const bytes: ArrayBuffer = runInNewContext('new Uint8Array([97, 98]).buffer')
  await apikley.files.upload(bytes, { fileName: 'a.txt' })
  expect(sent[0]?.body).toContain('\r\nab\r\n')
})

test('a stalled download ends and leaves no file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'apikley-save-'))
  const still: Reply = () =>
    new Response(
      new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('one ')) }),
    )
  const { apikley, clock } = service([still])
  await expect(clock.settle(apikley.files.save(RESULT))).rejects.toMatchObject({
    kind: 'connection',
    message: expect.stringContaining('no bytes within 30000 ms'),
  })
  expect(clock.pending).toBe(0)
  const controller = new AbortController()
  const saved = apikley.files.save(RESULT, join(folder, 'a.webp'), {
    signal: controller.signal,
  })
  await idle()
  controller.abort(new Error('enough'))
  await expect(saved).rejects.toThrow('enough')
  expect(await readdir(folder)).toEqual([])
  await rm(folder, { recursive: true })
})

test('a balance may be fractional', async () => {
  expect(await service([json({ code: 200, data: 3.5 })]).apikley.credits()).toBe(3.5)
})
