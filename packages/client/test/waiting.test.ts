import { describe, expect, test } from 'vitest'
import { ApikleyError, type RunAttempt, type Task } from '../src/index.ts'
import { idle } from 'test-kit/clock'
import {
  broken,
  created,
  eventsOf,
  input,
  json,
  never,
  record,
  service,
  succeeded,
  type Reply,
} from './service.ts'

const unknown = json({ code: 422, msg: 'recordInfo is null', data: null })

describe('run', () => {
  test('creates a task, follows it and gives its result', async () => {
    const { apikley, clock, sent } = service([
      created,
      record('waiting'),
      record('waiting'),
      record('generating'),
      succeeded,
    ])
    const told: string[] = []
    const result = await clock.settle(
      apikley.run('ideogram/v3-reframe', input, {
        onPhase: (phase) => told.push(phase),
        onCreated: (taskId) => told.push(`${taskId} after ${sent.length} request`),
        onUpdate: ({ state }) => told.push(state),
      }),
    )
    expect(result).toMatchObject({
      taskId: 'task_1',
      urls: ['https://files.example.com/1.webp'],
      task: { state: 'success' },
    })
    expect(told).toEqual([
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

  test('a task that fails says why', async () => {
    const { apikley, clock } = service([
      created,
      record('fail', { failCode: '422', failMsg: 'The image could not be read' }),
    ])
    await expect(clock.settle(apikley.run('ideogram/v3-reframe', input))).rejects.toMatchObject({
      kind: 'task-failed',
      taskId: 'task_1',
      failCode: '422',
      failMsg: 'The image could not be read',
    })
  })

  test('the time is up while the task still runs: timeout, with the id', async () => {
    const { apikley, clock } = service([created, record('waiting')])
    const started = clock.now()
    await expect(
      clock.settle(apikley.run('ideogram/v3-reframe', input, { timeout: 60_000 })),
    ).rejects.toMatchObject({
      kind: 'timeout',
      taskId: 'task_1',
      message:
        'Task task_1 is still running after 1 min; call tasks.wait("task_1") to keep waiting.',
    })
    expect(clock.now() - started).toBe(60_000)
    expect(clock.pending).toBe(0)
  })

  test('the time is up while the create is under way: unconfirmed', async () => {
    const { apikley, clock, events } = service([never])
    const run = apikley.run('ideogram/v3-reframe', input, { timeout: 5000 })
    await expect(clock.settle(run)).rejects.toMatchObject({
      kind: 'unconfirmed',
      attemptId: expect.any(String),
    })
    expect(eventsOf(events, 'unconfirmed')).toMatchObject([
      { operation: 'create-task', error: { kind: 'unconfirmed' } },
    ])
  })

  test('the id is stored before the task is looked at', async () => {
    const { apikley, clock, sent } = service([created, succeeded])
    let stored = 0
    await clock.settle(
      apikley.run('ideogram/v3-reframe', input, {
        onCreated: async () => {
          await clock.settle(new Promise<void>((resolve) => clock.after(5000, resolve)))
          stored = sent.length
        },
      }),
    )
    expect(stored).toBe(1)
  })

  test('an id that could not be stored is in the error', async () => {
    const { apikley, clock } = service([created, succeeded])
    const onCreated = async (): Promise<void> => {
      throw new Error('the database is down')
    }
    await expect(
      clock.settle(apikley.run('ideogram/v3-reframe', input, { onCreated })),
    ).rejects.toMatchObject({
      taskId: 'task_1',
      message:
        'Task task_1 was created and charged, but onCreated failed; call tasks.wait("task_1") to collect it.',
      cause: new Error('the database is down'),
    })
  })

  test('an attempt is stored before it is sent, with all that it takes to make it again', async () => {
    const { apikley, clock, sent } = service([created, succeeded])
    const stored: RunAttempt[] = []
    const onAttempt = async (attempt: RunAttempt): Promise<void> => {
      await clock.pass(5000)
      expect(sent).toHaveLength(0)
      stored.push(attempt)
    }
    const firstSentAt = clock.now()
    await clock.settle(apikley.run('ideogram/v3-reframe', input, { onAttempt }))
    expect(stored).toEqual([
      { attemptId: sent[0]?.headers.get('idempotency-key'), firstSentAt, input },
    ])
    expect(JSON.parse(sent[0]?.body ?? '').input).toEqual(input)
    const again = service([created, succeeded])
    await again.clock.settle(
      again.apikley.run('ideogram/v3-reframe', input, {
        attemptId: 'mine',
        onAttempt: (attempt) => stored.push(attempt),
      }),
    )
    expect(stored[1]?.attemptId).toBe('mine')
  })

  test('an attempt that could not be stored is not sent', async () => {
    const { apikley, clock, sent } = service([created])
    const full = new Error('the disk is full')
    const onAttempt = (): never => {
      throw full
    }
    await expect(
      clock.settle(apikley.run('ideogram/v3-reframe', input, { onAttempt })),
    ).rejects.toBe(full)
    expect(sent).toHaveLength(0)
    expect(clock.pending).toBe(0)
  })

  test('an abort while an attempt is stored: nothing is sent, however long the store takes', async () => {
    const { apikley, sent, clock } = service([created])
    const controller = new AbortController()
    const run = apikley.run('ideogram/v3-reframe', input, {
      signal: controller.signal,
      onAttempt: () => new Promise(() => {}),
    })
    await idle()
    controller.abort(new Error('gone'))
    await expect(run).rejects.toThrow('gone')
    await idle()
    expect(sent).toHaveLength(0)
    expect(clock.pending).toBe(0)
  })

  test('a mistake in what only watches costs no task', async () => {
    const { apikley, clock } = service([created, record('waiting'), succeeded])
    const wrong = (): never => {
      throw new Error('a mistake')
    }
    expect(
      await clock.settle(
        apikley.run('ideogram/v3-reframe', input, { onPhase: wrong, onUpdate: wrong }),
      ),
    ).toMatchObject({
      taskId: 'task_1',
    })
  })

  test('without any time: nothing is sent, and nothing bought', async () => {
    const { apikley, clock, sent } = service([created])
    await expect(
      clock.settle(apikley.run('ideogram/v3-reframe', input, { timeout: 0 })),
    ).rejects.toMatchObject({
      kind: 'timeout',
      message: expect.stringContaining('Nothing was charged'),
    })
    expect(sent).toHaveLength(0)
    expect(clock.pending).toBe(0)
  })

  test('the clock is put back by an hour during the create: the time of the whole call stays what it is', async () => {
    const all = service([created, record('waiting')])
    const run = all.apikley.run('ideogram/v3-reframe', input, {
      timeout: 60_000,
      onCreated: () => all.clock.set(all.clock.now() - 3_600_000),
    })
    const done = run.catch((error: unknown) => error)
    await all.clock.pass(61_000)
    expect(await Promise.race([done, idle()])).toMatchObject({ kind: 'timeout', taskId: 'task_1' })
  })

  test('the time is up before anything was sent: nothing was bought', async () => {
    const { apikley, clock, sent } = service([
      json({ code: 429 }, { headers: { 'retry-after': '50' } }),
    ])
    await expect(
      clock.settle(apikley.run('ideogram/v3-reframe', input, { timeout: 5000 })),
    ).rejects.toMatchObject({
      kind: 'timeout',
      message: expect.stringContaining('Nothing was charged'),
    })
    expect(sent).toHaveLength(1)
  })
})

describe('wait', () => {
  test.each(['60000', Number.NaN, -1, null])('a timeout of %j is refused', async (timeout) => {
    await expect(
      // @ts-expect-error What comes from a program without types can be anything.
      service([succeeded]).apikley.tasks.wait('task_1', { timeout }),
    ).rejects.toMatchObject({ kind: 'configuration' })
  })

  test('collects a task that has ended with one request', async () => {
    const { apikley, sent } = service([succeeded])
    expect(await apikley.tasks.wait('task_1')).toMatchObject({
      urls: ['https://files.example.com/1.webp'],
    })
    expect(sent.map(({ url }) => url.search)).toEqual(['?taskId=task_1'])
  })

  test('keeps to the documented schedule', async () => {
    const { apikley, clock, sent } = service([record('waiting')])
    const at: number[] = []
    const watch = async (): Promise<void> => {
      await apikley.tasks.wait('task_1', { timeout: 300_000 }).catch(() => {})
    }
    const started = clock.now()
    const push = sent.push.bind(sent)
    sent.push = (...requests) => {
      at.push(clock.now() - started)
      return push(...requests)
    }
    await clock.settle(watch())
    const gaps = at
      .slice(1)
      .map((time, index) => ({ after: at[index] ?? 0, gap: time - (at[index] ?? 0) }))
    expect(
      gaps.every(({ after, gap }) => {
        if (after < 30_000) {
          return gap >= 2000 && gap <= 3000
        }
        const [min, max] = after < 120_000 ? [5000, 10_000] : [15_000, 30_000]
        return gap >= min && gap <= max
      }),
    ).toBe(true)
    expect(gaps.length).toBeGreaterThan(25)
  })

  test('a task that is not visible yet is waited for', async () => {
    const { apikley, clock } = service([unknown, unknown, succeeded])
    expect(await clock.settle(apikley.tasks.wait('task_1'))).toMatchObject({ state: 'success' })
  })

  test('that runs out of time says what is known: that the task runs, that nobody knows it, or that it could not be looked at', async () => {
    for (const [replies, words, cause] of [
      [[record('waiting')], /is still running after 5 s/, undefined],
      [[unknown], /is unknown to the service after 5 s/, { kind: 'not-found' }],
      [
        [broken('ECONNREFUSED')],
        /could not be read after 5 s.*ECONNREFUSED/,
        { kind: 'connection' },
      ],
      [
        [record('waiting'), broken('ECONNRESET')],
        /could not be read after 5 s/,
        { kind: 'connection' },
      ],
      [[broken('ECONNRESET'), record('waiting')], /is still running after 5 s/, undefined],
    ] as const) {
      const { apikley, clock } = service([...replies])
      const error: unknown = await clock
        .settle(apikley.tasks.wait('task_1', { timeout: 5000 }))
        .catch((reason: unknown) => reason)
      expect(error).toMatchObject({
        kind: 'timeout',
        taskId: 'task_1',
        message: expect.stringMatching(words),
      })
      expect(error).toMatchObject(cause ? { cause } : {})
    }
  })

  test('a task that stays unknown for 90 s is not found', async () => {
    const { apikley, clock } = service([unknown])
    const started = clock.now()
    await expect(clock.settle(apikley.tasks.wait('task_1'))).rejects.toMatchObject({
      kind: 'not-found',
      taskId: 'task_1',
      code: 422,
    })
    expect(clock.now() - started).toBeGreaterThanOrEqual(90_000)
  })

  test.each<[string, Reply]>([
    ['a reset', broken('ECONNRESET')],
    ['a server error', () => new Response('', { status: 502 })],
    ['a page in the place of JSON', () => new Response('<html>')],
    ['maintenance', json({ code: 455 })],
    ['an unknown state', record('thinking')],
    ['a gateway that lost patience', () => new Response('', { status: 499 })],
    ['a firewall in between', () => new Response('<html>', { status: 403 })],
  ])('%s does not end it', async (_, reply) => {
    const { apikley, clock } = service([reply, reply, reply, succeeded])
    expect(await clock.settle(apikley.tasks.wait('task_1'))).toMatchObject({ state: 'success' })
  })

  test('a service that asks for patience gets it', async () => {
    const { apikley, clock } = service([
      json({ code: 429 }, { headers: { 'retry-after': '120' } }),
      succeeded,
    ])
    const started = clock.now()
    await clock.settle(apikley.tasks.wait('task_1'))
    expect(clock.now() - started).toBeGreaterThanOrEqual(120_000)
    expect(clock.now() - started).toBeLessThan(132_001)
  })

  test.each([
    [401, 'authentication'],
    [402, 'insufficient-credits'],
    [501, 'task-failed'],
    [408, 'task-failed'],
  ])('code %s ends it: %s', async (code, kind) => {
    const { apikley, clock, sent } = service([json({ code, msg: 'words', data: null })])
    await expect(clock.settle(apikley.tasks.wait('task_1'))).rejects.toMatchObject({
      kind,
      taskId: 'task_1',
    })
    expect(sent).toHaveLength(1)
  })
})

describe('a record becomes an honest task', () => {
  async function get(more: object): Promise<Task> {
    return service([record('success', more)]).apikley.tasks.get('task_1')
  }

  test.each([
    [
      'single encoding',
      '{"model":"ideogram/v3-reframe","input":{"image_size":"square"},"callBackUrl":"https://a.example"}',
    ],
    [
      'double encoding',
      '{"model":"ideogram/v3-reframe","input":"{\\"image_size\\":\\"square\\"}","callBackUrl":"https://a.example"}',
    ],
  ])('param in %s', async (_, param) => {
    expect((await get({ param })).param).toEqual({
      model: 'ideogram/v3-reframe',
      input: { image_size: 'square' },
      callBackUrl: 'https://a.example',
    })
  })

  test.each<[string, unknown, readonly string[]]>([
    [
      'addresses',
      '{"resultUrls":["https://a.example/1","https://a.example/2"]}',
      ['https://a.example/1', 'https://a.example/2'],
    ],
    [
      'an object where a string was promised',
      { resultUrls: ['https://a.example/1'] },
      ['https://a.example/1'],
    ],
    ['no address', '{"character_id":"c1"}', []],
    ['an empty string', '', []],
    ['null', null, []],
    ['nonsense', '{"resultUrls":', []],
  ])('a result with %s', async (_, resultJson, urls) => {
    const task = await get({ resultJson })
    expect(task.urls).toEqual(urls)
    expect(task.raw).toMatchObject({ resultJson })
  })

  test('what is null or empty is not there, numbers in codes are text, and nothing is lost', async () => {
    const task = await get({
      failCode: 422,
      failMsg: '',
      completeTime: null,
      createTime: 1_765_177_570_132,
      more: 'kept',
    })
    expect(task).toMatchObject({
      failCode: '422',
      failMsg: undefined,
      completeTime: undefined,
      createTime: 1_765_177_570_132,
    })
    expect(task.raw).toMatchObject({ more: 'kept' })
  })
})

test('an error of the service tells what happened and what to do', async () => {
  const { apikley } = service([json({ code: 402, message: 'Credits insufficient' })])
  const error: unknown = await apikley.tasks
    .create('ideogram/v3-reframe', input)
    .catch((reason: unknown) => reason)
  expect(ApikleyError.is(error) && error.message).toBe(
    'create-task: "Credits insufficient" (code 402, HTTP 200). Top up the account. Nothing was charged.',
  )
})
