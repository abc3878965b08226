import { createApikley } from '@apikley/client'
import { createSimulator, type Simulator } from '@apikley/simulator'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createProxyHandler } from '../src/index.ts'
import { listenWith, type Listening } from 'test-kit/listen'
import { post, request, secret, world } from 'test-kit/world'

const path = '/file-upload/api/file-stream-upload'
const maxBytes = 1_000_000

/** Over real connections, as bodies are streamed there. */
describe('a file', () => {
  let simulator: Simulator
  let proxy: Listening
  const lengths: (string | null)[] = []
  beforeAll(async () => {
    simulator = createSimulator()
    const handler = createProxyHandler({
      apiKey: 'any-key',
      secret,
      models: ['ideogram/v3-reframe'],
      authorize: () => 'ann',
      uploads: { maxBytes },
      fetch: async (url, init) => {
        lengths.push(new Headers(init?.headers).get('content-length'))
        return simulator.fetch(url, init)
      },
    })
    proxy = await listenWith(handler.fetch)
  })
  afterAll(() => proxy.stop())

  test('as large as allowed goes through, with its length', async () => {
    const { files } = createApikley({ proxyUrl: proxy.url })
    expect(
      await files.upload(new Blob([new Uint8Array(maxBytes)], { type: 'image/png' })),
    ).toMatchObject({ size: maxBytes })
    expect(Number(lengths.at(-1))).toBeGreaterThan(maxBytes)
  })

  test('that is larger is refused in clear words, before it is read', async () => {
    const { files } = createApikley({ proxyUrl: proxy.url })
    const before = lengths.length
    await expect(
      files.upload(new Blob([new Uint8Array(maxBytes + 1)], { type: 'image/png' })),
    ).rejects.toMatchObject({
      kind: 'rejected',
      code: 413,
      message: 'The body is larger than 1000000 bytes.',
    })
    expect(lengths).toHaveLength(before)
  })

  test('that does not tell its length is counted while it goes, and refused alike', async () => {
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536
        if (sent > 10 * maxBytes) {
          controller.close()
        } else {
          controller.enqueue(new Uint8Array(65_536))
        }
      },
    })
    const answer = await fetch(`${proxy.url}${path}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'image/png' },
      ...{ duplex: 'half' },
    })
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ code: 413, error: { kind: 'rejected' } })
  })
})

describe('where a stream that breaks ends like one that ends', () => {
  /** A service that takes what it gets, on a platform that tells it nothing, as workerd does. */
  const careless: typeof fetch = async (_url, init) => {
    if (!(init?.body instanceof ReadableStream)) {
      throw new TypeError('no stream')
    }
    const reader = init.body.getReader()
    try {
      while (!(await reader.read()).done) {}
    } catch {
      // It has ended.
    }
    const file = {
      fileName: 'a',
      filePath: 'a',
      downloadUrl: 'https://a.example/a',
      fileSize: 1,
      mimeType: 'image/png',
      uploadedAt: '',
    }
    return Response.json({ success: true, code: 200, msg: 'success', data: file })
  }
  const send = (body: ReadableStream) =>
    request(path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'image/png' },
      ...{ duplex: 'half' },
    })

  test('a question that broke off is refused as that, and nobody looks for a body parser', async () => {
    const { clock, proxy, simulator } = world()
    const question = post(
      '/api/v1/common/download-url',
      { url: 'https://files.example.com/1.webp' },
      { 'content-length': '45' },
    )
    const body = { pipeThrough: () => new ReadableStream({ start: (stream) => stream.close() }) }
    const answer = await clock.settle(
      proxy.fetch(Object.defineProperty(question, 'body', { value: body })),
    )
    expect(await answer.json()).toMatchObject({
      code: 400,
      msg: expect.stringContaining('broke off'),
    })
    expect(simulator.journal.requests).toEqual([])
  })

  test.each<[string, number, (stream: ReadableStreamDefaultController) => void]>([
    [
      'that is too large is refused all the same',
      413,
      (stream) => (stream.enqueue(new Uint8Array(200)), stream.close()),
    ],
    ['that broke off is refused all the same', 400, (stream) => stream.error(new Error('gone'))],
    ['is taken', 200, (stream) => (stream.enqueue(new Uint8Array(90)), stream.close())],
  ])('a file %s', async (_, status, start) => {
    const { clock, proxy } = world({ fetch: careless, uploads: { maxBytes: 100 } })
    expect((await clock.settle(proxy.fetch(send(new ReadableStream({ start }))))).status).toBe(
      status,
    )
  })
})

test('20 files of one user go at a time, so that nobody holds all connections', async () => {
  const { clock, proxy } = world({ requestTimeout: 1000 })
  const trickle = () => new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(1)) })
  const statuses: number[] = []
  for (let index = 0; index < 25; index++) {
    void proxy
      .fetch(
        request(path, {
          method: 'POST',
          body: trickle(),
          headers: { 'content-type': 'image/png' },
          ...{ duplex: 'half' },
        }),
      )
      .then(({ status }) => statuses.push(status))
  }
  await clock.advance(500)
  expect(statuses).toEqual([429, 429, 429, 429, 429])
})

describe('what may be uploaded is said by the server', () => {
  const upload = (type: string, query = ''): Request =>
    request(`${path}${query}`, { method: 'POST', body: 'bytes', headers: { 'content-type': type } })

  test.each([
    ['text/html', 415],
    ['image/', 415],
    ['', 415],
    ['multipart/form-data; boundary=x', 415],
    ['image/png', 200],
    ['IMAGE/PNG; charset=x', 200],
    ['video/mp4', 200],
  ])('type %j: %i', async (type, status) => {
    const { clock, proxy } = world()
    expect((await clock.settle(proxy.fetch(upload(type)))).status).toBe(status)
  })

  test('what is refused by its headers is left as it came, so that its connection is good for more', async () => {
    const { clock, proxy } = world({ uploads: { maxBytes: 4 } })
    for (const [sent, status] of [
      [upload('image/png'), 413],
      [upload('text/html'), 415],
    ] as const) {
      const body = vi.fn<() => null>(() => null)
      sent.headers.set('content-length', '5')
      expect(
        (await clock.settle(proxy.fetch(Object.defineProperty(sent, 'body', { get: body }))))
          .status,
      ).toBe(status)
      expect(body).not.toHaveBeenCalled()
    }
  })

  test('types can be named', async () => {
    const { clock, proxy } = world({ uploads: { types: ['image/webp'] } })
    expect((await clock.settle(proxy.fetch(upload('image/webp')))).status).toBe(200)
    expect((await clock.settle(proxy.fetch(upload('image/png')))).status).toBe(415)
  })

  test('uploads can be closed, from a file and from an address', async () => {
    const { clock, page, proxy, simulator } = world({ uploads: false })
    expect((await clock.settle(proxy.fetch(upload('image/png')))).status).toBe(403)
    await expect(
      clock.settle(page.files.uploadFromUrl('https://files.example.com/a.png')),
    ).rejects.toMatchObject({
      kind: 'feature-disabled',
    })
    expect(simulator.journal.requests).toEqual([])
  })

  test('files from addresses are opened by themselves, because neither maxBytes nor types holds for them', async () => {
    const { clock, page, simulator } = world()
    await expect(
      clock.settle(page.files.uploadFromUrl('https://files.example.com/a.png')),
    ).rejects.toMatchObject({
      kind: 'feature-disabled',
      message: expect.stringContaining('uploads.fromUrl'),
    })
    expect(simulator.journal.requests).toEqual([])
  })

  test('nothing but `true` opens addresses, not a word of the environment either', async () => {
    // @ts-expect-error As it comes from the environment.
    const { clock, page, simulator } = world({ uploads: { fromUrl: 'false' } })
    await clock.settle(page.files.uploadFromUrl('https://files.example.com/a.png').catch(() => {}))
    expect(simulator.journal.requests).toEqual([])
  })

  test('what the service says of the account with a file stays on the server', async () => {
    const file = {
      fileName: 'x',
      downloadUrl: 'https://files.example/x',
      fileSize: 5,
      mimeType: 'image/png',
      uploadedAt: '2026-01-01',
    }
    const data = { ...file, filePath: 'account-7/uploads/x', accountId: 7, remainedCredits: 77 }
    const { clock, proxy } = world({
      uploads: { fromUrl: true },
      fetch: async () => Response.json({ success: true, code: 200, msg: 'success', data }),
    })
    for (const sent of [
      upload('image/png'),
      post('/file-upload/api/file-url-upload', { fileUrl: 'https://files.example.com/a.png' }),
    ]) {
      expect(await (await clock.settle(proxy.fetch(sent))).json()).toMatchObject({
        code: 200,
        data: { ...file, filePath: 'x' },
      })
    }
    const answer = await clock.settle(proxy.fetch(upload('image/png')))
    expect(Object.keys((await answer.json()).data)).toEqual([
      'fileName',
      'filePath',
      'downloadUrl',
      'fileSize',
      'mimeType',
      'uploadedAt',
    ])
  })

  test.each([
    '../../etc/passwd',
    'a"\r\ncontent-type: text/html\r\n\r\n',
    'C:\\a.png',
    '',
    '.',
    'é'.repeat(300),
    'cat.png',
  ])('the name %j becomes one of its own, in the directory of the server', async (name) => {
    const { clock, proxy } = world()
    const names: string[] = []
    for (const _ of [1, 2]) {
      const answer = await clock.settle(
        proxy.fetch(
          upload('image/png', `?fileName=${encodeURIComponent(name)}&uploadPath=elsewhere`),
        ),
      )
      const { data }: { data: { fileName: string; filePath: string; downloadUrl: string } } =
        await answer.json()
      expect(data.fileName).toMatch(/^[0-9a-f-]{36}-[\w.-]{0,80}$/)
      expect(data.filePath).toBe(data.fileName)
      expect(data.downloadUrl).toContain(`/uploads/${data.fileName}`)
      names.push(data.fileName)
    }
    expect(names[0]).not.toBe(names[1])
  })

  test('a file is sent once, because it can be read once: what went wrong is told, and the page sends it again', async () => {
    const { clock, page, proxy, simulator } = world(
      {},
      { faults: [{ operation: 'upload-file-stream', fault: 'html', times: 2 }] },
    )
    const answer = await clock.settle(proxy.fetch(upload('image/png')))
    expect(answer.status).toBe(502)
    expect(await answer.json()).toMatchObject({ error: { kind: 'server', status: 502 } })
    expect(simulator.journal.requests).toHaveLength(1)
    await clock.settle(page.files.upload(new Blob(['bytes'], { type: 'image/png' })))
    expect(simulator.journal.requests).toHaveLength(3)
  })

  test('a large file has the time that a slow line needs', async () => {
    const { clock, proxy } = world(
      {},
      { faults: [{ operation: 'upload-file-stream', fault: 'delay', ms: 300_000 }] },
    )
    expect((await clock.settle(proxy.fetch(upload('image/png')))).status).toBe(200)
  })

  test('a service that answers nothing is given no more time than the file takes', async () => {
    const { clock, proxy } = world(
      {},
      { faults: [{ operation: 'upload-file-stream', fault: 'hang' }] },
    )
    const sent = upload('image/png')
    sent.headers.set('content-length', '5')
    const started = clock.now()
    expect((await clock.settle(proxy.fetch(sent))).status).toBe(502)
    expect(clock.now() - started).toBeLessThan(26_000)
  })

  test('a page that leaves ends its upload', async () => {
    const { clock, proxy, simulator } = world(
      {},
      { faults: [{ operation: 'upload-file-stream', fault: 'delay', ms: 10_000 }] },
    )
    const leaving = new AbortController()
    const answer = proxy.fetch(new Request(upload('image/png'), { signal: leaving.signal }))
    await clock.advance(1000)
    leaving.abort()
    expect((await clock.settle(answer)).status).toBe(499)
    expect(simulator.journal.requests).toHaveLength(1)
  })

  test('a body that something else has read is said to be so', async () => {
    const { clock, proxy, errors } = world()
    const read = upload('image/png')
    await read.text()
    expect((await clock.settle(proxy.fetch(read))).status).toBe(500)
    expect(errors).toEqual([
      expect.objectContaining({ message: expect.stringContaining('body parsers') }),
    ])
  })
})
