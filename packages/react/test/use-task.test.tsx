import { cleanup, renderHook, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, test } from 'vitest'
import { useTask } from '../src/index.ts'
import { setup } from './setup.tsx'

const id = 'task_ideogram_1765177570132'

afterEach(cleanup)

describe('useTask', () => {
  test('shows the states on the way', async () => {
    const { wrapper } = setup({ recordInfo: 'example=generating' })
    const { result } = renderHook(() => useTask(id), { wrapper })
    await waitFor(() =>
      expect(result.current).toMatchObject({
        status: 'pending',
        task: { state: 'generating', progress: 40 },
      }),
    )
  })

  test('a failed task is an error that says why', async () => {
    const { wrapper } = setup({ recordInfo: 'example=fail' })
    const { result } = renderHook(() => useTask(id), { wrapper })
    await waitFor(() =>
      expect(result.current).toMatchObject({
        status: 'error',
        error: { kind: 'task-failed', failMsg: 'The image could not be read' },
        task: { state: 'fail' },
      }),
    )
  })

  test('waits for a task, gives its result, and does not poll a finished task again', async () => {
    const { wrapper, requests } = setup()
    const first = renderHook(() => useTask(id), { wrapper })
    expect(first.result.current).toEqual({ status: 'pending', task: undefined })
    await waitFor(() =>
      expect(first.result.current).toMatchObject({
        status: 'success',
        urls: ['https://files.example.com/result.webp'],
      }),
    )
    first.unmount()
    const second = renderHook(() => useTask(id), { wrapper })
    expect(second.result.current.status).toBe('success')
    expect(requests).toHaveLength(1)
  })

  test('does not show the result of one task as that of another', async () => {
    const { wrapper, queryClient } = setup()
    queryClient.setDefaultOptions({ queries: { placeholderData: (before: unknown) => before } })
    const initialProps = { taskId: id }
    const { result, rerender } = renderHook(({ taskId }) => useTask(taskId), {
      wrapper,
      initialProps,
    })
    await waitFor(() => expect(result.current.status).toBe('success'))
    rerender({ taskId: 'another_task' })
    expect(result.current).toEqual({ status: 'pending', task: undefined })
  })
})
