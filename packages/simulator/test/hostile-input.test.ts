import { readdir } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSimulator, type SimulatorServer } from '../src/index.ts'
import { headers, input, model } from './service.ts'

let server: SimulatorServer
beforeAll(async () => {
  server = await startSimulator()
})
afterAll(() => server.stop())

async function alive(): Promise<void> {
  const response = await fetch(`${server.url}/api/v1/chat/credit`, { headers })
  expect(await response.json()).toMatchObject({ code: 200 })
}

/** What the server says to raw bytes, until it closes the connection. */
function raw(...parts: (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    const socket = connect(server.port, '127.0.0.1', () => {
      for (const part of parts) {
        socket.write(part)
      }
    })
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1')
      // Keep-alive answers are told by their end.
      if (/\r\n\r\n/.test(said) && !/connection: close/i.test(said)) {
        socket.end()
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(said))
  })
}

const post = (path: string, body: BodyInit, more: object = {}): Promise<Response> =>
  fetch(server.url + path, { method: 'POST', headers: { ...headers, ...more }, body })

describe('a body that is', () => {
  test.each([
    '{',
    '',
    '[]',
    'null',
    '"text"',
    '{"model":',
    '\u0000',
    '{"__proto__":{"model":"x"}}',
    '['.repeat(100_000),
  ])('no request (%#) is refused', async (body) => {
    const { code } = Object(await (await post('/api/v1/jobs/createTask', body)).json())
    expect([400, 500]).toContain(code)
    await alive()
  })

  test.each(['[', '{"a":'])(
    'nested 10,000 times (%s) is refused, and kept nowhere',
    async (open) => {
      const close = open === '[' ? ']' : '}'
      const nested = `${open.repeat(10_000)}1${close.repeat(10_000)}`
      const body = `{"model":"${model}","callBackUrl":"http://127.0.0.1:9/","input":{"m":${nested}}}`
      expect(await (await post('/api/v1/jobs/createTask', body)).json()).toMatchObject({
        code: 400,
        msg: expect.stringContaining('nested'),
      })
      expect(server.journal.requests.at(-1)?.body).toBeUndefined()
      await alive()
    },
  )

  test.each([
    ['spaces', ' '.repeat(100_000)],
    ['spaces before what is no base64', `AAAA${' '.repeat(100_000)}%`],
    ['parameters', `data:${';'.repeat(100_000)}`],
    ['parameters before a comma', `data:${';'.repeat(100_000)},AAAA`],
  ])('a data URL of endless %s is refused without a long look', async (_, base64Data) => {
    const answer = await post(
      '/api/file-base64-upload',
      JSON.stringify({ base64Data, uploadPath: 'pictures' }),
    )
    expect(await answer.json()).toMatchObject({
      code: 400,
      msg: 'Base64 decoding failed: Invalid Base64 format',
    })
  })

  test('50 MB of JSON is refused, and the caller gets to read why', async () => {
    const response = await post(
      '/api/v1/jobs/createTask',
      `{"model":"${'x'.repeat(50 * 2 ** 20)}"}`,
    )
    expect(await response.json()).toMatchObject({
      code: 400,
      msg: expect.stringContaining('larger than'),
    })
    await alive()
  })

  test('50 MB without a length is refused as it streams in', async () => {
    const chunk = new Uint8Array(2 ** 20).fill(120)
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent++ < 50) {
          controller.enqueue(chunk)
        } else {
          controller.close()
        }
      },
    })
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers, body, duplex: 'half' }
    const response = await fetch(`${server.url}/api/v1/jobs/createTask`, init)
    expect(await response.json()).toMatchObject({
      code: 400,
      msg: expect.stringContaining('larger than'),
    })
    await alive()
  })

  test('a form that breaks off, or none at all, is refused', async () => {
    const type = { 'content-type': 'multipart/form-data; boundary=x' }
    for (const body of [
      '',
      '--x\r\n',
      '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
      'x'.repeat(100_000),
    ]) {
      expect(await (await post('/api/file-stream-upload', body, type)).json()).toMatchObject({
        code: 400,
        success: false,
      })
    }
    expect(await (await post('/api/file-stream-upload', '{}')).json()).toMatchObject({ code: 400 })
    const unbounded = { 'content-type': 'multipart/form-data; xboundary=a' }
    expect(await (await post('/api/file-stream-upload', 'x', unbounded)).json()).toMatchObject({
      code: 400,
      success: false,
    })
    await alive()
  })
})

describe('an address that is none is refused:', () => {
  test.each(['http://256.256.256.256/', 'http://exa%20mple/'])('%s', async (url) => {
    const link = await post('/api/v1/common/download-url', JSON.stringify({ url }))
    expect(await link.json()).toMatchObject({ code: 400 })
    const upload = await post(
      '/api/file-url-upload',
      JSON.stringify({ fileUrl: url, uploadPath: 'pictures' }),
    )
    expect(await upload.json()).toMatchObject({ code: 400, success: false })
  })

  test.each([{ uploadPath: '\ud800' }, { uploadPath: 'a/\udc00b' }, { fileName: '\ud800.png' }])(
    'half a character: %j',
    async (place) => {
      const body = JSON.stringify({ base64Data: 'AAAA', uploadPath: 'pictures', ...place })
      expect(await (await post('/api/file-base64-upload', body)).json()).toMatchObject({
        code: 400,
        success: false,
      })
    },
  )

  test('but a whole one, of two halves, is taken', async () => {
    const body = JSON.stringify({ base64Data: 'AAAA', uploadPath: 'pictures', fileName: '🐈.png' })
    expect(await (await post('/api/file-base64-upload', body)).json()).toMatchObject({ code: 200 })
  })
})

