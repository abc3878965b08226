import { getEventListeners } from 'node:events'
import { expect, test, vi } from 'vitest'
import { ApikleyError, type ApikleyOptions } from '../src/index.ts'
import { idle } from 'test-kit/clock'
import { MODEL, created, json, never, succeeded, text, waiting, type Reply } from './replies.ts'
import { calls, errorOf, eventsOf, input, service, statesOf, withFile } from './service.ts'
import type { Service } from './service.ts'

const reason = new Error('enough')

type Call = (service: Service, signal: AbortSignal) => Promise<unknown>

/** One of the usual calls. */
const callOf =
  (name: string): Call =>
  async ({ apikley }, signal) =>
    calls[name]?.(apikley, { signal })
const [run, wait, get] = [callOf('run'), callOf('wait'), callOf('get')]
const [upload, download] = [callOf('run with a file'), callOf('save')]
const watch: Call = ({ apikley }, signal) => statesOf(apikley.tasks.watch('task_1', { signal }))
const queuedRun: Call = async (all, signal) => {
  await all.apikley.tasks.create(MODEL, input)
  return run(all, signal)
}
const queuedWait: Call = async (all, signal) => {
  await all.apikley.tasks.get('task_1')
  return wait(all, signal)
}
const keyedUpload: Call = async ({ apikley }, signal) =>
  apikley.run(MODEL, withFile, { signal, idempotencyKey: await apikley.tasks.createKey() })
const onKey: Call = async ({ apikley }, signal) => {
  await apikley.credits()
  return apikley.run(MODEL, input, { signal, onKey: () => new Promise(() => {}) })
}

const oneAMinute = { limit: 1, interval: 60_000 }
const limits = { creates: oneAMinute, reads: oneAMinute }
const idempotencyKey = expect.any(String)
const free = { charge: 'none' }
const named = { charge: 'none', idempotencyKey }
const inDoubt = { charge: 'possible', idempotencyKey }
const charged = { charge: 'charged', taskId: 'task_1' }

/**
 * The call, the replies, the requests before the abort, the delay of the abort in ms, and the data
 * of the error.
 */
test.each<[string, Call, Reply[], number, number, object, ApikleyOptions?]>([
  ['an upload', upload, [never], 1, 0, free],
  ['an upload of a keyed run', keyedUpload, [never], 1, 0, named],
  ['onKey', onKey, [json({ code: 200, data: 5 })], 1, 0, named],
  ['the queue for creates', queuedRun, [created], 1, 0, named, { limits }],
  ['a create', run, [never], 1, 0, inDoubt],
  ['the pause before a retry of a create', run, [json({ code: 429 })], 1, 0, named],
  ['the pause before the first poll', run, [created], 1, 0, charged],
  ['a poll of a run', run, [created, never], 2, 3000, charged],
  ['a poll of a wait', wait, [never], 1, 0, charged],
  ['the pause between two polls', wait, [waiting], 1, 1000, charged],
  ['the queue for reads', queuedWait, [waiting], 1, 0, charged, { limits }],
  ['the pause after a failed poll', wait, [text('', 502)], 1, 1000, charged],
  ['a watch', watch, [waiting], 1, 1000, charged],
  ['a get', get, [never], 1, 0, charged],
  ['a download', download, [never], 1, 0, free],
])('an abort during %s takes effect in the same turn and leaves no timer', async (...row) => {
  const [, call, replies, requests, after, expected, options] = row
  const all = service(replies, options)
  const { clock, sent } = all
  const controller = new AbortController()
  let error: unknown
  void call(all, controller.signal).catch((reason: unknown) => {
    error = reason
  })
  if (after === 0) {
    await vi.waitUntil(() => sent.length === requests)
  }
  await idle(25)
  if (after > 0) {
    await clock.pass(after)
  }
  expect(sent).toHaveLength(requests)
  expect(getEventListeners(controller.signal, 'abort').length).toBeGreaterThan(0)

  controller.abort(reason)
  await idle()
  expect(error).toMatchObject({ kind: 'aborted', cause: reason, ...expected })
  const ids = ['taskId', 'idempotencyKey'].filter((name) => !(name in expected))
  expect(Object.keys(Object(error)).filter((name) => ids.includes(name))).toEqual([])
  expect(clock.pending).toBe(0)
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  await clock.pass(1_000_000)
  expect(sent).toHaveLength(requests)
  const name = sent[0]?.headers.get('idempotency-key')
  const event = { type: 'unconfirmed', operation: 'create-task', idempotencyKey: name }
  expect(eventsOf(all.events, 'unconfirmed')).toEqual(expected === inDoubt ? [event] : [])
})

test('a call with an aborted signal sends no request', async () => {
  const all = service([created])
  const signal = AbortSignal.abort(reason)
  const aborted = { kind: 'aborted', cause: reason }
  const createKey: Call = ({ apikley }) => apikley.tasks.createKey({ signal })
  for (const call of [run, wait, watch, upload, get, download, createKey]) {
    expect(await errorOf(call(all, signal))).toMatchObject(aborted)
  }
  await all.clock.pass(60_000)
  expect(all.sent).toHaveLength(0)
})

test('an ApikleyError as the reason does not hide a charge, and its key is not resent', async () => {
  const { apikley, sent } = service([never])
  const cause = new ApikleyError({ kind: 'insufficient-credits', message: 'of another create' })
  const idempotencyKey = await apikley.tasks.createKey()
  const controller = new AbortController()
  const { signal } = controller
  const create = errorOf(apikley.tasks.create(MODEL, input, { idempotencyKey, signal }))
  await vi.waitUntil(() => sent.length === 1)
  controller.abort(cause)
  expect(await create).toMatchObject({ kind: 'aborted', charge: 'possible', cause })
  const again = errorOf(apikley.tasks.create(MODEL, input, { idempotencyKey }))
  expect(await again).toMatchObject({ kind: 'unconfirmed' })
  expect(sent).toHaveLength(1)
})

test('a successful call leaves no listener', async () => {
  const { apikley, run, clock } = service([created, waiting, succeeded])
  const { signal } = new AbortController()
  await run({ signal })
  await apikley.tasks.get('task_1', { signal })
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  expect(clock.pending).toBe(0)
})

test('an abort of one wait does not end another wait for the task', async () => {
  const all = service([waiting, succeeded])
  const controller = new AbortController()
  const aborted = errorOf(wait(all, controller.signal))
  const other = all.apikley.tasks.wait('task_1')
  await all.clock.pass(1000)
  controller.abort(reason)
  expect(await aborted).toMatchObject({ kind: 'aborted', cause: reason })
  expect(await all.clock.settle(other)).toMatchObject({ state: 'success' })
  expect(all.sent).toHaveLength(2)
})

test('many calls on one signal share one listener, and leave none', async () => {
  const { apikley, clock } = service([never])
  const controller = new AbortController()
  const { signal } = controller
  const calls = Array.from({ length: 50 }, (_, index) => [
    errorOf(apikley.tasks.wait(`task_${index}`, { signal })),
    errorOf(apikley.run(MODEL, input, { signal })),
    errorOf(apikley.credits({ signal })),
  ])
  await clock.pass(3000)
  expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(1)
  controller.abort(reason)
  const errors = await Promise.all(calls.flat())
  expect(errors).toMatchObject(Array(150).fill({ kind: 'aborted', cause: reason }))
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  expect(clock.pending).toBe(0)
})
