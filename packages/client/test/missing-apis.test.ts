import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { created, errorOf, input, MODEL, never, service, succeeded, uploaded } from './service.ts'

/** What React Native does not have, or Safari 16. */
const missing: [object, string][] = [
  [AbortSignal.prototype, 'throwIfAborted'],
  [AbortSignal.prototype, 'reason'],
  [AbortSignal, 'any'],
  [AbortSignal, 'timeout'],
  [URL, 'canParse'],
  [Blob.prototype, 'bytes'],
  [Request.prototype, 'cache'],
  [globalThis, 'structuredClone'],
]
const restores: (() => void)[] = []

beforeEach(() => {
  for (const [target, name] of missing) {
    const found = Object.getOwnPropertyDescriptor(target, name)
    Reflect.deleteProperty(target, name)
    if (found) {
      restores.push(() => Object.defineProperty(target, name, found))
    }
  }
})
afterEach(() => {
  for (const restore of restores.splice(0)) {
    restore()
  }
  vi.unstubAllGlobals()
})

test('a run uploads a native file without newer platform functions', async () => {
  const bytes = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
  const blob = async () => new Blob([bytes])
  vi.stubGlobal('fetch', async (uri: string) => ({ ok: true, blob, uri }))
  const { apikley, clock, sent } = service([uploaded, created, succeeded])
  const image_url = { uri: 'file:///picked/cat.png', name: 'cat.png', type: 'image/png' }
  const callbackUrl = 'https://app.example/callback'
  await clock.settle(apikley.run(MODEL, { ...input, image_url }, { callbackUrl, timeout: 60_000 }))
  expect(sent[0]?.body).toMatch(/filename="[^"]*cat[^"]*\.png"\r\ncontent-type: image\/png/i)
  expect(sent).toHaveLength(3)
})

test.each(['run', 'wait', 'upload'] as const)('an abort of %s works', async (name) => {
  const { apikley, clock } = service([never])
  const controller = new AbortController()
  const { signal } = controller
  const calls = {
    run: () => apikley.run(MODEL, input, { signal }),
    wait: () => apikley.tasks.wait('task_1', { signal }),
    upload: () => apikley.files.upload(new Blob(['a'], { type: 'image/png' }), { signal }),
  }
  const error = errorOf(calls[name]())
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
