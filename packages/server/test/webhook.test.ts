import { createApikley, type Apikley } from '@apikley/client'
import { expect, test, vi } from 'vitest'
import { signCallback, type WebhookOptions } from '../src/index.ts'
import { configurationError, model } from './requests.ts'
import { callbackOf, callbackUrl, webhookService } from './webhook-service.ts'
import { input, world } from 'test-kit/world'

const forged = { resultJson: '{"resultUrls":["https://evil.example/x.webp"]}' }

test.each<[string, Parameters<typeof webhookService>[0]]>([
  ['unsigned', {}],
  ['signed', { secret: 'hook', signedWith: 'hook' }],
])('An altered result in a callback that is %s is ignored.', async (_, signing) => {
  const altered = { ...forged, state: 'fail' }
  const { apikley, clock, calls } = webhookService(signing, [{ callback: { altered } }])
  const { urls } = await clock.settle(apikley.run(model, input, { callbackUrl }))
  await clock.advance(1000)
  expect(calls).toMatchObject([{ task: { state: 'success', urls } }])
  expect(urls[0]).not.toContain('evil')
})

test('A forged callback about a running task gets 503 and does not call onTask.', async () => {
  const service = webhookService({}, [{ state: 'stuck', invisibleFor: 0 }])
  const { apikley, clock, calls, send } = service
  const { taskId } = await clock.settle(apikley.tasks.create(model, input))
  expect(await send(taskId, { body: callbackOf(taskId, forged) })).toBe(503)
  expect(calls).toEqual([])
})

test('A response about another task does not call onTask.', async () => {
  const { apikley, clock, simulator } = webhookService()
  simulator.control.addTask({ taskId: 'task_1' })
  const other = await clock.settle(apikley.tasks.get('task_1'))
  const tasks = { get: async () => other, notify: async () => {} }
  const confused = webhookService({ apikley: { tasks } })
  expect(await confused.send('TASK_1')).toBe(503)
  expect(confused.calls).toEqual([])
})

test('Repeated callbacks cost one read, and every unknown task costs one.', async () => {
  const { simulator, send, calls, errors, reads } = webhookService()
  simulator.control.addTask({ taskId: 'task_1' })
  for (let round = 0; round < 20; round++) {
    await send()
  }
  expect(reads()).toBe(1)
  for (let round = 0; round < 15; round++) {
    // It may not be visible yet.
    expect(await send(`task_of_nobody_${round}`)).toBe(503)
  }
  expect([reads(), calls.length, errors]).toEqual([16, 1, []])
})

const refusedBecauseOf = (option: string): unknown =>
  expect.objectContaining({
    kind: 'authentication',
    message: expect.stringContaining(option),
  })

test('Callbacks without a valid signature get 401 and cost no read.', async () => {
  const service = webhookService({ secret: ['new', 'hook'] })
  const { simulator, clock, send, calls, errors, reads } = service
  simulator.control.addTask({ taskId: 'task_1' })
  const late = await signCallback('task_1', 'hook', clock.now() - 301_000)
  const ofOther = await signCallback('task_2', 'hook', clock.now())
  for (const wrong of [{}, { secret: 'other' }, { headers: late }, { headers: ofOther }]) {
    expect(await send('task_1', wrong)).toBe(401)
  }
  expect([reads(), calls]).toEqual([0, []])
  // Only the first one is reported.
  expect(errors).toEqual([refusedBecauseOf('secret')])
  expect(await send('task_1', { secret: 'hook' })).toBe(200)
  expect(calls).toHaveLength(1)
})

const urlWith = (token: string) => ({
  url: `${callbackUrl}?token=${encodeURIComponent(token)}&idempotencyKey=a`,
})

