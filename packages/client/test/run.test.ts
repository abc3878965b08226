import { expect, test, vi } from 'vitest'
import { createApikley, untyped, type CreateOptions } from '../src/index.ts'
import { idle } from 'test-kit/clock'
import {
  MODEL,
  RESULT_URL,
  busy,
  created,
  envelope,
  never,
  record,
  succeeded,
  text,
  uploaded,
  waiting,
  type Reply,
} from './replies.ts'
import { errorOf, eventsOf, input, mistake, ownKey, sentInput, service } from './service.ts'
import type { Service } from './service.ts'

test('a model without types is run as any other, and a text is part of the result', async () => {
  const resultJson = JSON.stringify({ resultObject: { text: 'Good morning', language: 'en' } })
  const replies = [uploaded, created, record('success', { model: 'vendor/new-model', resultJson })]
  const { apikley, clock, sent } = service(replies)
  const input = { audio_url: new Blob(['a']) }
  const result = await clock.settle(apikley.run(untyped('vendor/new-model'), input))
  const object = { text: 'Good morning', language: 'en' }
  expect(result).toMatchObject({ urls: [], text: 'Good morning', object })
  expect(JSON.parse(sent[1]?.body ?? '')).toMatchObject({ model: 'vendor/new-model' })
  expect(sentInput(sent[1]).audio_url).toMatch(/^https/)
})

test('run creates a task, polls it and returns its result', async () => {
  const { run, sent, clock } = service([created, waiting, waiting, record('generating'), succeeded])
  const calls: string[] = []
  const result = await run({
    onPhase: (phase) => calls.push(phase),
    onCreated: (taskId) => calls.push(`${taskId} after ${sent.length} request`),
    onUpdate: ({ state }) => calls.push(state),
  })
  expect(result).toMatchObject({ taskId: 'task_1', urls: [RESULT_URL], task: { state: 'success' } })
  const states = ['waiting', 'generating', 'success']
  expect(calls).toEqual(['creating', 'task_1 after 1 request', 'waiting', ...states])
  expect(sent.filter(({ method }) => method === 'POST')).toHaveLength(1)
  expect(clock.pending).toBe(0)
})

test.each([
  [0, 'refunded'],
  [4.5, 'charged'],
])('a failed task that consumed %s credits is %s, and its error has the reason', async (...row) => {
  const [creditsConsumed, charge] = row
  const failed = { creditsConsumed, failCode: '422', failMsg: 'The image could not be read' }
  const { run } = service([created, record('fail', failed)])
  const error = { kind: 'task-failed', taskId: 'task_1', charge, ...failed }
  await expect(run()).rejects.toMatchObject(error)
})

test('an error of onPhase or onUpdate is ignored', async () => {
  const { run } = service([created, waiting, succeeded])
  expect(await run({ onPhase: mistake, onUpdate: mistake })).toMatchObject({ taskId: 'task_1' })
})

const notCharged = { kind: 'timeout', message: expect.stringContaining('Nothing was charged') }
const unconfirmed = { kind: 'unconfirmed', idempotencyKey: expect.any(String) }
const charged = {
  kind: 'timeout',
  taskId: 'task_1',
  message:
    'Task task_1 is still running after 1 min. It is charged: call tasks.wait("task_1") to keep waiting.',
}
test.each<[string, Reply[], number, object, number]>([
  ['of 0 ms sends nothing', [created], 0, notCharged, 0],
  ['before a retry of the create charges nothing', [busy(50)], 5000, notCharged, 1],
  ['during the create is unconfirmed', [never], 5000, unconfirmed, 1],
  ['after the create keeps the id', [busy(50), created, waiting], 60_000, charged, Infinity],
])('a timeout %s', async (_, replies, timeout, error, maxRequests) => {
  const { run, clock, sent, events } = service(replies)
  const started = clock.now()
  await expect(run({ timeout })).rejects.toMatchObject(error)
  expect(clock.now() - started).toBe(timeout)
  expect(sent.length).toBeLessThanOrEqual(maxRequests)
  expect(clock.pending).toBe(0)
  expect(eventsOf(events, 'unconfirmed')).toHaveLength(replies[0] === never ? 1 : 0)
})

test('a clock that is set back during the create does not lengthen the timeout', async () => {
  const { apikley, clock } = service([created, waiting])
  const run = apikley.run(MODEL, input, {
    timeout: 60_000,
    onCreated: () => clock.set(clock.now() - 3_600_000),
  })
  const ended = run.catch((error: unknown) => error)
  await clock.pass(61_000)
  expect(await Promise.race([ended, idle()])).toMatchObject({ kind: 'timeout', taskId: 'task_1' })
})

