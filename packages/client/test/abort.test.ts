import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import type { ApikleyOptions } from '../src/index.ts'
import { idle } from 'test-kit/clock'
import {
  created,
  errorOf,
  eventsOf,
  input,
  json,
  MODEL,
  never,
  service,
  succeeded,
  text,
  waiting,
  type Reply,
  type Service,
} from './service.ts'

const reason = new Error('enough')

type Call = (service: Service, signal: AbortSignal) => Promise<unknown>

const run: Call = ({ apikley }, signal) => apikley.run(MODEL, input, { signal })
const wait: Call = ({ apikley }, signal) => apikley.tasks.wait('task_1', { signal })
const upload: Call = ({ apikley }, signal) =>
  apikley.run(MODEL, { ...input, image_url: new Blob(['bytes']) }, { signal })
const watch: Call = async ({ apikley }, signal) => {
  for await (const _ of apikley.tasks.watch('task_1', { signal })) {
  }
}
const queuedRun: Call = async (all, signal) => {
  await all.apikley.tasks.create(MODEL, input)
  return run(all, signal)
}
const queuedWait: Call = async (all, signal) => {
  await all.apikley.tasks.get('task_2')
  return wait(all, signal)
}

const oneAMinute = { limit: 1, interval: 60_000 }
const limits = { creates: oneAMinute, reads: oneAMinute }

/** The call, the replies, the requests before the abort, and the delay of the abort in ms. */
test.each<[string, Call, Reply[], number, number, ApikleyOptions?]>([
  ['an upload', upload, [never], 1, 0],
  ['the queue for creates', queuedRun, [created], 1, 0, { limits }],
  ['a create', run, [never], 1, 0],
  ['the pause before a retry of a create', run, [json({ code: 429 })], 1, 0],
  ['the pause before the first poll', run, [created], 1, 0],
  ['a poll of a run', run, [created, never], 2, 3000],
  ['a poll of a wait', wait, [never], 1, 0],
  ['the pause between two polls', wait, [waiting], 1, 1000],
  ['the queue for reads', queuedWait, [waiting], 1, 0, { limits }],
  ['the pause after a failed poll', wait, [text('', 502)], 1, 1000],
  ['a watch', watch, [waiting], 1, 1000],
])('an abort during %s takes effect in the same turn and leaves no timer', async (...row) => {
  const [, call, replies, requests, after, options] = row
  const all = service(replies, options)
  const { clock, sent } = all
  const controller = new AbortController()
  const outcome: { error?: unknown } = {}
  void call(all, controller.signal).catch((error: unknown) => {
    outcome.error = error
  })
  await idle(25)
  if (after > 0) {
    await clock.pass(after)
  }
  expect(sent).toHaveLength(requests)
  expect(getEventListeners(controller.signal, 'abort').length).toBeGreaterThan(0)

  controller.abort(reason)
  await idle()
  expect(outcome).toEqual({ error: reason })
  expect(clock.pending).toBe(0)
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  await clock.pass(1_000_000)
  expect(sent).toHaveLength(requests)
  const isUnconfirmed = requests === 1 && call === run && replies[0] === never
  const attemptId = sent[0]?.headers.get('idempotency-key')
  expect(eventsOf(all.events, 'unconfirmed')).toEqual(
    isUnconfirmed ? [{ type: 'unconfirmed', operation: 'create-task', attemptId }] : [],
  )
})

test('a call with an aborted signal sends no request', async () => {
  const all = service([created])
  const signal = AbortSignal.abort(reason)
  for (const call of [run, wait, watch, upload]) {
    expect(await errorOf(call(all, signal))).toBe(reason)
  }
  await expect(all.apikley.tasks.get('task_1', { signal })).rejects.toBe(reason)
  await all.clock.pass(60_000)
  expect(all.sent).toHaveLength(0)
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
  expect(await aborted).toBe(reason)
  expect(await all.clock.settle(other)).toMatchObject({ state: 'success' })
  expect(all.sent).toHaveLength(2)
})
