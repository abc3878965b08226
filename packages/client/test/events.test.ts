import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { ApikleyEvent, Logger } from '../src/index.ts'
import { idle } from 'test-kit/clock'
import { created, eventsOf, input, json, key, service, succeeded } from './service.ts'

const busy = json(
  { code: 429, msg: `slow down, ${key}` },
  { status: 429, headers: { 'retry-after': '2' } },
)
const secret = 'a prompt that nobody else may read'
const intimate = {
  image_url: `https://files.example.com/a.png?token=${secret}`,
  image_size: 'square',
} as const

describe('events tell what the client does', () => {
  test('each request, from its beginning to its end', async () => {
    const { apikley, clock, events } = service([busy, created])
    await clock.settle(
      apikley.tasks.create('ideogram/v3-reframe', input, { attemptId: 'attempt-1' }),
    )
    const request = {
      operation: 'create-task',
      method: 'POST',
      url: 'https://api.apikley.ru/api/v1/jobs/createTask',
      attemptId: 'attempt-1',
    }
    expect(events).toMatchObject([
      { type: 'request', ...request, attempt: 1 },
      {
        type: 'request-end',
        request: { attempt: 1 },
        status: 429,
        error: { kind: 'rate-limited' },
      },
      { type: 'retry', attempt: 2, delay: 2100, operation: 'create-task' },
      { type: 'request', ...request, attempt: 2 },
      { type: 'request-end', request: { attempt: 2 }, status: 200, error: undefined },
      { type: 'created', taskId: 'task_1', model: 'ideogram/v3-reframe', attemptId: 'attempt-1' },
    ])
    const [begun, ended] = events
    expect(ended?.type === 'request-end' && ended.request).toBe(begun)
  })

  test('how long a request took', async () => {
    const { apikley, clock, events } = service([
      () =>
        new Promise<Response>((resolve) =>
          clock.after(1234, () => resolve(Response.json({ code: 200, data: 5 }))),
        ),
    ])
    await clock.settle(apikley.credits())
    expect(eventsOf(events, 'request-end')).toMatchObject([{ duration: 1234 }])
  })

  test('how long each request waits for its turn, and it is so long', async () => {
    const { apikley, clock, events } = service([created], {
      limits: { creates: { limit: 2, interval: 1000 } },
    })
    const started = clock.now()
    const at: number[] = []
    const all = Array.from({ length: 7 }, () =>
      apikley.tasks.create('ideogram/v3-reframe', input).then(() => at.push(clock.now() - started)),
    )
    await clock.settle(Promise.all(all))
    expect(eventsOf(events, 'throttle').map(({ delay }) => delay)).toEqual([
      1050, 1050, 2100, 2100, 3150,
    ])
    expect(at).toEqual([0, 0, 1050, 1050, 2100, 2100, 3150])
  })

  test('what a look at a task found', async () => {
    const { apikley, events } = service([succeeded])
    await apikley.tasks.get('task_1')
    expect(eventsOf(events, 'task')).toEqual([{ type: 'task', taskId: 'task_1', state: 'success' }])
  })

  test('an attempt of which nobody knows what became of it', async () => {
    const { apikley, events } = service([() => new Response('', { status: 502 })])
    await apikley.tasks
      .create('ideogram/v3-reframe', input, { attemptId: 'attempt-1' })
      .catch(() => {})
    expect(eventsOf(events, 'unconfirmed')).toMatchObject([
      { attemptId: 'attempt-1', error: { kind: 'unconfirmed', status: 502 } },
    ])
  })

  test('a listener that aborts the call when it begins stops it, whatever the given fetch thinks of signals', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const types: string[] = []
    const { apikley, sent } = service([created], {
      onEvent: ({ type }) => {
        types.push(type)
        if (type === 'request') {
          controller.abort(reason)
        }
      },
    })
    await expect(
      apikley.tasks.create('ideogram/v3-reframe', input, { signal: controller.signal }),
    ).rejects.toBe(reason)
    expect(sent).toHaveLength(0)
    expect(types).toEqual(['request', 'request-end'])
  })

  test('and a mistake of a listener costs nothing', async () => {
    const wrong = (): never => {
      throw new Error('a mistake')
    }
    const { apikley } = service([created], {
      onEvent: wrong,
      logger: { debug: wrong, info: wrong },
    })
    await expect(apikley.tasks.create('ideogram/v3-reframe', input)).resolves.toEqual({
      taskId: 'task_1',
    })
  })

  test('nor does one that comes later, of whatever can be awaited', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    try {
      const later = (): PromiseLike<never> => {
        const mistake = Promise.reject(new Error('a mistake'))
        return { then: (...handlers) => mistake.then(...handlers) }
      }
      const { apikley } = service([created], { onEvent: later })
      await expect(apikley.tasks.create('ideogram/v3-reframe', input)).resolves.toEqual({
        taskId: 'task_1',
      })
      await idle()
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })
})

describe('a logger', () => {
  function record(): { logger: Required<Logger>; lines: [keyof Logger, string, object][] } {
    const lines: [keyof Logger, string, object][] = []
    const take =
      (level: keyof Logger) =>
      (message: string, details: object): void =>
        void lines.push([level, message, details])
    return {
      lines,
      logger: {
        debug: take('debug'),
        info: take('info'),
        warn: take('warn'),
        error: take('error'),
      },
    }
  }

  test('gets each event at its level', async () => {
    const { logger, lines } = record()
    const { apikley, clock } = service([busy, created], { logger })
    await clock.settle(apikley.tasks.create('ideogram/v3-reframe', input))
    expect(lines.map(([level, message]) => `${level} ${message}`)).toEqual([
      'debug apikley: request',
      'debug apikley: request-end',
      'warn apikley: retry',
      'debug apikley: request',
      'debug apikley: request-end',
      'info apikley: created',
    ])
    expect(lines[2]?.[2]).toMatchObject({
      operation: 'create-task',
      attempt: 2,
      delay: 2100,
      error: { kind: 'rate-limited', status: 429 },
    })
  })

  test('may have some levels only, and is called as the object that it is', async () => {
    const logger = {
      lines: [] as string[],
      warn(message: string): void {
        this.lines.push(message)
      },
    }
    const { apikley, clock } = service([busy, created], { logger })
    await clock.settle(apikley.tasks.create('ideogram/v3-reframe', input))
    expect(logger.lines).toEqual(['apikley: retry'])
  })

  test('never sees the key, an input, the words of the service, or the query of an address', async () => {
    const { logger, lines } = record()
    const answers = [busy, json({ code: 422, msg: `this is not allowed: ${secret}` })]
    const { apikley, clock, events } = service(answers, { logger })
    const told: ApikleyEvent[] = events
    await clock.settle(apikley.tasks.create('ideogram/v3-reframe', intimate).catch(() => {}))
    await clock.settle(apikley.tasks.get(`task_1?${secret}`).catch(() => {}))
    expect(lines.length).toBeGreaterThan(5)
    const printed = inspect(lines, { depth: 9, showHidden: true })
    for (const absent of [key, secret, encodeURIComponent(secret), 'token']) {
      expect(printed).not.toContain(absent)
    }
    expect(inspect(told, { depth: 9, showHidden: true })).not.toContain(key)
  })
})
