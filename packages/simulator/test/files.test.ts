import { expect, test, vi } from 'vitest'
import { createVirtualClock } from '../src/clock.ts'
import { isObject, type JsonObject } from '../src/document.ts'
import { FileStore } from '../src/state/files.ts'
import { service, upload, type Caller } from './service.ts'

const hour = 3_600_000
const png = { type: 'image/png' }
const content = new Blob(['content'], png)

const urlOf = ({ data }: JsonObject): string => (isObject(data) ? String(data.downloadUrl) : '')

test('a file in a form is stored byte for byte, and served at its URL', async () => {
  const caller = service()
  const bytes = new Uint8Array(300_000).map((_, index) => index % 251)
  const fields = { uploadPath: 'pictures/cats', fileName: 'my cat.png' }
  const answer = await upload(caller.simulator, new Blob([bytes], png), fields)
  const data = {
    fileName: 'my cat.png',
    filePath: 'pictures/cats/my cat.png',
    fileSize: 300_000,
    mimeType: 'image/png',
    uploadedAt: '2025-12-08T07:06:10.132Z',
  }
  expect(answer).toMatchObject({ success: true, code: 200, data })
  const served = await caller.simulator.fetch(urlOf(answer))
  expect(served.headers.get('content-type')).toBe('image/png')
  expect(Buffer.from(await served.arrayBuffer()).equals(bytes)).toBe(true)
})

test.each([
  ['/api/file-base64-upload', 'R0lGODlhAQABAAAAACw='],
  ['/file-upload/api/file-base64-upload', 'data:image/gif;base64,R0lGODlhAQABAAAAACw='],
])('an upload as base64 at %s is stored: %s', async (path, base64Data) => {
  const { post, simulator } = service()
  const body = { base64Data, uploadPath: 'pictures', fileName: 'pixel.gif' }
  const answer = await post(path, body)
  expect(answer).toMatchObject({ data: { fileSize: 14, mimeType: 'image/gif' } })
  expect(await (await simulator.fetch(urlOf(answer))).text()).toMatch(/^GIF89a/)
})

const urlUpload = '/api/file-url-upload'

test('an upload from a URL on this machine is fetched', async () => {
  const fetchFile = vi.fn<(url: string) => Promise<Response>>(
    async () => new Response('picture', { headers: { 'content-type': 'image/webp' } }),
  )
  const { post } = service({ fetchFile })
  const body = { fileUrl: 'http://127.0.0.1:9/a.webp', uploadPath: 'pictures' }
  const fileName = expect.stringMatching(/^[0-9a-f]{32}\.webp$/)
  const data = { mimeType: 'image/webp', fileSize: 7, fileName }
  expect(await post(urlUpload, body)).toMatchObject({ data })
  expect(fetchFile).toHaveBeenCalledWith(body.fileUrl, expect.anything())
})

test.each([
  'https://example.com/a.webp',
  'http://169.254.169.254/latest',
  'http://app.localhost/a',
  'file:///etc/passwd',
])('an upload from another URL is refused: %s', async (fileUrl) => {
  const answer = await service().post(urlUpload, { fileUrl, uploadPath: 'pictures' })
  expect(answer).toMatchObject({ code: 400, success: false })
})

test('an upload expires after three days', async () => {
  const caller = service()
  const answer = await upload(caller.simulator, content)
  await caller.clock.advance(72 * hour - 1)
  expect((await caller.simulator.fetch(urlOf(answer))).status).toBe(200)
  await caller.clock.advance(1)
  expect((await caller.simulator.fetch(urlOf(answer))).status).toBe(404)
})

test('an empty file counts too, so memory is bounded', async () => {
  const files = new FileStore(createVirtualClock(0), 10_000)
  const paths = Array.from({ length: 20 }, (_, index) => `/${index}`)
  for (const path of paths) {
    files.put(path, { bytes: new Uint8Array(), mimeType: 'image/png', expiresAt: 1 })
  }
  expect([files.get('/0'), files.get('/19')]).toEqual([undefined, expect.anything()])
})

test.each([
  [{ base64Data: 'AAAA' }, 'Missing required parameter: uploadPath'],
  [{ uploadPath: 'pictures' }, 'Missing required parameter: base64Data'],
])('the upload %j is refused', async (body, msg) => {
  expect(await service().post('/api/file-base64-upload', body)).toMatchObject({ code: 400, msg })
})

test('an upload cannot act as a page of the simulator', async () => {
  const caller = service()
  const page = new Blob(['<script>'], { type: 'text/html' })
  const fields = { uploadPath: 'pictures', fileName: 'a.html' }
  const answer = await upload(caller.simulator, page, fields)
  const { headers } = await caller.simulator.fetch(urlOf(answer))
  expect(headers.get('content-security-policy')).toContain('sandbox')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
})

const ended = async (): Promise<Caller & { url: string }> => {
  const caller = service({ latency: 1000 })
  const { url } = await caller.finish()
  return { ...caller, url }
}

test('a result expires a day after the task ended', async () => {
  const { simulator, clock, url } = await ended()
  await clock.advance(24 * hour - 9001)
  expect((await simulator.fetch(url)).status).toBe(200)
  await clock.advance(1)
  expect((await simulator.fetch(url)).status).toBe(404)
})

test('a result works across origins only by a link, for 20 minutes', async () => {
  const { simulator, clock, post, url } = await ended()
  const origin = async (target: unknown) =>
    (await simulator.fetch(String(target))).headers.get('access-control-allow-origin')
  expect(await origin(url)).toBeNull()
  const { data } = await post('/api/v1/common/download-url', { url })
  expect(await origin(data)).toBe('*')
  await clock.advance(hour / 3)
  expect((await simulator.fetch(String(data))).status).toBe(403)
})

test.each(['https://example.com/a.png', 'http://simulator.localhost/results/none/0.gif'])(
  'only results get a link: %s',
  async (url) => {
    const answer = await service().post('/api/v1/common/download-url', { url })
    expect(answer).toMatchObject({ code: 422 })
  },
)
