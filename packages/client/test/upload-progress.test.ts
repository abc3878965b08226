import { afterEach, describe, expect, test, vi } from 'vitest'
import { createApikley } from '../src/index.ts'
import { key } from './service.ts'

afterEach(() => vi.unstubAllGlobals())

const uploaded = {
  code: 200,
  data: {
    fileName: 'a.png',
    filePath: 'uploads/a.png',
    downloadUrl: 'https://files.example.com/a.png',
    fileSize: 5,
    mimeType: 'image/png',
    uploadedAt: '2026-01-05T12:00:00.000Z',
  },
}

/** What a page has: a request that tells how far its body has gone. */
class PageRequest extends EventTarget {
  static opened: PageRequest[] = []
  readonly upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {}
  readonly headers: Record<string, string> = {}
  url = ''
  status = 0
  responseText = ''
  sent: unknown
  aborted = false
  onload = (): void => {}
  onerror = (): void => {}
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

/** The module that sends this way is loaded when it is needed. */
async function opened(count: number): Promise<PageRequest> {
  return vi.waitFor(() => {
    const request = PageRequest.opened[count - 1]
    if (!request) {
      throw new Error('nothing was sent')
    }
    return request
  })
}

describe('a page is told how far an upload has gone', () => {
  test('on the way, through the proxy, and again when it is sent again', async () => {
    PageRequest.opened = []
    vi.stubGlobal('XMLHttpRequest', PageRequest)
    vi.stubGlobal('fetch', () => Promise.reject(new Error('nothing is sent by fetch')))
    const apikley = createApikley(
      { proxyUrl: 'https://app.example/api/apikley' },
      { random: () => 0 },
    )
    const told: number[] = []
    const file = new Blob(['0123456789'], { type: 'image/png' })
    const upload = apikley.files.upload(file, {
      fileName: 'cat.png',
      onProgress: ({ loaded }) => told.push(loaded),
    })
    const first = await opened(1)
    expect(first.url).toBe(
      'https://app.example/api/apikley/file-upload/api/file-stream-upload?fileName=cat.png',
    )
    expect(first.sent).toBeInstanceOf(File)
    expect(first.headers['content-type']).toBe('image/png')
    first.upload.onprogress?.({ loaded: 100, total: 200 })
    first.answer(503, {})
    const second = await opened(2)
    second.upload.onprogress?.({ loaded: 150, total: 200 })
    second.answer(200, uploaded)
    expect(await upload).toMatchObject({ url: 'https://files.example.com/a.png' })
    expect(told).toEqual([0, 5, 10, 0, 8, 10])
  })

  test('an abort ends it at once', async () => {
    PageRequest.opened = []
    vi.stubGlobal('XMLHttpRequest', PageRequest)
    const apikley = createApikley({ proxyUrl: 'https://app.example/api/apikley' })
    const controller = new AbortController()
    const upload = apikley.files.upload(new Blob(['x']), {
      onProgress: () => {},
      signal: controller.signal,
    })
    const request = await opened(1)
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(upload).rejects.toBe(reason)
    expect(request.aborted).toBe(true)
  })

  test('but never with a key, because such a request would follow a redirect with it', async () => {
    vi.stubGlobal('XMLHttpRequest', () => {
      throw new Error('sent with the key')
    })
    vi.stubGlobal('fetch', async () => Response.json(uploaded))
    const apikley = createApikley({ apiKey: key })
    await expect(
      apikley.files.upload(new Blob(['x']), { onProgress: () => {} }),
    ).resolves.toMatchObject({ fileName: 'a.png' })
  })
})
