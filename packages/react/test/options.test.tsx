import { skipToken, useMutation, useQuery } from '@tanstack/react-query'
import { renderHook } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { apikleyOptions } from '../src/index.ts'
import { createScene, createTaskScene, input, leavePage } from './page.tsx'

afterEach(leavePage)

test('The generated options work in useMutation.', async () => {
  const { load, pass, simulator } = await createScene()
  const { client, wrapper } = load({ direct: true })
  const options = apikleyOptions(client).createTask('ideogram/v3-reframe')
  const { result } = renderHook(() => useMutation(options), { wrapper })
  await pass(1000, () => result.current.mutate(input))
  expect(result.current.data?.taskId).toBe(simulator.journal.tasks[0]?.taskId)
})

test('A query is not retried, because the client retries.', async () => {
  const { load, pass, requests } = await createScene({
    faults: [{ operation: 'get-account-credits', fault: 'code', code: 500 }],
  })
  const { client, wrapper } = load({ direct: true, client: { maxRetries: 0 } })
  const options = apikleyOptions(client).getAccountCredits()
  const { result } = renderHook(() => useQuery(options), { wrapper })
  await pass(60_000)
  expect(result.current.error?.kind).toBe('server')
  expect(requests()).toEqual(['GET credit'])
})

test('A query with skipToken in place of its parameters requests nothing.', async () => {
  const { page, pass, requests } = await createTaskScene()
  const { getTaskDetails } = apikleyOptions(page.client)
  const { result, rerender } = renderHook(
    ({ taskId }: { taskId?: string }) =>
      useQuery(getTaskDetails(taskId === undefined ? skipToken : { taskId })),
    { wrapper: page.wrapper, initialProps: {} },
  )
  await pass(1000)
  expect(result.current).toMatchObject({ status: 'pending', fetchStatus: 'idle' })
  expect(requests()).toEqual([])
  rerender({ taskId: 'task_1' })
  await pass(1000)
  expect(result.current.data?.state).toBe('success')
})
