import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import type { Logger } from '../src/index.ts'
import { idle } from 'test-kit/clock'
import { MODEL, broken, busy, created, envelope, json, succeeded, waiting } from './replies.ts'
import { errorOf, eventsOf, input, key, mistake, ownKey, service } from './service.ts'

const idempotencyKey = 'key-1'

test('each attempt has an event at its beginning and at its end', async () => {
  const all = service([busy(2), created])
  const { create, events } = all
  await create(await ownKey(all, idempotencyKey))
  const operation = 'create-task'
  const url = 'https://api.apikley.ru/api/v1/jobs/createTask'
  const request = { type: 'request', operation, method: 'POST', url, idempotencyKey }
  expect(events).toMatchObject([
    { ...request, attempt: 1 },
    { type: 'request-end', request: events[0], status: 429, error: { kind: 'rate-limited' } },
    { type: 'retry', attempt: 2, delay: 2100, operation },
    { ...request, attempt: 2 },
    { type: 'request-end', request: events[3], status: 200, error: undefined },
    { type: 'created', taskId: 'task_1', model: MODEL, idempotencyKey },
  ])
  const [, end] = events
  expect(end?.type === 'request-end' && end.request).toBe(events[0])
})

test('the end of a request has its duration', async () => {
  const { apikley, clock, events } = service([
    async (request) => {
      await new Promise<void>((resolve) => clock.after(1234, resolve))
      return json({ code: 200, data: 5 })(request)
    },
  ])
  await clock.settle(apikley.credits())
  expect(eventsOf(events, 'request-end')).toMatchObject([{ duration: 1234 }])
})

test('the event of a poll has the state, and says how many ms the poll was late', async () => {
  const limits = { reads: { limit: 1, interval: 10_000 } }
  const { events, wait } = service([waiting, succeeded], { limits })
  await wait()
  expect(eventsOf(events, 'task')).toEqual([
    { type: 'task', taskId: 'task_1', state: 'waiting', lateness: 0 },
    { type: 'task', taskId: 'task_1', state: 'success', lateness: 8000 },
  ])
})

test('a listener can abort a request before it is sent', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const types: string[] = []
  const { create, sent } = service([created], {
    onEvent({ type }) {
      types.push(type)
      if (type === 'request') {
        controller.abort(reason)
      }
    },
  })
  const error = await errorOf(create({ signal: controller.signal }))
  expect(error).toMatchObject({ kind: 'aborted', cause: reason })
  expect(sent).toHaveLength(0)
  expect(types).toEqual(['request', 'request-end'])
})

const rejectLater = (): PromiseLike<never> => {
  const rejection = Promise.reject<never>(new Error('a mistake'))
  return { then: (...handlers) => rejection.then(...handlers) }
}
test.each([
  ['throws', { onEvent: mistake, logger: { debug: mistake, info: mistake } }],
  ['rejects', { onEvent: rejectLater }],
])('a listener that %s costs nothing', async (_, options) => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  try {
    expect(await service([created], options).create()).toEqual({ taskId: 'task_1' })
    await idle()
    expect(unhandled).toEqual([])
  } finally {
    process.off('unhandledRejection', note)
  }
})

function recordLines(): { logger: Logger; lines: [string, object][] } {
  const lines: [string, object][] = []
  const take =
    (level: string) =>
    (message: string, details: object): void =>
      void lines.push([`${level} ${message}`, details])
  const levels = ['debug', 'info', 'warn', 'error']
  return { lines, logger: Object.fromEntries(levels.map((level) => [level, take(level)])) }
}

test('a logger gets each event at its level', async () => {
  const { logger, lines } = recordLines()
  const { create } = service([busy(2), created, broken('ECONNRESET')], { logger })
  await create()
  await errorOf(create())
  const attempt = ['debug apikley: request', 'debug apikley: request-end']
  expect(lines.map(([line]) => line)).toEqual([
    ...[...attempt, 'warn apikley: retry'],
    ...[...attempt, 'info apikley: created'],
    ...[...attempt, 'error apikley: unconfirmed'],
  ])
  const error = { kind: 'rate-limited', status: 429 }
  const details = { operation: 'create-task', attempt: 2, delay: 2100, error }
  expect(lines[2]?.[1]).toMatchObject(details)
})

test('a logger may have one level, and is called as a method', async () => {
  const logger = {
    lines: new Array<string>(),
    warn(message: string): void {
      this.lines.push(message)
    },
  }
  await service([busy(2), created], { logger }).create()
  expect(logger.lines).toEqual(['apikley: retry'])
})

test('no log has the key, an input, a message of the service or the query of a URL', async () => {
  const { logger, lines } = recordLines()
  const secret = 'a prompt that is private'
  const refusal = json({ code: 422, msg: `not allowed for ${key}: ${secret}` })
  const { apikley, clock, events } = service([busy(2), refusal], { logger })
  const image_url = `https://files.example.com/a.png?token=${secret}`
  await errorOf(clock.settle(apikley.tasks.create(MODEL, { ...input, image_url })))
  await errorOf(clock.settle(apikley.tasks.get(`task_1?${secret}`)))
  expect(lines.length).toBeGreaterThan(5)
  const printed = inspect(lines, { depth: 9, showHidden: true })
  for (const absent of [key, secret, encodeURIComponent(secret), 'token']) {
    expect(printed).not.toContain(absent)
  }
  expect(inspect(events, { depth: 9, showHidden: true })).not.toContain(key)
})

test('a refused create is reported once, and an aborted one is not', async () => {
  const { create, events } = service([envelope(402)])
  await errorOf(create())
  await errorOf(create({ signal: AbortSignal.abort() }))
  expect(eventsOf(events, 'refused')).toMatchObject([{ error: { kind: 'insufficient-credits' } }])
})
