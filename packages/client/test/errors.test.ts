import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { describe, expect, test, vi } from 'vitest'
import { ApikleyError, type ApikleyErrorData } from '../src/index.ts'
import { broken, input, json, key, never, service, type Reply } from './service.ts'

const everything: ApikleyErrorData = {
  kind: 'task-failed',
  message: 'Task t failed',
  code: 501,
  msg: 'words',
  status: 200,
  retryAfter: 1000,
  taskId: 't',
  attemptId: 'a',
  failCode: '422',
  failMsg: 'more words',
}
const error = new ApikleyError({ ...everything, cause: new Error('inner') })

describe('ApikleyError', () => {
  test('becomes a plain object that holds what is known and nothing else', () => {
    expect(JSON.parse(JSON.stringify(error))).toEqual(everything)
    expect(
      JSON.parse(JSON.stringify(new ApikleyError({ kind: 'server', message: 'words' }))),
    ).toEqual({ kind: 'server', message: 'words' })
  })

  test('comes back from it, without what others have put in', () => {
    const restored = ApikleyError.from({
      ...JSON.parse(JSON.stringify(error)),
      stack: 'theirs',
      more: 'more',
    })
    expect(restored).toBeInstanceOf(ApikleyError)
    expect(restored.toJSON()).toEqual(everything)
    expect(restored.stack).not.toContain('theirs')
    expect(restored).not.toHaveProperty('more')
  })

  test('what is not known is not there', () => {
    expect(
      'status' in new ApikleyError({ kind: 'server', message: 'words', status: undefined }),
    ).toBe(false)
  })

  test('is known across copies of the package and across realms', async () => {
    vi.resetModules()
    const copy = await import('../src/errors.ts')
    expect(copy.ApikleyError).not.toBe(ApikleyError)
    const other = new copy.ApikleyError(everything)
    expect(other).not.toBeInstanceOf(ApikleyError)
    expect(ApikleyError.is(other) && ApikleyError.from(other.toJSON()).toJSON()).toEqual(everything)
    expect(
      ApikleyError.is(
        runInNewContext(
          'Object.assign(new Error("words"), { name: "ApikleyError", kind: "server" })',
        ),
      ),
    ).toBe(true)
    expect(
      [new Error('words'), undefined, 'ApikleyError', { kind: 'server' }, null].some((value) =>
        ApikleyError.is(value),
      ),
    ).toBe(false)
  })

  test('takes only what it knows from an object that came from elsewhere', () => {
    const hostile = JSON.parse(
      '{"kind":"server","message":"words","status":{},"taskId":["t"],"code":500}',
    )
    expect(ApikleyError.from(hostile).toJSON()).toEqual({
      kind: 'server',
      message: 'words',
      code: 500,
    })
    expect(ApikleyError.is({ name: 'ApikleyError', kind: 5 })).toBe(false)
  })

  test.each([null, 'words', 5, {}, { kind: 5, message: 'words' }, { kind: 'server' }])(
    'is one of its own for %j, which is none',
    (given) => {
      const restored = ApikleyError.from(JSON.parse(JSON.stringify(given)))
      expect(restored).toMatchObject({
        kind: 'unexpected-response',
        message: expect.stringContaining('unknown form'),
      })
    },
  )

  test('prints its kind, all that is known and its cause', () => {
    const printed = inspect(error)
    expect(printed).toMatch(/^ApikleyError: Task t failed\n {4}at /)
    for (const part of [
      "kind: 'task-failed'",
      "taskId: 't'",
      'code: 501',
      "failMsg: 'more words'",
      '[cause]: Error: inner',
    ]) {
      expect(printed).toContain(part)
    }
    expect(String(error)).toBe('ApikleyError: Task t failed')
    expect(Object.keys(error)).not.toContain('name')
  })

  test('keeps its name, by which it is known, whatever renames what it catches; and that does not throw', () => {
    const caught: Error = new ApikleyError({ kind: 'server', message: 'no' })
    caught.name = 'Wrapped'
    expect(String(caught)).toBe('ApikleyError: no')
    expect(ApikleyError.is(caught)).toBe(true)
    const listed: string[] = []
    for (const field in caught) {
      listed.push(field)
    }
    expect(listed).toEqual(['kind'])
  })
})

