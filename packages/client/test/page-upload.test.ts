import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApikley } from '../src/index.ts'
import { key, proxied } from './service.ts'

const { proxyUrl } = proxied
const file = { fileName: 'a.png', filePath: 'a.png', fileSize: 5, mimeType: 'image/png' }
const [downloadUrl, uploadedAt] = ['https://files.example.com/a.png', '2026-01-05T12:00:00.000Z']
const uploaded = { code: 200, data: { ...file, downloadUrl, uploadedAt } }

/** The part of XMLHttpRequest that an upload uses. */
class PageRequest {
  static opened: PageRequest[] = []
  readonly upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {}
  readonly headers: Record<string, string> = {}
  url = ''
  status = 0
  responseText = ''
  sent: unknown
  aborted = false
  onload = (): void => {}
  onabort = (): void => {}
  onloadend = (): void => {}

  open(_method: string, url: string): void {
    this.url = url
    PageRequest.opened.push(this)
  }

  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value
  }

  getAllResponseHeaders(): string {
    return 'content-type: application/json\r\nretry-after: 0\r\n'
  }

  send(body: unknown): void {
    this.sent = body
  }

  abort(): void {
    this.aborted = true
    this.onabort()
    this.onloadend()
  }

  answer(status: number, body: unknown): void {
    this.status = status
    this.responseText = JSON.stringify(body)
    this.onload()
    this.onloadend()
  }
}

/** The request with this index. The client loads the module for it first. */
function openedAt(index: number): Promise<PageRequest> {
  return vi.waitUntil(() => PageRequest.opened[index], { interval: 1 })
}

beforeEach(() => {
  PageRequest.opened = []
  vi.stubGlobal('XMLHttpRequest', PageRequest)
})
afterEach(() => vi.unstubAllGlobals())

test('a page reports the progress of each attempt during an upload', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new Error('an upload by fetch')))
  const apikley = createApikley({ proxyUrl }, { random: () => 0 })
  const reports: number[] = []
  const upload = apikley.files.upload(new Blob(['0123456789'], { type: 'image/png' }), {
    fileName: 'cat.png',
    onProgress: ({ loaded }) => reports.push(loaded),
  })
  const first = await openedAt(0)
  expect(first.url).toBe(`${proxyUrl}/files?fileName=cat.png`)
  expect(first.sent).toBeInstanceOf(File)
  expect(first.headers['content-type']).toBe('image/png')
  first.upload.onprogress?.({ loaded: 100, total: 200 })
  first.answer(503, {})
  const stopped = await openedAt(1)
  stopped.abort()
  const second = await openedAt(2)
  second.upload.onprogress?.({ loaded: 150, total: 200 })
  second.answer(200, uploaded)
  expect(await upload).toMatchObject({ url: downloadUrl })
  expect(reports).toEqual([0, 5, 10, 0, 0, 8, 10])
})

test('an abort ends an upload of a page at once', async () => {
  const { files } = createApikley({ proxyUrl })
  const controller = new AbortController()
  const reason = new Error('enough')
  const { signal } = controller
  const upload = files.upload(new Blob(['x']), { onProgress: () => {}, signal })
  const request = await openedAt(0)
  controller.abort(reason)
  await expect(upload).rejects.toMatchObject({ kind: 'aborted', cause: reason })
  expect(request.aborted).toBe(true)
})

test('a page with a key uploads by fetch, because XMLHttpRequest follows redirects', async () => {
  vi.stubGlobal('fetch', async () => Response.json(uploaded))
  const { files } = createApikley({ apiKey: key })
  const { url } = await files.upload(new Blob(['x']), { onProgress: () => {} })
  expect(url).toBe(downloadUrl)
  expect(PageRequest.opened).toEqual([])
})
