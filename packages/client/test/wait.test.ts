import { expect, test } from 'vitest'
import { idle } from 'test-kit/clock'
import {
  RESULT_URL,
  broken,
  busy,
  created,
  envelope,
  json,
  record,
  succeeded,
  text,
  waiting,
  type Reply,
} from './replies.ts'
import { eventsOf, service, type Service } from './service.ts'
import { world } from './world.ts'

const unknown = json({ code: 422, msg: 'recordInfo is null', data: null })
const HOUR_MS = 3_600_000

test('a wait for a finished task takes one request', async () => {
  const { apikley, sent } = service([succeeded])
  expect(await apikley.tasks.wait('task_1')).toMatchObject({ urls: [RESULT_URL] })
  expect(sent.map(({ url }) => url.search)).toEqual(['?taskId=task_1'])
})

test('a wait keeps the documented schedule', async () => {
  const { wait, polls } = world({ duration: 900_000 })
  await expect(wait({ timeout: 190_000 })).rejects.toMatchObject({ kind: 'timeout' })
  const delays = polls.slice(1).map(({ at }, index) => at - (polls[index]?.at ?? 0))
  const schedule = [...Array(12).fill(2500), ...Array(12).fill(7500), ...Array(3).fill(22_500)]
  expect(delays).toEqual(schedule)
})

const [refused, reset] = [broken('ECONNREFUSED'), broken('ECONNRESET')]
test.each<[string, Reply[], RegExp, string?]>([
  ['a running task', [waiting], /is still running after 5 s/],
  ['an unknown task', [unknown], /is unknown to the service after 5 s/, 'not-found'],
  ['a refused connection', [refused], /not be read after 5 s.*ECONNREFUSED/, 'connection'],
  ['a failure after a poll', [waiting, reset], /could not be read after 5 s/, 'connection'],
  ['an unknown state', [record('THINKING 9')], /has the unknown state "THINKING 9" after 5 s/],
  ['a poll after a failure', [reset, waiting], /is still running after 5 s/],
])('the error of a timeout has the id and the last state: %s', async (_, replies, why, kind) => {
  const error = { kind: 'timeout', taskId: 'task_1', message: expect.stringMatching(why) }
  const { wait } = service(replies)
  const cause = kind === undefined ? {} : { cause: { kind } }
  await expect(wait({ timeout: 5000 })).rejects.toMatchObject({ ...error, ...cause })
})

test('a machine that sleeps for an hour polls before the timeout', async () => {
  const { apikley, clock } = world({ duration: 30_000 })
  const wait = apikley.tasks.wait('task_1', { timeout: 120_000 })
  await clock.pass(10_000)
  clock.set(clock.now() + HOUR_MS)
  expect(await clock.settle(wait)).toMatchObject({ state: 'success' })
  expect(clock.pending).toBe(0)
})

test.each([
  ['back by an hour', -HOUR_MS, 105],
  ['ahead by a minute', 60_000, 40],
])('a clock that is set %s does not lengthen the timeout', async (_, change, minSeconds) => {
  const { apikley, clock } = world({ duration: 10_000_000 })
  const wait = apikley.tasks.wait('task_1', { timeout: 120_000 })
  const ended = wait.catch((error: unknown) => error)
  await clock.pass(10_000)
  clock.set(clock.now() + change)
  let seconds = 0
  for (; seconds < 200 && (await Promise.race([ended, idle()])) === undefined; seconds++) {
    await clock.pass(1000)
  }
  expect(await ended).toMatchObject({ kind: 'timeout', taskId: 'task_1' })
  expect(seconds).toBeGreaterThan(minSeconds)
  expect(seconds).toBeLessThan(115)
  expect(clock.pending).toBe(0)
})

test('a task is not-found after 90 s, in each wait', async () => {
  const { wait, clock } = service([unknown])
  const error = { kind: 'not-found', taskId: 'task_1', code: 422 }
  for (let round = 0; round < 2; round++) {
    const started = clock.now()
    await expect(wait()).rejects.toMatchObject(error)
    const duration = clock.now() - started
    expect(duration).toBeGreaterThanOrEqual(90_000)
    expect(duration).toBeLessThan(100_000)
  }
})

test('the 90 s count from the create of the same client', async () => {
  const { create, wait, clock, sent } = service([created, unknown])
  await create()
  await clock.pass(91_000)
  await expect(wait()).rejects.toMatchObject({ kind: 'not-found' })
  expect(sent).toHaveLength(2)
})