test('onCreated is awaited before the first poll', async () => {
  const { run, clock, sent } = service([created, succeeded])
  let requests = 0
  await run({
    async onCreated() {
      await clock.pass(5000)
      requests = sent.length
    },
  })
  expect(requests).toBe(1)
})

test('an error of onCreated becomes an error with the id', async () => {
  const { run } = service([created, succeeded])
  await expect(run({ onCreated: mistake })).rejects.toMatchObject({
    taskId: 'task_1',
    message:
      'Task task_1 was created and charged, but onCreated failed; call tasks.wait("task_1") to collect it.',
    cause: new Error('a mistake'),
  })
})

test.each<[string, (all: Service) => Promise<CreateOptions>]>([
  ['made by default', async () => ({})],
  ['of createKey', async ({ apikley }) => ({ idempotencyKey: await apikley.tasks.createKey() })],
  ['of the caller', (all) => ownKey(all, 'mine')],
])('onKey is awaited before the create, and receives the key: %s', async (_, makeOptions) => {
  const all = service([created, succeeded])
  const own = await makeOptions(all)
  const keys: string[] = []
  await all.run({
    ...own,
    async onKey(key) {
      await all.clock.pass(5000)
      expect(all.sent).toHaveLength(0)
      keys.push(key)
    },
  })
  const named = all.sent[0]?.headers.get('idempotency-key')
  expect(keys).toEqual([named])
  expect(named).toBe(own.idempotencyKey ?? keys[0])
})

test('an error of onKey ends the run before the create, and charges nothing', async () => {
  const { apikley, run, sent, clock } = service([created, succeeded])
  await expect(run({ onKey: mistake })).rejects.toThrow('a mistake')
  const idempotencyKey = await apikley.tasks.createKey()
  await expect(run({ idempotencyKey, onKey: mistake })).rejects.toThrow('a mistake')
  expect(sent).toHaveLength(0)
  expect(clock.pending).toBe(0)
  // The key is free for another create.
  expect(await run({ idempotencyKey })).toMatchObject({ taskId: 'task_1' })
})

test('creates and runs with one key make one task, and onKey is called once', async () => {
  const all = service([created, succeeded])
  const { apikley, create, run, sent, events } = all
  const idempotencyKey = await apikley.tasks.createKey()
  const keys: string[] = []
  const options = { idempotencyKey, onKey: (key: string) => keys.push(key) }
  expect(await create(options)).toEqual({ taskId: 'task_1' })
  expect(await run(options)).toMatchObject({ taskId: 'task_1' })
  expect(await create(options)).toEqual({ taskId: 'task_1' })
  expect(sent.filter(({ method }) => method === 'POST')).toHaveLength(1)
  expect(keys).toEqual([idempotencyKey])
  expect(eventsOf(events, 'created')[0]).toMatchObject({ idempotencyKey })
  const found = { status: 'created', taskId: 'task_1' }
  expect(await apikley.tasks.recover(idempotencyKey)).toEqual(found)
})

test.each<[string, Reply, object]>([
  ['refused', envelope(402), { kind: 'insufficient-credits', charge: 'none', code: 402 }],
  ['unconfirmed', text('', 502), { kind: 'unconfirmed', charge: 'possible' }],
])('recover reports a create that is %s', async (status, reply, error) => {
  const { apikley, create } = service([reply])
  const idempotencyKey = await apikley.tasks.createKey()
  expect(await errorOf(create({ idempotencyKey }))).toMatchObject({ idempotencyKey })
  expect(await apikley.tasks.recover(idempotencyKey)).toMatchObject({ status, error })
})

test('recover of a key that was made by default is unconfirmed', async () => {
  const { apikley, create, sent } = service([text('', 502)])
  await errorOf(create())
  const key = sent[0]?.headers.get('idempotency-key') ?? ''
  expect(await apikley.tasks.recover(key)).toMatchObject({ status: 'unconfirmed' })
})

test('an abort of recover ends it at once', async () => {
  const { apikley, clock, sent } = service([never])
  const idempotencyKey = await apikley.tasks.createKey()
  void apikley.tasks.create(MODEL, input, { idempotencyKey }).catch(() => {})
  await vi.waitUntil(() => sent.length === 1)
  const controller = new AbortController()
  const { signal } = controller
  const cause = new Error('enough')
  const recovery = errorOf(apikley.tasks.recover(idempotencyKey, { signal }))
  await clock.pass(1000)
  controller.abort(cause)
  expect(await recovery).toMatchObject({ kind: 'aborted', cause, idempotencyKey })
})

test('making a client uses neither time nor randomness, which a prerender forbids', () => {
  const parts = { clock: { now: mistake, after: mistake }, random: mistake }
  expect(createApikley({ apiKey: 'any-long-key-will-do' }, parts)).toHaveProperty('tasks')
})