test('Callbacks without the token get 401 and cost no read.', async () => {
  const service = webhookService({ token: ['new one', 'guess?me'] })
  const { simulator, send, calls, errors, reads } = service
  simulator.control.addTask({ taskId: 'task_1' })
  const inFragment = { url: `${callbackUrl}#?token=guess?me` }
  const wrong = ['', 'guess', 'guess?m', 'guess?me '].map(urlWith)
  for (const each of [{}, inFragment, ...wrong]) {
    expect(await send('task_1', each)).toBe(401)
  }
  expect(reads()).toBe(0)
  expect(errors).toEqual([refusedBecauseOf('token')])
  expect(await send('task_1', urlWith('guess?me'))).toBe(200)
  expect(await send('task_1', urlWith('new one'))).toBe(200)
  expect(calls).toHaveLength(1)
})

test.each<[string, WebhookOptions['secret']]>([
  ['undefined', undefined],
  ['an empty text', ''],
  ['an empty list', []],
  ['a list of an empty text', ['']],
  ['a list with an empty text at its end', ['hook', '']],
  ['a list with an empty text in the middle', ['hook', '', 'old']],
])('Every callback gets 500 when token or secret is %s.', async (_, value) => {
  for (const name of ['secret', 'token'] as const) {
    const { send, errors, reads } = webhookService({ [name]: value })
    for (const more of [{}, { secret: 'hook' }, { url: `${callbackUrl}?token=` }]) {
      expect(await send('task_1', more)).toBe(500)
      expect(errors.splice(0)).toEqual([configurationError(`${name} is empty`)])
    }
    expect(reads()).toBe(0)
  }
})

test('The client is created with the first callback, so a build needs no API key.', async () => {
  const env: Record<string, string> = {}
  const createClient = vi.fn<() => Apikley>(() => createApikley({ fetch }, { clock, env }))
  const { clock, simulator, send, calls, errors } = webhookService({ apikley: createClient })
  const { fetch } = simulator
  simulator.control.addTask({ taskId: 'task_1' })
  expect(createClient).not.toHaveBeenCalled()
  expect(await send()).toBe(500)
  expect(errors).toEqual([configurationError('APIKLEY_API_KEY')])
  env.APIKLEY_API_KEY = 'any-long-key-will-do'
  expect([await send(), await send()]).toEqual([200, 200])
  expect(calls).toHaveLength(1)
  // It reads the key when a request needs it.
  expect(createClient).toHaveBeenCalledTimes(1)
})

test.each<[string, Partial<WebhookOptions>, number]>([
  ['is limited without token and secret', {}, 50],
  ['is not limited with a secret', { secret: 'hook' }, 51],
  ['is not limited with a token', { token: 'guess' }, 51],
])('The number of 50 callbacks in progress %s.', async (_, options, expected) => {
  const get = vi.fn<() => Promise<never>>(() => new Promise(() => {}))
  const tasks = { get, notify: async () => {} }
  const { post } = webhookService({ ...options, apikley: { tasks } })
  const hasRead = (count: number) => vi.waitFor(() => expect(get).toHaveBeenCalledTimes(count))
  const genuine = { url: `${callbackUrl}?token=guess`, secret: 'hook' }
  for (let index = 0; index < 50; index++) {
    void post(`task_${index}`, genuine)
  }
  await hasRead(50)
  await Promise.race([post('task_more', genuine), hasRead(51)])
  expect(get).toHaveBeenCalledTimes(expected)
})

test.each<[string, number, string]>([
  ['an empty body', 400, ''],
  ['HTML', 400, '<html>'],
  ['no task id', 400, '{"data":{}}'],
  ['more than 1 MB', 413, callbackOf('task_1', { more: 'x'.repeat(1_000_000) })],
])('A callback with %s gets %i and costs no read.', async (_, status, body) => {
  const { send, reads } = webhookService()
  expect(await send('task_1', { body })).toBe(status)
  expect(reads()).toBe(0)
})

