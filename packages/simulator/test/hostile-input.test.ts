import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSimulator, type SimulatorServer } from '../src/index.ts'
import { createPath, headers, input, model } from './service.ts'

let server: SimulatorServer
beforeAll(async () => {
  server = await startSimulator()
})
afterAll(() => server.stop())

const BODY_LIMIT_BYTES = 16 * 2 ** 20
const base64Upload = '/api/file-base64-upload'

async function isAlive(): Promise<void> {
  const response = await fetch(`${server.url}/api/v1/chat/credit`, { headers })
  expect(await response.json()).toMatchObject({ code: 200 })
}

/** The answer to raw bytes, until the server closes the connection. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      // A keep-alive answer does not close the connection.
      if (/\r\n\r\n/.test(answer) && !/connection: close/i.test(answer)) {
        socket.end()
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })
}

/** The JSON answer to a body. Objects are sent as JSON. */
async function post(path: string, body: BodyInit | object, more: object = {}): Promise<unknown> {
  const isPlain = Object.getPrototypeOf(body) === Object.prototype
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { ...headers, ...more },
    body: isPlain ? JSON.stringify(body) : Object(body).valueOf(),
    ...{ duplex: 'half' },
  })
  return response.json()
}

const refused = { code: 400 }

test.each(['{', '', '[]', 'null', '"text"', '\u0000', '['.repeat(100_000)])(
  'a body that is not a JSON object is refused (%#)',
  async (body) => {
    expect(await post(createPath, body)).toMatchObject(refused)
    await isAlive()
  },
)

test.each(['[', '{"a":'])('a body that is nested 10,000 times is refused: %s', async (open) => {
  const nested = `${open.repeat(10_000)}1${(open === '[' ? ']' : '}').repeat(10_000)}`
  const body = `{"model":"${model}","input":{"m":${nested}}}`
  expect(await post(createPath, body)).toMatchObject({ msg: expect.stringContaining('nested') })
  expect(server.journal.requests.at(-1)?.body).toBeUndefined()
  await isAlive()
})

test.each([
  ['spaces', `AAAA${' '.repeat(100_000)}%`],
  ['parameters', `data:${';'.repeat(100_000)},AAAA`],
])('a data URL with endless %s is refused', async (_, base64Data) => {
  const answer = await post(base64Upload, { base64Data, uploadPath: 'pictures' })
  expect(answer).toMatchObject({ msg: 'Base64 decoding failed: Invalid Base64 format' })
})

test.each<[string, () => BodyInit]>([
  ['with a length', () => 'x'.repeat(BODY_LIMIT_BYTES + 1)],
  ['without a length', () => new Blob([new Uint8Array(BODY_LIMIT_BYTES + 1)]).stream()],
])('a body that is too large is refused, %s', async (_, body) => {
  const msg = expect.stringContaining('larger than')
  expect(await post(createPath, body())).toMatchObject({ ...refused, msg })
  await isAlive()
})

test.each([
  ['boundary=x', ''],
  ['boundary=x', '--x\r\n'],
  ['boundary=x', '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc'],
  ['boundary=x', 'x'.repeat(100_000)],
  ['xboundary=a', 'x'],
])('a body that is not a complete form is refused (%#)', async (boundary, body) => {
  const type = { 'content-type': `multipart/form-data; ${boundary}` }
  const answer = await post('/api/file-stream-upload', body, type)
  expect(answer).toMatchObject({ code: 400, success: false })
  await isAlive()
})

test.each(['http://256.256.256.256/', 'http://exa%20mple/'])(
  'a value that is not a URL is refused: %s',
  async (url) => {
    expect(await post('/api/v1/common/download-url', { url })).toMatchObject(refused)
    const upload = { fileUrl: url, uploadPath: 'pictures' }
    expect(await post('/api/file-url-upload', upload)).toMatchObject(refused)
  },
)

const put = (file: object): Promise<unknown> =>
  post(base64Upload, { base64Data: 'AAAA', uploadPath: 'pictures', fileName: 'a.png', ...file })
const paths = ['../x', 'a/..', '..\\x', '%2e%2e/x', '%252e%252e/x', '/etc', 'a//b', 'a/./b']
const oddPaths = ['C:\\x', 'a/\u0000b', 'a/%00b', 'a/\udc00b']
const names = ['..', '../a.png', 'a\\b.png', 'a%2fb.png', '\u0000', '\ud800', 'x'.repeat(300)]
test.each([
  ...[...paths, ...oddPaths].map((uploadPath) => ({ uploadPath })),
  ...names.map((fileName) => ({ fileName })),
])('the upload %j is refused, because its path is not plain', async (file) => {
  expect(await put(file)).toMatchObject({ code: 400, success: false })
})

test('a name may have a surrogate pair or a percent sign', async () => {
  for (const fileName of ['🐈.png', '100%.png']) {
    expect(await put({ fileName })).toMatchObject({ code: 200 })
  }
})

test.each([
  '/file-upload/files/../../../etc/passwd',
  '/file-upload/files/%2e%2e/%2e%2e/etc/passwd',
  '/results/..%2f..%2fetc/passwd',
])('a file is not found at the path %s, which is not plain', async (path) => {
  expect(await raw(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)).toMatch(/^HTTP\/1\.1 404 /)
})

test.each([
  ['for too many headers', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`],
  ['for TLS', '\u0016\u0003\u0001'],
  ['without a URL', 'GET\r\n\r\n'],
  ['for an unknown version', 'GET / HTTP/9.9\r\n\r\n'],
  ['for a negative length', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n'],
  ['for TRACE', 'TRACE / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'],
  ['for a broken URL', 'GET http://[ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'],
  ['for another host', 'GET //evil.example HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'],
  ['for no URL', 'OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'],
])('a connection gets an HTTP error %s', async (_, bytes) => {
  expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 4\d\d /)
  await isAlive()
})

test('100 hanging connections do not block others, and stopping closes them all', async () => {
  const own = await startSimulator({
    faults: [{ fault: 'hang', times: 50, operation: 'create-task' }],
  })
  const body = JSON.stringify({ model, input })
  const request = `POST ${createPath} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer x\r\ncontent-length: ${body.length}\r\n\r\n`
  const sockets = Array.from({ length: 100 }, (_, index) => {
    const socket = connect(own.port, '127.0.0.1').on('error', () => {})
    // Half of them never finish their headers.
    socket.write(index % 2 === 0 ? request + body : 'GET / HTTP/1.1\r\nhost')
    return socket
  })
  await expect.poll(() => own.journal.received, { interval: 5 }).toBe(50)
  const response = await fetch(`${own.url}/api/v1/chat/credit`, { headers })
  expect(await response.json()).toMatchObject({ code: 200 })
  await own.stop()
  await expect.poll(() => sockets.every(({ destroyed }) => destroyed)).toBe(true)
})
