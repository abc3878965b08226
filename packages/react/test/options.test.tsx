import { useMutation, useQuery } from '@tanstack/react-query'
import { act, cleanup, renderHook, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, test } from 'vitest'
import { apikleyOptions } from '../src/index.ts'
import { setup } from './setup.tsx'

afterEach(cleanup)

describe('the generated options', () => {
  test('work in useQuery', async () => {
    const { client, wrapper } = setup({ credit: 'example=fraction' })
    const { result } = renderHook(() => useQuery(apikleyOptions(client).getAccountCredits()), {
      wrapper,
    })
    await waitFor(() => expect(result.current.data).toBe(1496.5))
  })

  test('prefetch into the cache, under a key that knows its data', async () => {
    const { client, queryClient } = setup()
    const options = apikleyOptions(client).getTaskDetails({ taskId: 'task_ideogram_1765177570132' })
    await queryClient.prefetchQuery(options)
    expect(queryClient.getQueryData(options.queryKey)?.state).toBe('success')
  })

  test('work in useMutation', async () => {
    const { client, wrapper } = setup()
    const { result } = renderHook(
      () => useMutation(apikleyOptions(client).createTask('ideogram/v3-reframe')),
      { wrapper },
    )
    act(() =>
      result.current.mutate({
        image_url: 'https://files.example.com/source.webp',
        image_size: 'square_hd',
      }),
    )
    await waitFor(() => expect(result.current.data?.taskId).toBe('task_ideogram_1765177570132'))
  })

  test('leave retrying to the client', async () => {
    const { client, wrapper, requests } = setup({ credit: 'code=500' })
    const { result } = renderHook(() => useQuery(apikleyOptions(client).getAccountCredits()), {
      wrapper,
    })
    await waitFor(() => expect(result.current.error?.kind).toBe('server'))
    expect(requests).toHaveLength(1)
  })
})