test.each<[string, Reply]>([
  ['a reset', reset],
  ['a server error', text('', 502)],
  ['a page in place of JSON', text('<html>')],
  ['maintenance', json({ code: 455 })],
  ['an unknown state', record('thinking')],
  ['the record of another task', record('success', { taskId: 'task_2' })],
  ['the record of another failed task', record('fail', { taskId: 'task_2' })],
  ['a success without its files', record('success', { resultJson: '' })],
  ['a timeout of a gateway', text('', 499)],
  ['a firewall', text('<html>', 403)],
])('%s does not end a wait', async (_, reply) => {
  const { wait } = service([reply, reply, reply, succeeded])
  expect(await wait()).toMatchObject({ state: 'success' })
})

test.each([
  [401, 'authentication'],
  [402, 'insufficient-credits'],
  [501, 'task-failed'],
  [408, 'task-failed'],
])('code %i ends a wait with %s', async (code, kind) => {
  const { wait, sent } = service([envelope(code)])
  await expect(wait()).rejects.toMatchObject({ kind, taskId: 'task_1' })
  expect(sent).toHaveLength(1)
})

test.each<[string, Reply, number]>([
  ['a 404 of a gateway for 100 s', text('<html>', 404), 100_000],
  ['an unknown task for 20 s', unknown, 20_000],
])('%s does not end the wait for a task that was seen', async (_, fault, duration) => {
  const all = world({ duration: 300_000 })
  const wait = all.apikley.tasks.wait('task_1')
  await all.clock.pass(120_000)
  all.fault = fault
  await all.clock.pass(duration)
  all.fault = undefined
  expect(await all.clock.settle(wait)).toMatchObject({ state: 'success' })
})

test('an outage of 60 s does not end a wait, and each failure is a retry event', async () => {
  const all = world({ duration: 30_000 })
  all.fault = reset
  all.clock.after(60_000, () => {
    all.fault = undefined
  })
  expect(await all.wait()).toMatchObject({ state: 'success' })
  expect(all.polls.length).toBeLessThan(20)
  expect(eventsOf(all.events, 'retry')).toMatchObject(
    all.polls.slice(1).map((_, index) => ({ operation: 'get-task-details', attempt: index + 2 })),
  )
})

test('onPoll gets the errors of an outage, and not those of a task that is new', async () => {
  const { wait } = service([unknown, waiting, text('', 502), text('', 503), waiting, succeeded])
  const kinds: unknown[] = []
  await wait({ onPoll: (error) => kinds.push(error?.status) })
  expect(kinds).toEqual([undefined, undefined, 502, 503, undefined, undefined])
})

test('a read with maxRetries 0 is sent once', async () => {
  const { apikley, sent } = service([text('', 502), succeeded])
  await expect(apikley.tasks.get('task_1', { maxRetries: 0 })).rejects.toThrow('502')
  expect(sent).toHaveLength(1)
})

test('an outage of more than two minutes ends a wait with the id', async () => {
  const { wait, clock } = service([text('', 503)])
  const started = clock.now()
  await expect(wait()).rejects.toMatchObject({ kind: 'server', taskId: 'task_1' })
  const duration = clock.now() - started
  expect(duration).toBeGreaterThanOrEqual(120_000)
  expect(duration).toBeLessThan(240_000)
})

test.each([
  ['120', 120_000, 132_001],
  ['86400', 120_000, 130_000],
])('a Retry-After of %s s delays the next poll by two minutes', async (seconds, min, max) => {
  const { wait, clock } = service([busy(seconds), succeeded])
  const started = clock.now()
  await wait()
  const duration = clock.now() - started
  expect(duration).toBeGreaterThanOrEqual(min)
  expect(duration).toBeLessThan(max)
})

test('the failures of a wait do not count against the next wait', async () => {
  const all = world({ duration: 600_000 })
  all.fault = text('', 503)
  await expect(all.wait({ timeout: 115_000 })).rejects.toMatchObject({ kind: 'timeout' })
  await all.clock.pass(HOUR_MS)
  const next = all.apikley.tasks.wait('task_1')
  await all.clock.pass(1000)
  all.fault = undefined
  expect(await all.clock.settle(next)).toMatchObject({ state: 'success' })
})

test.each([
  ['of a run is charged', 'charged', ({ run }: Service) => run()],
  ['of another client may not exist', 'none', ({ wait }: Service) => wait()],
])('a task %s, if it stays unknown to the service', async (_, charge, call) => {
  const missing = envelope(404)
  const reply: Reply = (request) => (request.method === 'POST' ? created : missing)(request)
  const error = { kind: 'not-found', taskId: 'task_1', charge }
  await expect(call(service([reply]))).rejects.toMatchObject(error)
})