describe('a cause holds what helps and nothing that hangs on it', () => {
  const leaky: Reply = () => {
    const inner = Object.assign(new Error(`read ECONNRESET, authorization: Bearer ${key}`), {
      code: 'ECONNRESET',
    })
    throw Object.assign(new TypeError('fetch failed', { cause: inner }), {
      request: { headers: { authorization: `Bearer ${key}` } },
    })
  }

  test('not the request of a given fetch, nor the key in its words', async () => {
    const { apikley } = service([leaky])
    const error: unknown = await apikley.tasks
      .create('ideogram/v3-reframe', input)
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      kind: 'unconfirmed',
      cause: {
        name: 'TypeError',
        message: 'fetch failed',
        cause: { code: 'ECONNRESET', message: 'read ECONNRESET, authorization: Bearer [key]' },
      },
    })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(key)
  })

  test('an error that is its own cause is no trap', async () => {
    const { apikley } = service([
      () => {
        const circle = new Error('round')
        circle.cause = circle
        throw circle
      },
    ])
    await expect(apikley.tasks.create('ideogram/v3-reframe', input)).rejects.toMatchObject({
      kind: 'unconfirmed',
      cause: { message: 'round' },
    })
  })

  test('what is thrown need not be an error', async () => {
    const { apikley } = service([() => Promise.reject('words')])
    await expect(apikley.tasks.create('ideogram/v3-reframe', input)).rejects.toMatchObject({
      kind: 'unconfirmed',
    })
  })
})

test.each([
  ['ECONNREFUSED', 'no connection could be opened (ECONNREFUSED)'],
  ['ECONNRESET', 'the connection broke before the answer was read (ECONNRESET)'],
])(
  'a connection that failed says in its words how, because a log has no causes: %s',
  async (code, words) => {
    const { apikley } = service([broken(code)], { maxRetries: 0 })
    await expect(apikley.credits()).rejects.toMatchObject({
      kind: 'connection',
      message: expect.stringContaining(words),
    })
  },
)

test('a port that the platform refuses to ask is no doubt about a task: nothing was sent', async () => {
  const forbidden: Reply = () => {
    throw new TypeError('fetch failed', { cause: new Error('bad port') })
  }
  const { apikley } = service([forbidden], { maxRetries: 0 })
  await expect(apikley.tasks.create('ideogram/v3-reframe', input)).rejects.toMatchObject({
    kind: 'connection',
  })
})

test('an abort gives the very reason of the caller, also when that is an ApikleyError', async () => {
  const reason = new ApikleyError({ kind: 'server', message: 'given up elsewhere' })
  const controller = new AbortController()
  const { apikley } = service([never])
  const look = apikley.tasks.get('task_1', { signal: controller.signal })
  controller.abort(reason)
  await expect(look).rejects.toBe(reason)
})

describe('whatever a read brings has a name, with all that is known', () => {
  const upload = { code: 413, msg: 'too big', data: null }
  test.each<[string, Reply, object]>([
    [
      'a page',
      () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
      { kind: 'unexpected-response', status: 200 },
    ],
    ['an empty answer', () => new Response(''), { kind: 'unexpected-response', status: 200 }],
    [
      'JSON that is cut off',
      () => new Response('{"code":200,"da'),
      { kind: 'unexpected-response', status: 200 },
    ],
    [
      'another type of content',
      () => new Response('code: 200', { headers: { 'content-type': 'text/yaml' } }),
      { kind: 'unexpected-response' },
    ],
    ['JSON that is no envelope', json([1]), { kind: 'unexpected-response' }],
    ['no data', json({ code: 200, data: null }), { kind: 'unexpected-response', code: 200 }],
    [
      'data of another type',
      json({ code: 200, data: 'none' }),
      { kind: 'unexpected-response', code: 200 },
    ],
    [
      'an error inside HTTP 200',
      json({ code: 402, msg: 'no credits' }),
      { kind: 'insufficient-credits', code: 402, msg: 'no credits', status: 200 },
    ],
    [
      'its words under another name',
      json({ code: 401, message: 'no' }),
      { kind: 'authentication', msg: 'no' },
    ],
    [
      'HTTP 500 without a body',
      () => new Response(null, { status: 500 }),
      { kind: 'server', status: 500 },
    ],
    ['an unknown code of the 400s', json({ code: 477 }), { kind: 'rejected', code: 477 }],
    ['an unknown code of the 500s', json({ code: 577 }), { kind: 'server', code: 577 }],
    ['another unknown code', json({ code: 7 }), { kind: 'unexpected-response', code: 7 }],
    [
      'a redirect',
      () => new Response(null, { status: 302 }),
      { kind: 'unexpected-response', status: 302 },
    ],
    [
      'a file that is too big',
      json(upload, { status: 413 }),
      { kind: 'rejected', code: 413, status: 413 },
    ],
    ['a reset', broken('ECONNRESET'), { kind: 'connection' }],
  ])('%s', async (_, reply, expected) => {
    const { apikley, clock } = service([reply], { maxRetries: 1 })
    const error: unknown = await clock.settle(apikley.credits()).catch((reason: unknown) => reason)
    expect(error).toMatchObject(expected)
    // What happened, and what to do next.
    expect(String(error)).toMatch(/^ApikleyError: get-account-credits: .+\. [A-Z].+\.$/)
    expect(clock.pending).toBe(0)
  })
})
