import { ApikleyError, memoryStore, type Store } from '@apikley/client'
import type { Fault } from '@apikley/simulator'
import { expect, test, vi } from 'vitest'
import {
  configurationError,
  create,
  failure,
  keyedWorld,
  makeKey,
  methodsOf,
  model,
  onCreate,
  onRead,
  read,
  send,
  sendCreate,
} from './requests.ts'
import { input, key, post, request, world } from 'test-kit/world'

const fail = (message: string) => (): never => {
  throw new Error(message)
}

test.each<[string, Fault, Partial<ApikleyError>]>([
  ['authentication', { fault: 'code', code: 401 }, { code: 401 }],
  ['rejected', { fault: 'code', code: 422 }, { code: 422 }],
  ['rejected', { fault: 'code', code: 500 }, { code: 500 }],
  ['key-limit', { fault: 'code', code: 433 }, { code: 433 }],
  ['maintenance', { fault: 'code', code: 455, times: 'always' }, { code: 455 }],
  ['feature-disabled', { fault: 'code', code: 505 }, { code: 505 }],
  ['unconfirmed', { fault: 'code', code: 799 }, {}],
  ['connection', { fault: 'refuse', times: 'always' }, {}],
  ['unconfirmed', { fault: 'status', status: 500 }, { status: 500 }],
  ['unconfirmed', { fault: 'hang' }, {}],
  ['rate-limited', { fault: 'status', status: 429, retryAfter: 90 }, { retryAfter: 90_000 }],
])('The page gets the kind %s for the fault %o of a create.', async (kind, fault, more) => {
  const { clock, page, simulator } = world({}, { faults: [onCreate(fault)] })
  const error = await clock.settle(failure(page.tasks.create(model, input)))
  expect(error).toMatchObject({ kind, ...more })
  expect(simulator.journal.tasks).toHaveLength(0)
})

test.each([
  [422, 'image_size is wrong', true],
  [429, 'Account bob@corp.example', false],
  [455, 'Account bob@corp.example', false],
  [505, 'Account bob@corp.example', false],
])('The response to code %i contains the message %j: %s.', async (code, msg, shown) => {
  const faults = [onCreate({ fault: 'code', code, msg, times: 'always' })]
  const { text } = await sendCreate(world({}, { faults }))
  expect(text.includes(msg)).toBe(shown)
})

test.each([
  [401, 'authentication'],
  [402, 'insufficient-credits'],
  [433, 'key-limit'],
])('Code %i is about the account, so only the log gets the message.', async (code, kind) => {
  const { clock, page, simulator, errors } = world()
  const { taskId } = await clock.settle(page.tasks.create(model, input))
  const fault = { fault: 'code', code, msg: 'of owner@corp.example' } as const
  simulator.control.addFaults(onCreate(fault), onRead(fault))
  for (const call of [() => page.tasks.create(model, input), () => page.tasks.get(taskId)]) {
    const error = await clock.settle(failure(call()))
    expect(error).toMatchObject({ kind, code })
    expect(JSON.stringify(error)).not.toMatch(/owner@|API key|Top up|raise/)
    expect(errors.splice(0)).toEqual([expect.objectContaining({ kind, msg: fault.msg })])
  }
  expect(await clock.settle(page.tasks.get(taskId))).toMatchObject({ taskId })
})

test.each([
  [key, `bad picture for ${key}`],
  ['sk/ab+cd/0123456==', 'see https://a.example?k=sk%2Fab%2Bcd%2f0123456%3D%3D'],
])('The response hides the API key %s in the message %s.', async (apiKey, msg) => {
  const faults = [onCreate({ fault: 'code', code: 422, msg })]
  const { text } = await sendCreate(world({ apiKey }, { keys: [apiKey], faults }))
  expect(text).toContain('[key]')
  expect(text).not.toMatch(/5up3r|ab%2Bcd/)
})

test('A failed task has its reason, without the API key.', async () => {
  const outcomes = [{ state: 'fail', failMsg: `bad picture for ${key}` } as const]
  const { clock, page } = world({}, { outcomes })
  const { taskId } = await clock.settle(page.tasks.create(model, input))
  expect(await clock.settle(failure(page.tasks.wait(taskId)))).toMatchObject({
    kind: 'task-failed',
    taskId,
    failMsg: 'bad picture for [key]',
  })
})

