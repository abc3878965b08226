import { ApikleyError } from '@apikley/client'
import { dehydrate, focusManager, hydrate, QueryClient } from '@tanstack/react-query'
import { renderHook } from '@testing-library/react'
import { afterEach, describe, expect, test } from 'vitest'
import { messageFor, readTaskOptions, useRun, useTask, visitorMessages } from '../src/index.ts'
import { createScene, createTaskScene, input, leavePage } from './page.tsx'

afterEach(leavePage)

test('lastPollError is the error of the last poll, until a poll succeeds.', async () => {
  const { load, pass } = await createScene({ latency: 120_000 })
  let isBroken = false
  const page = load({
    async intercept(request, send) {
      if (isBroken && request.method === 'GET') {
        throw new TypeError('Failed to fetch')
      }
      return send()
    },
  })
  const { result } = page.show()
  await pass(10_000, () => void result.current.run(input))
  const { current } = result
  const task = renderHook(() => useTask('taskId' in current ? current.taskId : undefined), {
    wrapper: page.wrapper,
  })
  const errorOf = (): unknown[] =>
    [result.current, task.result.current].map((state) =>
      state.status === 'pending' && 'task' in state ? state.lastPollError?.kind : state.status,
    )
  expect(errorOf()).toEqual([undefined, undefined])
  isBroken = true
  await pass(20_000)
  expect(errorOf()).toEqual(['connection', 'connection'])
  isBroken = false
  await pass(60_000)
  expect(errorOf()).toEqual([undefined, undefined])
  await pass(60_000)
  expect(errorOf()).toEqual(['success', 'success'])
})

test('With waitWhileHidden, a hidden page ends its wait.', async () => {
  const { load, pass, clock } = await createScene()
  const page = load({ direct: true })
  const options = { waitWhileHidden: true }
  const { taskId } = await clock.settle(page.client.tasks.create('ideogram/v3-reframe', input))
  focusManager.setFocused(false)
  const { result } = renderHook(
    () => ({ run: useRun('ideogram/v3-reframe', options), task: useTask(taskId, options) }),
    { wrapper: page.wrapper },
  )
  await pass(60_000, () => void result.current.run.run(input))
  expect(result.current).toMatchObject({ run: { status: 'success' }, task: { status: 'success' } })
})

describe('readTaskOptions', () => {
  const states = [
    ['stuck', { status: 'pending', task: { state: expect.any(String) } }, 'pending'],
    ['success', { status: 'success', urls: [expect.any(String)] }, 'success'],
    ['fail', { status: 'pending', task: { state: 'fail' } }, 'error'],
    ['unknown', { status: 'pending', task: undefined }, 'pending'],
  ] as const

  test.each(states)('A server reads a task once: %s.', async (state, first, last) => {
    const { pass, requests, page, clock, load, simulator } = await createTaskScene()
    const taskId = state === 'unknown' ? 'nobody' : 'task_2'
    simulator.control.addTask({ taskId: 'task_2', ...(state !== 'unknown' && { state }) })
    const onServer = new QueryClient()
    const startedAt = clock.now()
    await clock.settle(onServer.prefetchQuery(readTaskOptions(page.client, taskId)))
    expect(clock.now() - startedAt).toBeLessThan(200)
    expect(requests()).toEqual(['GET recordInfo'])
    const inPage = load({ direct: true })
    hydrate(inPage.queryClient, JSON.parse(JSON.stringify(dehydrate(onServer))))
    const { result } = renderHook(() => useTask(taskId), { wrapper: inPage.wrapper })
    expect(result.current).toMatchObject(first)
    await pass(60_000)
    expect(result.current.status).toBe(last)
  })

  test('A failed read is not repeated.', async () => {
    const { load, requests, clock } = await createScene({
      faults: [{ operation: 'get-task-details', fault: 'code', code: 500, times: 'always' }],
    })
    const options = readTaskOptions(load({ direct: true }).client, 'task_1')
    await expect(clock.settle(new QueryClient().fetchQuery(options))).rejects.toThrow(ApikleyError)
    expect(requests()).toEqual(['GET recordInfo'])
  })
})

describe('messageFor', () => {
  test('Each kind of error has a message without terms of developers.', () => {
    for (const message of Object.values(visitorMessages)) {
      expect(message).toMatch(/^[A-Z][^{}()]+\.$/)
      expect(message).not.toMatch(/task|API|key|proxy|HTTP|http|tasks\./i)
    }
  })

  test('A translation replaces single messages, and an unknown kind has one too.', () => {
    const error = new ApikleyError({ kind: 'connection', message: 'Failed to fetch' })
    expect(messageFor(error)).toContain('network')
    expect(messageFor(error, { connection: 'Keine Verbindung.' })).toBe('Keine Verbindung.')
    expect(messageFor(JSON.parse('{"kind":"new-kind"}'))).toContain('not available')
  })
})
