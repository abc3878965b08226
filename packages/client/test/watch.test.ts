import { expect, test } from 'vitest'
import { idle } from 'test-kit/clock'
import { envelope, never, record, succeeded } from './replies.ts'
import { service, statesOf } from './service.ts'

const recordsOf = (...states: string[]) => states.map((state) => record(state))
const end = { done: true, value: undefined }

test('a watch yields the task once for each state, also for an unknown one', async () => {
  const states = ['waiting', 'waiting', 'thinking', 'thinking', 'generating']
  const { apikley, clock } = service([...recordsOf(...states), succeeded])
  const yielded = clock.settle(statesOf(apikley.tasks.watch('task_1')))
  expect(await yielded).toEqual(['waiting', 'thinking', 'generating', 'success'])
  expect(clock.pending).toBe(0)
})

test('a failed task or an error ends a watch', async () => {
  const failed = { state: 'fail', failMsg: 'no' }
  const ending = service([record('fail', failed)]).apikley.tasks.watch('task_1')
  const refused = service([envelope(401)]).apikley.tasks.watch('task_1')
  expect(await ending.next()).toMatchObject({ done: false, value: failed })
  await expect(refused.next()).rejects.toMatchObject({ kind: 'authentication', taskId: 'task_1' })
  expect([await ending.next(), await refused.next()]).toEqual([end, end])
})

test('a new watch does not yield a state from an hour ago', async () => {
  const { apikley, clock } = service(recordsOf('waiting', 'generating'))
  await apikley.tasks.watch('task_1').next()
  await clock.pass(3_600_000)
  const next = await clock.settle(apikley.tasks.watch('task_1').next())
  expect(next).toMatchObject({ value: { state: 'generating' } })
})

test('a watch polls only while a next() is pending', async () => {
  const { apikley, clock, sent } = service([record('waiting')])
  const watch = apikley.tasks.watch('task_1')
  await clock.pass(60_000)
  expect(sent).toHaveLength(0)
  await watch.next()
  expect(clock.pending).toBe(0)
  await clock.pass(60_000)
  expect(sent).toHaveLength(1)
})

test.each([
  ['between two polls', record('waiting')],
  ['during a poll', never],
])('return() ends a pending next() %s and leaves no timer', async (_, reply) => {
  const { apikley, clock, sent } = service([record('waiting'), reply])
  const watch = apikley.tasks.watch('task_1')
  await watch.next()
  const pending = watch.next()
  while (sent.length < 2) {
    await clock.pass(500)
  }
  const requests = sent.length
  expect(await watch.return?.()).toEqual(end)
  await idle()
  expect(await pending).toEqual(end)
  expect(clock.pending).toBe(0)
  await clock.pass(60_000)
  expect(sent).toHaveLength(requests)
  expect(await watch.next()).toEqual(end)
})

test('concurrent calls of next() get one state each', async () => {
  const { apikley, clock } = service([...recordsOf('waiting', 'generating'), succeeded])
  const watch = apikley.tasks.watch('task_1')
  const calls = Array.from({ length: 4 }, () => watch.next())
  const states = (await clock.settle(Promise.all(calls))).map(({ value }) => value?.state)
  expect(states).toEqual(['waiting', 'generating', 'success', undefined])
})
