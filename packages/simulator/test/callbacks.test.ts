import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import type { CallbackOptions, Outcome } from '../src/index.ts'
import { problemsOf } from '../src/schemas.ts'
import { model, service, type Caller } from './service.ts'

interface Post {
  readonly at: number
  readonly url: string
  readonly redirect: RequestInit['redirect']
  readonly headers: Headers
  readonly body: { readonly code: number; readonly data: Readonly<Record<string, unknown>> }
}

/** A simulator whose callbacks are collected. They get the next status; the last one repeats. */
function receiver(
  outcome: Outcome = {},
  options: CallbackOptions = {},
  statuses = [200],
): Caller & { posts: Post[] } {
  const posts: Post[] = []
  const caller: Caller = service({
    outcomes: [{ times: 'always', latency: 4000, ...outcome }],
    callbacks: {
      fetch: async (url, { redirect, headers, body }) => {
        const at = caller.clock.now()
        const sent = { headers: new Headers(headers), body: JSON.parse(String(body)) }
        posts.push({ at, url, redirect, ...sent })
        const index = Math.min(posts.length, statuses.length) - 1
        return new Response(null, { status: statuses[index] ?? 200 })
      },
      ...options,
    },
  })
  return { ...caller, posts }
}

const callBackUrl = 'http://localhost:3000/api/apikley/callback'

test('a callback is posted when the task has ended, and matches the document', async () => {
  const { clock, posts, finish } = receiver()
  const started = clock.now()
  const { taskId, ended } = await finish({ callBackUrl })
  await finish()
  expect(posts).toHaveLength(1)
  expect(problemsOf('#/components/schemas/TaskCallback', posts[0]?.body)).toEqual([])
  const { resultJson } = ended
  const data = { taskId, model, state: 'success', creditsConsumed: 3.5, resultJson }
  const body = { code: 200, data }
  expect(posts[0]).toMatchObject({ at: started + 4000, url: callBackUrl, body })
  expect(posts[0]?.headers.get('x-webhook-signature')).toBeNull()
})

test('the callback of a failed task has code 501', async () => {
  const { finish, posts } = receiver({ state: 'fail' })
  await finish({ callBackUrl })
  const data = { state: 'fail', failCode: '500', creditsConsumed: 0 }
  expect(posts[0]?.body).toMatchObject({ code: 501, data })
})

test('a callback is signed over id and time when a secret is set', async () => {
  const { finish, posts } = receiver({}, { secret: 'hook-secret' })
  const { taskId } = await finish({ callBackUrl })
  const [{ at = 0, headers = new Headers() } = {}] = posts
  const timestamp = headers.get('x-webhook-timestamp')
  expect(Number(timestamp)).toBe(Math.floor(at / 1000))
  const mac = createHmac('sha256', 'hook-secret').update(`${taskId}.${timestamp}`)
  expect(headers.get('x-webhook-signature')).toBe(mac.digest('base64'))
})

test.each([
  ['when the receiver fails', 500],
  ['in place of following a redirect', 307],
])('a callback is retried three times %s', async (_, status) => {
  const { create, clock, posts, simulator } = receiver({}, {}, [status])
  await create({ callBackUrl })
  await clock.advance(300_000)
  expect(posts.map(({ redirect }) => redirect)).toEqual(Array(4).fill('manual'))
  expect(simulator.journal.callbacks).toMatchObject(
    [1, 2, 3, 4].map((attempt) => ({ attempt, status })),
  )
})

test('a callback times out after 15 s', async () => {
  const { create, clock, simulator } = receiver({}, { fetch: () => new Promise(() => {}) })
  await create({ callBackUrl })
  await clock.advance(4000 + 15_000)
  expect(simulator.journal.callbacks).toMatchObject([{ error: 'no answer within 15000 ms' }])
})

test.each<NonNullable<Outcome['callback']>>(['once', { late: 7000 }])(
  'a pending callback is cancelled when the simulator is stopped: %j',
  async (callback) => {
    const { create, clock, posts, simulator } = receiver({ callback })
    await create({ callBackUrl })
    await create({ callBackUrl })
    await clock.advance(callback === 'once' ? 0 : 5000)
    await simulator.stop()
    await clock.advance(0)
    expect(clock.pending).toBe(0)
    await clock.advance(120_000)
    expect(posts).toEqual([])
  },
)

test('a reset cancels pending callbacks, and callbacks of later tasks are posted', async () => {
  const { create, clock, posts, simulator } = receiver({ callback: 'once' })
  await create({ callBackUrl })
  simulator.control.reset()
  const taskId = await create({ callBackUrl })
  await clock.advance(60_000)
  expect(posts.map(({ body }) => body.data.taskId)).toEqual([taskId])
  expect(simulator.journal.callbacks).toHaveLength(1)
})

test.each<[NonNullable<Outcome['callback']>, number[]]>([
  ['once', [4000]],
  ['twice', [4000, 4000]],
  ['never', []],
  [{ late: 7000 }, [11_000]],
])('a callback with the fate %j is posted at its time', async (callback, times) => {
  const { create, clock, posts } = receiver({ callback })
  const started = clock.now()
  await create({ callBackUrl })
  await clock.advance(60_000)
  expect(posts.map(({ at }) => at - started)).toEqual(times)
})

test('`early` posts before createTask has answered, with the task in the journal', async () => {
  const noted: unknown[] = []
  const caller: Caller = service({
    outcomes: [{ callback: 'early' }],
    callbacks: {
      fetch: async () => {
        const { tasks, requests } = caller.simulator.journal
        noted.push(tasks[0]?.taskId, requests[0]?.taskId)
        return new Response()
      },
    },
  })
  const taskId = await caller.create({ callBackUrl })
  expect(noted).toEqual([taskId, taskId])
  expect(caller.simulator.journal.charged).toBe(1)
})

test('`altered` posts other data under a valid signature', async () => {
  const altered = { resultJson: '{"resultUrls":["https://evil.example/x.webp"]}' }
  const { finish, posts } = receiver({ callback: { altered } }, { secret: 'hook-secret' })
  await finish({ callBackUrl })
  expect(posts[0]?.body.data).toMatchObject(altered)
  expect(posts[0]?.headers.get('x-webhook-signature')).not.toBeNull()
})

test.each([
  'https://example.com/hook',
  'http://127.0.0.1.example.com/',
  'http://169.254.169.254/',
  'ftp://localhost/x',
  'http://10.0.0.1/',
  'http://app.localhost/',
])('other hosts are not posted to: %s', async (url) => {
  const { create, clock, posts, simulator } = receiver()
  await create({ callBackUrl: url })
  await clock.advance(300_000)
  expect(posts).toEqual([])
  const refused = { url, attempt: 1, error: expect.any(String) }
  expect(simulator.journal.callbacks).toMatchObject([refused])
})

test('an option allows callbacks to other hosts', async () => {
  const allow = ({ hostname }: URL) => hostname === 'example.com'
  const { finish, posts } = receiver({}, { allow })
  await finish({ callBackUrl: 'https://example.com/hook' })
  expect(posts).toHaveLength(1)
})
