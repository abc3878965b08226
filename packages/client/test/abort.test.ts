import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { ApikleyOptions } from '../src/index.ts'
import { idle } from 'test-kit/clock'
import {
  created,
  eventsOf,
  input,
  json,
  never,
  record,
  type Reply,
  service,
  type Service,
  succeeded,
} from './service.ts'

const reason = new Error('enough')

interface Phase {
  readonly replies: Reply[]
  readonly options?: ApikleyOptions
  /** Requests that have been sent when the phase is reached. */
  readonly requests: number
  /** How long the phase has lasted when the signal is aborted, in ms. */
  readonly after?: number
  call(service: Service, signal: AbortSignal): Promise<unknown>
}

const run: Phase['call'] = ({ apikley }, signal) =>
  apikley.run('ideogram/v3-reframe', input, { signal })
const wait: Phase['call'] = ({ apikley }, signal) => apikley.tasks.wait('task_1', { signal })
const oneAMinute = { limit: 1, interval: 60_000 }

const phases: Record<string, Phase> = {
  'in an upload': {
    replies: [never],
    requests: 1,
    call: ({ apikley }, signal) =>
      apikley.run('ideogram/v3-reframe', { ...input, image_url: new Blob(['bytes']) }, { signal }),
  },
  'in the queue for creates': {
    replies: [created],
    options: { limits: { creates: oneAMinute } },
    requests: 1,
    async call(all, signal) {
      await all.apikley.tasks.create('ideogram/v3-reframe', input)
      return run(all, signal)
    },
  },
  'in a create': { replies: [never], requests: 1, call: run },
  'in the pause before a create is resent': {
    replies: [json({ code: 429 })],
    requests: 1,
    call: run,
  },
  'before the first poll': { replies: [created], requests: 1, call: run },
  'in a poll': { replies: [created, never], requests: 2, after: 3000, call: run },
  'in a poll of a wait': { replies: [never], requests: 1, call: wait },
  'between two polls': { replies: [record('waiting')], requests: 1, after: 1000, call: wait },
  'in the queue for reads': {
    replies: [record('waiting')],
    options: { limits: { reads: oneAMinute } },
    requests: 1,
    async call(all, signal) {
      await all.apikley.tasks.get('task_2')
      return wait(all, signal)
    },
  },
  'in the pause after a failed poll': {
    replies: [() => new Response('', { status: 502 })],
    requests: 1,
    after: 1000,
    call: wait,
  },
  'in a loop over a watch': {
    replies: [record('waiting')],
    requests: 1,
    after: 1000,
    async call({ apikley }, signal) {
      for await (const _ of apikley.tasks.watch('task_1', { signal })) {
      }
    },
  },
}

describe('an abort takes effect in the same turn and leaves no timer', () => {
  test.each(Object.entries(phases))(
    '%s',
    async (_, { replies, options, requests, after, call }) => {
      const all = service(replies, options)
      const { clock, sent } = all
      const controller = new AbortController()
      const outcome: { error?: unknown } = {}
      void call(all, controller.signal).catch((error: unknown) => {
        outcome.error = error
      })
      for (let turn = 0; turn < 25; turn++) {
        await idle()
      }
      if (after !== undefined) {
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
    },
  )

  test('an aborted create that was sent is reported as unconfirmed', async () => {
    const { apikley, events, sent } = service([never])
    const controller = new AbortController()
    const running = apikley.run('ideogram/v3-reframe', input, { signal: controller.signal })
    for (let turn = 0; turn < 10; turn++) {
      await idle()
    }
    controller.abort(reason)
    await expect(running).rejects.toBe(reason)
    expect(eventsOf(events, 'unconfirmed')).toEqual([
      {
        type: 'unconfirmed',
        operation: 'create-task',
        attemptId: sent[0]?.headers.get('idempotency-key'),
      },
    ])
  })

  test('a call with an aborted signal sends no request', async () => {
    const { apikley, clock, sent } = service([created])
    const signal = AbortSignal.abort(reason)
    await expect(apikley.run('ideogram/v3-reframe', input, { signal })).rejects.toBe(reason)
    await expect(apikley.tasks.get('task_1', { signal })).rejects.toBe(reason)
    await expect(apikley.tasks.wait('task_1', { signal })).rejects.toBe(reason)
    await expect(apikley.tasks.watch('task_1', { signal }).next()).rejects.toBe(reason)
    await clock.pass(60_000)
    expect(sent).toHaveLength(0)
  })

  test('a successful call leaves no listener', async () => {
    const { apikley, clock } = service([created, record('waiting'), succeeded])
    const { signal } = new AbortController()
    await clock.settle(apikley.run('ideogram/v3-reframe', input, { signal }))
    await apikley.tasks.get('task_1', { signal })
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    expect(clock.pending).toBe(0)
  })

  test('an abort of one wait does not end another wait for the task', async () => {
    const { apikley, clock, sent } = service([record('waiting'), succeeded])
    const controller = new AbortController()
    const left = apikley.tasks.wait('task_1', { signal: controller.signal })
    const stays = apikley.tasks.wait('task_1')
    await clock.pass(1000)
    controller.abort(reason)
    await expect(left).rejects.toBe(reason)
    expect(await clock.settle(stays)).toMatchObject({ state: 'success' })
    expect(sent).toHaveLength(2)
  })
})
