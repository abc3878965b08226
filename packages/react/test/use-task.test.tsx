import { skipToken } from '@tanstack/react-query'
import { act, renderHook } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { useRun, useTask } from '../src/index.ts'
import { createScene, createTaskScene, input, leavePage } from './page.tsx'

afterEach(leavePage)

test('useTask shows the states of a task, and does not poll a finished task again.', async () => {
  const { load, pass, clock, requests } = await createScene()
  const { client, wrapper } = load({ direct: true })
  const { taskId } = await clock.settle(client.tasks.create('ideogram/v3-reframe', input))
  const first = renderHook(() => useTask(taskId), { wrapper })
  expect(first.result.current).toEqual({ status: 'pending', isOffline: false })
  await pass(10_000)
  expect(first.result.current).toMatchObject({ status: 'pending', task: { state: 'generating' } })
  await pass(60_000)
  expect(first.result.current).toMatchObject({ status: 'success', urls: [expect.any(String)] })
  first.unmount()
  const before = requests().length
  const second = renderHook(() => useTask(taskId), { wrapper })
  expect(second.result.current.status).toBe('success')
  await pass(60_000)
  expect(requests()).toHaveLength(before)
})

test('A run and a task of a text model show its text.', async () => {
  const model = 'elevenlabs/speech-to-text'
  const { load, pass } = await createScene({}, { models: [model] })
  const { wrapper } = load()
  const run = renderHook(() => useRun(model), { wrapper })
  await pass(60_000, () => run.result.current.run({ audio_url: 'https://files.example.com/a.mp3' }))
  const { current } = run.result
  const taskId = 'taskId' in current ? current.taskId : undefined
  const task = renderHook(() => useTask(taskId), { wrapper })
  const shown = { status: 'success', text: expect.stringMatching(/\w/) }
  expect([current, task.result.current]).toMatchObject([shown, shown])
})

test('A failed task is an error with its reason.', async () => {
  const { page, pass } = await createTaskScene({ state: 'fail', failMsg: 'No picture' })
  const { result } = renderHook(() => useTask('task_1'), { wrapper: page.wrapper })
  await pass(10)
  expect(result.current).toMatchObject({
    status: 'error',
    error: { kind: 'task-failed', failMsg: 'No picture' },
    task: { state: 'fail' },
  })
})

test('The result of one task is not shown as that of another.', async () => {
  const { page, pass } = await createTaskScene()
  const placeholderData = (before: unknown): unknown => before
  page.queryClient.setDefaultOptions({ queries: { placeholderData } })
  const { result, rerender } = renderHook(({ taskId }) => useTask(taskId), {
    wrapper: page.wrapper,
    initialProps: { taskId: 'task_1' },
  })
  await pass(10)
  expect(result.current.status).toBe('success')
  rerender({ taskId: 'another_task' })
  expect(result.current).toEqual({ status: 'pending', isOffline: false })
})

const nothing: readonly (undefined | typeof skipToken)[] = [undefined, skipToken]
test.each(nothing)('useTask(%o) is idle and requests nothing.', async (none) => {
  const { page, pass, requests } = await createTaskScene()
  const initialProps: { id: string | undefined | typeof skipToken } = { id: none }
  const { result, rerender } = renderHook(({ id }) => useTask(id), {
    wrapper: page.wrapper,
    initialProps,
  })
  await pass(10_000)
  expect(result.current).toEqual({ status: 'idle' })
  expect(requests()).toEqual([])
  rerender({ id: 'task_1' })
  await pass(100)
  expect(result.current.status).toBe('success')
})

test('resume() waits again after a timeout.', async () => {
  const { page, pass } = await createTaskScene({ state: 'stuck' })
  const { result } = renderHook(() => useTask('task_1', { timeout: 60_000 }), {
    wrapper: page.wrapper,
  })
  await pass(61_000)
  const { current } = result
  expect(current).toMatchObject({ status: 'error', error: { kind: 'timeout', taskId: 'task_1' } })
  await act(async () => current.status === 'error' && current.resume())
  expect(result.current).toMatchObject({ status: 'pending', task: { taskId: 'task_1' } })
  await pass(61_000)
  expect(result.current).toMatchObject({ status: 'error', error: { kind: 'timeout' } })
})
