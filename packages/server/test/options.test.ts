import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'
import type { Fault } from '@apikley/simulator'
import { expect, test, vi } from 'vitest'
import { createProxyHandler } from '../src/index.ts'
import {
  configurationError,
  create,
  makeKey,
  model,
  onCreate,
  onRead,
  send,
  sendCreate,
} from './requests.ts'
import { input, key, post, secret, world } from 'test-kit/world'

test('A descriptor in models checks the input before anything is sent.', async () => {
  const all = world({ models: [v3Reframe] })
  const headers = { 'idempotency-key': await makeKey(all) }
  const invalid = post('/tasks', { model, input: { image_size: 'huge' } }, headers)
  const { status, body } = await send(all, invalid)
  expect(status).toBe(422)
  expect(body).toMatchObject({
    error: { kind: 'invalid-input', message: expect.stringContaining('image_size') },
  })
  expect(all.simulator.journal.requests).toEqual([])
  await all.clock.settle(all.page.tasks.create(model, input))
  expect(all.simulator.journal.tasks).toHaveLength(1)
})

test.each([
  ['an empty variable', '', /^undefined$/],
  ['a text', 'https://app.example/webhook', /^https:\/\/app\.example\/webhook\b/],
  [
    'a function of the user',
    (user: string) => `https://app.example/webhook?user=${user}`,
    /^https:\/\/app\.example\/webhook\?user=ann\b/,
  ],
])('The service gets the callbackUrl from %s.', async (_, callbackUrl, expected) => {
  const { clock, page, simulator } = world({ callbackUrl })
  await clock.settle(page.tasks.create(model, input))
  expect(String(Object(simulator.journal.requests[0]?.body).callBackUrl)).toMatch(expected)
})

test('The environment is read with the first request, for the key and the secret.', async () => {
  const { clock, simulator } = world()
  const { fetch } = simulator
  const env: Record<string, string> = {}
  const errors: unknown[] = []
  const onError = (error: unknown): void => void errors.push(error)
  const authorize = ({ headers }: Request) => headers.get('x-user')
  const proxy = createProxyHandler({ models: [model], authorize, fetch, onError }, { clock, env })
  expect((await send({ clock, proxy }, create('a-key'))).status).toBe(500)
  expect(errors).toEqual([configurationError('APIKLEY_PROXY_SECRET')])
  env.APIKLEY_PROXY_SECRET = secret
  const { status, text } = await send({ clock, proxy }, create('a-key'))
  expect(status).toBe(500)
  expect(text).not.toMatch(/APIKLEY|key/i)
  expect(errors[1]).toEqual(configurationError('APIKLEY_API_KEY'))
  env.APIKLEY_API_KEY = key
  expect((await sendCreate({ clock, proxy })).status).toBe(200)
})

test('The proxy works in a process that also has a page, as in tests.', async () => {
  vi.stubGlobal('window', globalThis)
  vi.stubGlobal('document', {})
  try {
    expect((await sendCreate(world())).status).toBe(200)
  } finally {
    vi.unstubAllGlobals()
  }
})

test('The platform keeps the instance running until the create is complete.', async () => {
  const all = world()
  const { clock, proxy, errors } = all
  const waitUntil = vi
    .fn<(promise: Promise<unknown>) => void>()
    .mockImplementationOnce(() => expect.fail('Illegal invocation'))
  for (const reported of [1, 0]) {
    const made = await makeKey(all)
    expect((await clock.settle(proxy.fetch(create(made), { waitUntil }))).status).toBe(200)
    expect(errors.splice(0)).toHaveLength(reported)
  }
  expect(waitUntil.mock.lastCall).toEqual([expect.any(Promise)])
})

test.each<[string, Fault, number]>([
  ['HTTP 502', { fault: 'status', status: 502 }, 3],
  ['code 500', { fault: 'code', code: 500 }, 3],
  ['a reset', { fault: 'reset' }, 3],
  ['a page with HTTP 200', { fault: 'html', status: 200 }, 3],
  ['an answer without data', { fault: 'code', code: 200, data: null }, 1],
  ['no answer', { fault: 'hang' }, 1],
  ['code 429', { fault: 'code', code: 429 }, 5],
  ['code 455', { fault: 'code', code: 455 }, 5],
  ['HTTP 503 with a Retry-After of 2 s', { fault: 'status', status: 503, retryAfter: 2 }, 5],
])('A read of a page during %s sends %i requests to the service.', async (_, fault, requests) => {
  const { clock, page, simulator } = world()
  const { taskId } = await clock.settle(page.tasks.create(model, input))
  simulator.control.addFaults(onRead({ ...fault, times: 'always' }))
  const before = simulator.journal.requests.length
  await clock.settle(page.tasks.get(taskId).catch(() => {}))
  expect(simulator.journal.requests.length - before).toBe(requests)
})

test.each([
  ['a delay that the service asks for', 2, '2'],
  ['the interval of the limit if the service names no delay', undefined, '10'],
])('The proxy passes on %s.', async (_, retryAfter, expected) => {
  const fault = { fault: 'status', status: 429, ...(retryAfter && { retryAfter }) } as const
  const all = world({}, { faults: [onCreate(fault)] })
  const before = all.clock.now()
  const passed = await sendCreate(all)
  expect(passed.status).toBe(429)
  expect(passed.headers.get('retry-after')).toBe(expected)
  expect(all.clock.now()).toBe(before)
})

test('The service checks an input whose fields are named like methods.', async () => {
  const all = world()
  const odd = { model, input: { ...input, image_url: { toString: 1 }, valueOf: 2 } }
  await send(all, post('/tasks', odd, { 'idempotency-key': await makeKey(all) }))
  expect(all.simulator.journal.requests).toHaveLength(1)
})