test('A callback in chunks of one byte is read.', async () => {
  const { send, simulator, calls } = webhookService()
  simulator.control.addTask({ taskId: 'task_1' })
  const bytes = new TextEncoder().encode(callbackOf('task_1', { msg: 'fertig \u2713' }))
  const body = new ReadableStream({
    start(controller) {
      for (const byte of bytes) {
        controller.enqueue(Uint8Array.of(byte))
      }
      controller.close()
    },
  })
  expect(await send('task_1', { body })).toBe(200)
  expect(calls).toHaveLength(1)
})

test('A body that breaks off gets 400.', async () => {
  const body = new ReadableStream({ start: (controller) => controller.error(new Error('gone')) })
  expect(await webhookService().send('task_1', { body })).toBe(400)
})

test('A body that stops in the middle gets 400 after 5 s.', async () => {
  const { post, clock, reads } = webhookService()
  const cancel = vi.fn<() => Promise<void>>(() => new Promise(() => {}))
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"data":')),
    cancel,
  })
  const posted = post('task_1', { body })
  await clock.advance(4999)
  expect(cancel).not.toHaveBeenCalled()
  await clock.advance(1)
  expect(await posted).toBe(400)
  expect(cancel).toHaveBeenCalledOnce()
  expect([reads(), clock.pending]).toEqual([0, 0])
})

test('A body that never ends is read up to the limit.', async () => {
  const pull = vi.fn<(controller: ReadableStreamDefaultController) => void>((controller) =>
    controller.enqueue(new Uint8Array(100)),
  )
  const { send } = webhookService({ maxBytes: 1000 })
  expect(await send('task_1', { body: new ReadableStream({ pull }) })).toBe(413)
  expect(pull.mock.calls.length).toBeLessThan(20)
})

const { headers } = new Request(callbackUrl)
const url = callbackUrl
test.each<[string, object, string]>([
  ['an event of SvelteKit', { request: new Request(url), url: new URL(url) }, 'event.request'],
  ['an event of h3 1', { node: {}, web: {}, path: '/', headers, method: 'POST' }, 'toWebRequest'],
  ['an event of h3 2', { req: new Request(url), url: new URL(url), headers }, 'event.req'],
  ['a context of Hono', { req: {}, env: {} }, 'context.req.raw'],
  ['an event of Lambda', { rawPath: '/', headers: {}, body: '' }, 'aws-lambda'],
  ['a request of Express', { url: '/', method: 'POST', headers: {} }, 'adapters in the README'],
  ['an object without a prototype', Object.create(null), 'adapters in the README'],
])('The proxy and the webhook report %s, and how to get a Request.', async (_, value, hint) => {
  const { handler, errors } = webhookService()
  await expect(handler(Object(value))).rejects.toMatchObject({ kind: 'configuration' })
  expect(errors).toEqual([configurationError(hint)])
  const page = world()
  expect((await page.proxy.fetch(Object(value))).status).toBe(500)
  expect(page.errors).toEqual([configurationError(hint)])
})

test.each<[string, Record<string, string>]>([
  ['with its length', { 'content-length': '90' }],
  ['in chunks', { 'transfer-encoding': 'chunked' }],
])('A callback %s whose body a parser has read is reported.', async (_, sent) => {
  const { post, errors } = webhookService()
  expect(await post('task_1', { body: '', headers: sent })).toBe(500)
  expect(errors).toEqual([configurationError('Remove body parsers')])
})

test('A URL with credentials gets 400 before anything is called.', async () => {
  const service = webhookService()
  const authorize = vi.fn<() => string>()
  const { proxy, errors } = world({ authorize })
  const target = callbackUrl.replace('//', '//user:pw@')
  const sent = new Request(callbackUrl, { method: 'POST', body: callbackOf('task_1') })
  Object.defineProperty(sent, 'url', { value: target })
  for (const handle of [service.handler, proxy.fetch]) {
    expect((await handle(sent)).status).toBe(400)
  }
  expect([service.reads(), service.errors]).toEqual([0, []])
  expect([authorize.mock.calls, errors]).toEqual([[], []])
})