test.each([
  [401, 'authentication', ''],
  [422, 'not-found', 'is unknown'],
  [501, 'task-failed', 'failed'],
])('A read that ends with code %i is %s and contains no task id.', async (code, kind, words) => {
  const all = world()
  const { taskId } = await all.clock.settle(all.page.tasks.create(model, input))
  const id = all.simulator.journal.tasks[0]?.taskId ?? '-'
  const msg = `Task ${id} failed`
  all.simulator.control.addFaults(onRead({ fault: 'code', code, msg, times: 'always' }))
  const { text, body } = await send(all, read(taskId))
  expect(body).toMatchObject({ error: { kind, taskId } })
  expect(text).toContain(words && `Task ${taskId} ${words}`)
  expect(text.replaceAll(taskId, '')).not.toContain(id)
})

test('A create whose response is contradictory is unconfirmed and has the handle.', async () => {
  const fault = onCreate({ fault: 'code', code: 402, data: { taskId: 'task_1' } })
  const { clock, page } = world({}, { faults: [fault] })
  expect(await clock.settle(failure(page.tasks.create(model, input)))).toMatchObject({
    kind: 'unconfirmed',
    taskId: expect.stringMatching(/^task_1\.[\w-]{43}$/),
  })
})

test.each<['authorize' | 'allow', unknown]>([
  ['authorize', new Error('pw of the database')],
  ['allow', new Error('pw of the database')],
  ['authorize', new ApikleyError({ kind: 'server', message: 'postgres://u:pw' })],
  ['authorize', new ApikleyError({ kind: 'unconfirmed', message: 'pw' })],
  ['authorize', new ApikleyError({ kind: 'server', code: 700, message: 'pw' })],
])('The page gets maintenance if %s throws %o, and nothing is sent.', async (name, error) => {
  const isFailing = { now: false }
  const all = world({ [name]: () => (isFailing.now ? Promise.reject(error) : 'ann') })
  const made = await makeKey(all)
  isFailing.now = true
  const { status, text, body } = await send(all, create(made))
  expect(status).toBe(503)
  expect(body).toMatchObject({ code: 455, error: { kind: 'maintenance' } })
  expect(text).not.toContain('pw')
  expect(all.errors).toEqual([new Error(`${name} failed`, { cause: error })])
  expect(all.simulator.journal.requests).toEqual([])
})

test.each<[string, () => string]>([
  ['throws', fail('bug')],
  ['returns a relative URL', () => '/api/hook'],
])('A callbackUrl that %s is a configuration error, and nothing is sent.', async (...row) => {
  const all = world({ callbackUrl: row[1] })
  for (const _ of [1, 2]) {
    const { body } = await sendCreate(all)
    expect(body).toMatchObject({ code: 505, error: { kind: 'configuration' } })
    expect(all.errors.splice(0)).toEqual([configurationError('callbackUrl')])
  }
  expect(all.simulator.journal.requests).toEqual([])
})

test.each<[string, () => void]>([
  ['throws', fail('logger')],
  ['rejects', async () => fail('logger')()],
])('An onError that %s changes no response.', async (_, onError) => {
  // The store fails when the outcome is saved.
  const memory = memoryStore()
  const store: Store = {
    ...methodsOf(memory),
    swap: async (...given) =>
      given[2]?.includes('"created"') ? fail('closed')() : memory.swap(...given),
  }
  expect((await sendCreate(world({ store, onError }))).status).toBe(200)
  const refused = world({ authorize: fail('no database'), onError })
  expect((await send(refused, create('a-key'))).status).toBe(503)
})

test('A handle that cannot be signed makes the create unconfirmed.', async () => {
  const error = new Error('no cryptography')
  // The service has accepted the create when cryptography fails.
  const [all, made] = await keyedWorld({
    async fetch(...given) {
      const response = await all.simulator.fetch(...given)
      vi.spyOn(crypto.subtle, 'sign').mockRejectedValue(error)
      return response
    },
  })
  const { body } = await send(all, create(made))
  expect(body).toMatchObject({
    code: 502,
    error: { kind: 'unconfirmed', idempotencyKey: made },
  })
  expect(all.errors).toEqual([error])
})

test('Truncated JSON gets 400, and nothing is sent to the service.', async () => {
  const all = world()
  const body = new ReadableStream({ start: (stream) => stream.error(new Error('gone')) })
  const sent = new Request(post('/tasks', {}), { body, ...{ duplex: 'half' } })
  expect((await send(all, sent)).body).toMatchObject({ code: 400, error: { kind: 'rejected' } })
  expect(all.simulator.journal.requests).toEqual([])
})

test('A body that a body parser has read is a configuration error.', async () => {
  const all = world()
  const headers = { 'content-type': 'application/json', 'content-length': '70' }
  const consumed = create('a-key')
  const emptied = request('/tasks', { method: 'POST', headers })
  await consumed.text()
  for (const sent of [consumed, emptied]) {
    expect((await send(all, sent)).status).toBe(500)
    expect(all.errors.splice(0)).toEqual([configurationError('body parsers')])
  }
})
