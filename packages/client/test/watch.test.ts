import { describe, expect, test } from 'vitest'
import { idle } from 'test-kit/clock'
import { json, never, record, service, succeeded } from './service.ts'

const states = (...words: string[]) => words.map((state) => record(state))

describe('watch', () => {
  test('gives the task once for each state, words that nobody knows among them', async () => {
    const { apikley, clock } = service([
      ...states('waiting', 'waiting', 'thinking', 'thinking', 'generating'),
      succeeded,
    ])
    const told: string[] = []
    const follow = async (): Promise<void> => {
      for await (const { state } of apikley.tasks.watch('task_1')) {
        told.push(state)
      }
    }
    await clock.settle(follow())
    expect(told).toEqual(['waiting', 'thinking', 'generating', 'success'])
    expect(clock.pending).toBe(0)
  })

  test('ends after a task that failed, like after one that succeeded', async () => {
    const { apikley } = service([record('fail', { failMsg: 'no' })])
    const watch = apikley.tasks.watch('task_1')
    expect(await watch.next()).toMatchObject({
      done: false,
      value: { state: 'fail', failMsg: 'no' },
    })
    expect(await watch.next()).toEqual({ done: true, value: undefined })
  })

  test('does not give what was known an hour ago', async () => {
    const { apikley, clock } = service([record('waiting'), record('generating')])
    await apikley.tasks.watch('task_1').next()
    await clock.pass(3_600_000)
    expect(await clock.settle(apikley.tasks.watch('task_1').next())).toMatchObject({
      value: { state: 'generating' },
    })
  })

  test('asks for nothing before somebody asks for the task', async () => {
    const { apikley, clock, sent } = service([record('waiting')])
    const watch = apikley.tasks.watch('task_1')
    await clock.pass(60_000)
    expect(sent).toHaveLength(0)
    await watch.next()
    await clock.pass(60_000)
    expect(sent).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  test('leaving the loop early leaves nothing behind', async () => {
    const { apikley, clock, sent } = service([record('waiting')])
    for await (const _ of apikley.tasks.watch('task_1')) {
      break
    }
    expect(clock.pending).toBe(0)
    await clock.pass(60_000)
    expect(sent).toHaveLength(1)
  })

  test.each([
    ['between two looks', record('waiting'), 2],
    ['in a look', never, 1],
  ])(
    'return() while a next() is pending settles it, and leaves nothing behind: %s',
    async (_, reply, looks) => {
      const { apikley, clock, sent } = service([record('waiting'), reply])
      const watch = apikley.tasks.watch('task_1')
      await watch.next()
      const pending = watch.next()
      if (looks === 2) {
        await clock.pass(10_000)
      } else {
        while (sent.length < 2) {
          await clock.pass(500)
        }
      }
      const requests = sent.length
      expect(await watch.return?.()).toEqual({ done: true, value: undefined })
      await idle()
      expect(await pending).toEqual({ done: true, value: undefined })
      expect(clock.pending).toBe(0)
      await clock.pass(60_000)
      expect(sent).toHaveLength(requests)
      expect(await watch.next()).toEqual({ done: true, value: undefined })
    },
  )

  test('calls of next() that do not wait for each other get one state each', async () => {
    const { apikley, clock } = service([...states('waiting', 'generating'), succeeded])
    const watch = apikley.tasks.watch('task_1')
    const all = await clock.settle(
      Promise.all([watch.next(), watch.next(), watch.next(), watch.next()]),
    )
    expect(all.map(({ value }) => value?.state)).toEqual([
      'waiting',
      'generating',
      'success',
      undefined,
    ])
  })

  test('an error ends it', async () => {
    const { apikley } = service([json({ code: 401, msg: 'no' })])
    const watch = apikley.tasks.watch('task_1')
    await expect(watch.next()).rejects.toMatchObject({ kind: 'authentication', taskId: 'task_1' })
    expect(await watch.next()).toEqual({ done: true, value: undefined })
  })
})
