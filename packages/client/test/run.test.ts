import { describe, expect, test } from 'vitest'
import type { RunAttempt } from '../src/index.ts'
import { idle } from 'test-kit/clock'
import {
  busy,
  created,
  eventsOf,
  input,
  MODEL,
  never,
  record,
  RESULT_URL,
  sentInput,
  service,
  succeeded,
  waiting,
  type Reply,
} from './service.ts'

const mistake = (): never => {
  throw new Error('a mistake')
}

test('run creates a task, polls it and returns its result', async () => {
  const { run, sent, clock } = service([created, waiting, waiting, record('generating'), succeeded])
  const calls: string[] = []
  const result = await run({
    onPhase: (phase) => calls.push(phase),
    onCreated: (taskId) => calls.push(`${taskId} after ${sent.length} request`),
    onUpdate: ({ state }) => calls.push(state),
  })
  expect(result).toMatchObject({ taskId: 'task_1', urls: [RESULT_URL], task: { state: 'success' } })
  expect(calls).toEqual([
    'creating',
    'task_1 after 1 request',
    'waiting',
    'waiting',
    'generating',
    'success',
  ])
  expect(sent.filter(({ method }) => method === 'POST')).toHaveLength(1)
  expect(clock.pending).toBe(0)
})

test('the error of a failed task has the reason', async () => {
  const reason = { failCode: '422', failMsg: 'The image could not be read' }
  const { run } = service([created, record('fail', reason)])
  await expect(run()).rejects.toMatchObject({ kind: 'task-failed', taskId: 'task_1', ...reason })
})

test('an error of onPhase or onUpdate is ignored', async () => {
  const { run } = service([created, waiting, succeeded])
  expect(await run({ onPhase: mistake, onUpdate: mistake })).toMatchObject({ taskId: 'task_1' })
})

describe('the timeout of a run', () => {
  const notCharged = { kind: 'timeout', message: expect.stringContaining('Nothing was charged') }
  test.each<[string, Reply[], number, object, number]>([
    ['of 0 ms sends nothing', [created], 0, notCharged, 0],
    ['before a retry of the create charges nothing', [busy(50)], 5000, notCharged, 1],
    [
      'during the create is unconfirmed',
      [never],
      5000,
      { kind: 'unconfirmed', attemptId: expect.any(String) },
      1,
    ],
    [
      'after the create keeps the id',
      [busy(50), created, waiting],
      60_000,
      {
        kind: 'timeout',
        taskId: 'task_1',
        message:
          'Task task_1 is still running after 1 min; call tasks.wait("task_1") to keep waiting.',
      },
      Infinity,
    ],
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
})

describe('onCreated', () => {
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
})

describe('onAttempt', () => {
  test.each([undefined, 'mine'])(
    'onAttempt is awaited before the create, and receives all that a repeat needs: %s',
    async (attemptId) => {
      const { run, clock, sent } = service([created, succeeded])
      const attempts: RunAttempt[] = []
      const firstSentAt = clock.now()
      await run({
        attemptId,
        async onAttempt(attempt) {
          await clock.pass(5000)
          expect(sent).toHaveLength(0)
          attempts.push(attempt)
        },
      })
      const named = sent[0]?.headers.get('idempotency-key')
      expect(attempts).toEqual([{ attemptId: named, firstSentAt, input }])
      expect(named).toBe(attemptId ?? named)
      expect(sentInput(sent[0])).toEqual(input)
    },
  )

  test('an error of onAttempt ends the run before the create', async () => {
    const { run, sent, clock } = service([created])
    await expect(run({ onAttempt: mistake })).rejects.toThrow('a mistake')
    expect(sent).toHaveLength(0)
    expect(clock.pending).toBe(0)
  })

  test('an abort during onAttempt prevents the create', async () => {
    const { apikley, sent, clock } = service([created])
    const controller = new AbortController()
    const run = apikley.run(MODEL, input, {
      signal: controller.signal,
      onAttempt: () => new Promise(() => {}),
    })
    await idle()
    controller.abort(new Error('enough'))
    await expect(run).rejects.toThrow('enough')
    await idle()
    expect(sent).toHaveLength(0)
    expect(clock.pending).toBe(0)
  })
})
