import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MODEL, created, madeKey, never, succeeded, uploaded, type Reply } from './replies.ts'
import { calls, errorOf, input, proxied, service } from './service.ts'

/** What React Native does not have, or Safari 16. */
const missing: [object, (string | symbol)[]][] = [
  [AbortSignal.prototype, ['throwIfAborted', 'reason']],
  [AbortSignal, ['any', 'timeout']],
  [URL, ['canParse']],
  [Blob.prototype, ['bytes', 'arrayBuffer']],
  [Request.prototype, ['cache']],
  [Response.prototype, ['body']],
  [ReadableStream.prototype, [Symbol.asyncIterator]],
  [Array, ['fromAsync']],
  [globalThis, ['structuredClone', 'TextDecoder', 'TransformStream']],
]
/** A page that is not served over HTTPS has none of these, nor has React Native. */
const insecure: typeof missing = [[Crypto.prototype, ['subtle', 'randomUUID']]]
const restores: (() => void)[] = []

function remove(properties: typeof missing): void {
  for (const [target, names] of properties) {
    const found = Object.getOwnPropertyDescriptors(target)
    for (const name of names.filter((each) => each in found)) {
      Reflect.deleteProperty(target, name)
      restores.push(() => Object.defineProperty(target, name, Reflect.get(found, name)))
    }
  }
}

const { arrayBuffer } = Blob.prototype

/** Reads a Blob where it has no `arrayBuffer`. */
class Reader {
  result: ArrayBuffer | undefined
  onload = (): void => {}

  async readAsArrayBuffer(blob: Blob): Promise<void> {
    this.result = await Reflect.apply(arrayBuffer, blob, [])
    this.onload()
  }
}

beforeEach(() => {
  vi.stubGlobal('FileReader', Reader)
  remove(missing)
})
afterEach(() => {
  for (const restore of restores.splice(0)) {
    restore()
  }
  vi.unstubAllGlobals()
})

/** Answers each path of the service and of a proxy. */
const answer: Reply = async (request) => {
  const { pathname } = request.url
  const reads = pathname.endsWith('/keys') ? madeKey : succeeded
  const reply = /upload|files/.test(pathname) ? uploaded : reads
  const response = await (/createTask|tasks$/.test(pathname) ? created : reply)(request)
  response.headers.set('apikley-proxy', '1')
  return response
}

test.each([
  ['directly', [], {}, { callbackUrl: 'https://app.example/callback' }],
  ['behind a proxy', insecure, proxied, {}],
])('a run uploads a native file %s without newer functions', async (...row) => {
  const [, properties, options, callback] = row
  remove(properties)
  const bytes = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
  const blob = async () => new Blob([bytes])
  vi.stubGlobal('fetch', async (uri: string) => ({ ok: true, blob, uri }))
  const { apikley, clock, sent } = service([answer], options)
  const image_url = { uri: 'file:///picked/cat.png', name: 'cat.png', type: 'image/png' }
  await clock.settle(apikley.run(MODEL, { ...input, image_url }, { ...callback, timeout: 60_000 }))
  expect(new Set(sent.map(({ init }) => init.cache))).toEqual(new Set([undefined]))
  const upload = sent.find(({ url }) => /upload|files/.test(url.pathname))
  expect(`${upload?.url.search} ${upload?.body}`).toMatch(/cat[^"]*\.png/)
  expect(`${upload?.headers.get('content-type')} ${upload?.body}`).toMatch(/image\/png/)
})

test.each(['run', 'wait', 'upload'])('an abort of %s works', async (name) => {
  const { apikley, clock } = service([never])
  const controller = new AbortController()
  const { signal } = controller
  const error = errorOf(Promise.resolve(calls[name]?.(apikley, { signal })))
  await clock.pass(500)
  controller.abort()
  expect(await error).toMatchObject({ kind: 'aborted', cause: { name: 'AbortError' } })
  expect(clock.pending).toBe(0)
})

test('a timeout has its own error', async () => {
  const { run, wait } = service([never])
  expect(await errorOf(run({ timeout: 5000 }))).toMatchObject({ kind: 'unconfirmed' })
  expect(await errorOf(wait({ timeout: 5000 }))).toMatchObject({ kind: 'timeout' })
})
