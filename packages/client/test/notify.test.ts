import { expect, test } from 'vitest'
import type { Task } from '../src/index.ts'
import { idle } from 'test-kit/clock'
import { never } from './replies.ts'
import { world } from './world.ts'

/** A finished `task_1`, as another client read it. */
function readEnd(state: 'success' | 'fail' = 'success'): Promise<Task> {
  return world({ duration: 0, state }).apikley.tasks.get('task_1')
}

test('notify resolves all waits and watches at once, and ends the polls', async () => {
  const { apikley, clock, polls } = world({ duration: 600_000 })
  const waits = [apikley.tasks.wait('task_1'), apikley.tasks.wait('task_1')]
  const watch = apikley.tasks.watch('task_1')
  await clock.pass(100)
  await watch.next()
  const next = watch.next()
  await idle()
  const task = await readEnd()
  apikley.tasks.notify(task)
  await idle()
  expect(clock.pending).toBe(0)
  expect(await Promise.all([...waits, next])).toEqual([task, task, { done: false, value: task }])
  await clock.pass(60_000)
  expect(polls).toHaveLength(1)
})

test('notify accepts a task with a number as failCode', async () => {
  const { apikley, clock } = world({ duration: 600_000 })
  const wait = apikley.tasks.wait('task_1')
  await clock.pass(100)
  // @ts-expect-error A number in place of text.
  apikley.tasks.notify({ ...(await readEnd('fail')), failCode: 500 })
  await expect(clock.settle(wait)).rejects.toMatchObject({ kind: 'task-failed', failCode: '500' })
})

test('a wait after notify needs no request, even with a timeout of 0', async () => {
  const { apikley, polls } = world({ duration: 600_000 })
  apikley.tasks.notify(await readEnd())
  void apikley.tasks.wait('task_2', { timeout: 0 }).catch(() => {})
  expect(await apikley.tasks.wait('task_1', { timeout: 0 })).toMatchObject({ state: 'success' })
  expect(await apikley.tasks.wait('task_1')).toMatchObject({ state: 'success' })
  expect(polls).toHaveLength(0)
})

test('notify aborts a poll in flight', async () => {
  const all = world({ duration: 600_000 })
  all.fault = never
  const wait = all.apikley.tasks.wait('task_1')
  await idle()
  const { signal } = all.sent[0]?.init ?? {}
  all.apikley.tasks.notify(await readEnd('fail'))
  await expect(wait).rejects.toMatchObject({ kind: 'task-failed' })
  expect(signal?.aborted).toBe(true)
  expect(all.clock.pending).toBe(0)
})

test('notify ignores a running task, and a task whose end is known', async () => {
  const { apikley, clock, polls } = world({ duration: 5000 })
  const running = await apikley.tasks.get('task_1')
  const states: string[] = []
  const wait = apikley.tasks.wait('task_1', { onUpdate: ({ state }) => states.push(state) })
  apikley.tasks.notify({ ...running, state: 'queuing' })
  const task = await clock.settle(wait)
  expect(states).toEqual(['generating', 'success'])
  const before = polls.length
  apikley.tasks.notify(running)
  apikley.tasks.notify(await readEnd('fail'))
  expect(await apikley.tasks.wait('task_1')).toEqual(task)
  expect(polls).toHaveLength(before)
})

test('notify with an id polls the task next, at least minInterval after the last poll', async () => {
  const { apikley, clock, polls } = world({ duration: 600_000 })
  void apikley.tasks.wait('task_1').catch(() => {})
  await clock.pass(200_000)
  const before = polls.length
  expect(clock.now() - (polls.at(-1)?.at ?? 0)).toBeGreaterThan(2000)
  for (const [ms, count] of [
    [1, 1],
    [1990, 1],
    [10, 2],
  ] as const) {
    apikley.tasks.notify('task_1')
    apikley.tasks.notify('task_1')
    await clock.pass(ms)
    expect(polls).toHaveLength(before + count)
  }
})

test('notify with the id of a finished task, or without a wait, sends no request', async () => {
  const { apikley, clock, polls, wait } = world({ duration: 100 })
  apikley.tasks.notify('task_1')
  await clock.pass(60_000)
  expect(polls).toHaveLength(0)
  await wait()
  apikley.tasks.notify('task_1')
  await wait()
  expect(polls).toHaveLength(1)
  expect(clock.pending).toBe(0)
})

test('tasks.get of a finished task resolves its waits', async () => {
  const { apikley, clock } = world({ duration: 500 })
  const wait = apikley.tasks.wait('task_1')
  await clock.pass(600)
  await apikley.tasks.get('task_1')
  expect(clock.pending).toBe(0)
  expect(await wait).toMatchObject({ state: 'success' })
})