describe('a path that climbs is refused, in whatever spelling', () => {
  const climbing = [
    '../x',
    'a/../../x',
    '..',
    'a/..',
    '..\\..\\x',
    'a\\..\\x',
    '%2e%2e/x',
    'a/%2e%2e/%2e%2e/x',
    '%252e%252e/x',
    '/etc',
    '//x',
    'a//b',
    'a/./b',
    'C:\\x',
    'a/\u0000b',
    'a/%00b',
  ]

  test.each(climbing)('uploadPath %j', async (uploadPath) => {
    const body = JSON.stringify({ base64Data: 'AAAA', uploadPath, fileName: 'a.png' })
    expect(await (await post('/api/file-base64-upload', body)).json()).toMatchObject({
      code: 400,
      success: false,
    })
  })

  test.each([
    '..',
    '.',
    '../a.png',
    'a/b.png',
    '/a.png',
    '..\\a.png',
    '%2e%2e%2fa.png',
    'a%2fb.png',
    '\u0000',
    'x'.repeat(300),
  ])('fileName %j', async (fileName) => {
    const body = JSON.stringify({ base64Data: 'AAAA', uploadPath: 'pictures', fileName })
    expect(await (await post('/api/file-base64-upload', body)).json()).toMatchObject({
      code: 400,
      success: false,
    })
    const form = new FormData()
    form.append('file', new Blob(['x']))
    form.append('uploadPath', 'pictures')
    form.append('fileName', fileName)
    const { authorization } = headers
    const response = await fetch(`${server.url}/api/file-stream-upload`, {
      method: 'POST',
      headers: { authorization },
      body: form,
    })
    expect(await response.json()).toMatchObject({ code: 400 })
  })

  test('and a file is read only where one was put', async () => {
    for (const path of [
      '/file-upload/files/../../../etc/passwd',
      '/file-upload/files/%2e%2e/%2e%2e/etc/passwd',
      '/results/..%2f..%2fetc/passwd',
    ]) {
      expect(await raw(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)).toMatch(/^HTTP\/1\.1 404 /)
    }
  })

  test('and nothing is written to a disk', async () => {
    const before = await Promise.all([readdir(tmpdir()), readdir('.')])
    const body = JSON.stringify({
      base64Data: 'AAAA',
      uploadPath: 'pictures',
      fileName: 'kept.png',
    })
    expect(await (await post('/api/file-base64-upload', body)).json()).toMatchObject({ code: 200 })
    const after = await Promise.all([readdir(tmpdir()), readdir('.')])
    expect(after.flat().filter((name) => /pictures|kept/.test(name))).toEqual(
      before.flat().filter((name) => /pictures|kept/.test(name)),
    )
  })
})

describe('a connection that', () => {
  test('sends 100 kB of headers is told so and closed', async () => {
    expect(
      await raw(`GET /api/v1/chat/credit HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`),
    ).toMatch(/^HTTP\/1\.1 431 /)
    await alive()
  })

  test.each([
    '\u0016\u0003\u0001',
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n',
  ])('speaks no HTTP (%#) is closed', async (bytes) => {
    expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 4\d\d /)
    await alive()
  })

  test.each([
    'TRACE / HTTP/1.1',
    'GET http://[ HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'GET //evil.example HTTP/1.1',
    'PURGE /api/v1/chat/credit HTTP/1.1',
  ])('asks for what there is not gets an answer: %s', async (line) => {
    expect(await raw(`${line}\r\nhost: x\r\nconnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 4\d\d /,
    )
    await alive()
  })

  test('hangs, 500 times over: others are served, and stopping closes them all', async () => {
    const own = await startSimulator({
      faults: [{ fault: 'hang', times: 250, operation: 'create-task' }],
    })
    const body = JSON.stringify({ model, input })
    const request = `POST /api/v1/jobs/createTask HTTP/1.1\r\nhost: x\r\nauthorization: Bearer x\r\ncontent-length: ${body.length}\r\n\r\n`
    const sockets: Socket[] = []
    const closings: Promise<void>[] = []
    for (let index = 0; index < 500; index++) {
      const socket = connect(own.port, '127.0.0.1')
      sockets.push(socket)
      socket.on('error', () => {})
      closings.push(new Promise((resolve) => socket.on('close', () => resolve())))
      // Half of them never finish their headers.
      socket.write(index % 2 === 0 ? request + body : 'GET / HTTP/1.1\r\nhost')
    }
    while (own.journal.received < 250) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    const response = await fetch(`${own.url}/api/v1/chat/credit`, { headers })
    expect(await response.json()).toMatchObject({ code: 200 })
    await own.stop()
    await Promise.all(closings)
    expect(sockets.every(({ destroyed }) => destroyed)).toBe(true)
    await expect(fetch(`${own.url}/api/v1/chat/credit`, { headers })).rejects.toThrow(
      'fetch failed',
    )
  })
})
