import { useQuery, useSuspenseQuery, type QueryClient } from '@tanstack/react-query'
import { renderHook } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { taskOptions, useTask } from '../src/index.ts'
import { createScene, input, leavePage, named } from './page.tsx'

afterEach(leavePage)

const disturbances: [string, (client: QueryClient) => unknown][] = [
  ['clear', (client) => client.clear()],
  ['cancelQueries', (client) => client.cancelQueries()],
  ['removeQueries', (client) => client.removeQueries()],
  ['resetQueries', (client) => client.resetQueries()],
  ['invalidateQueries', (client) => client.invalidateQueries()],
  ['clear, twice', (client) => [client.clear(), client.clear()]],
  ['cancelQueries and clear', (client) => [client.cancelQueries(), client.clear()]],
]

test.each(disturbances)('%s of the application ends no wait.', async (_, disturb) => {
  const { load, pass, requests, clock } = await createScene()
  const page = load({ direct: true })
  const run = page.show()
  await pass(10, () => run.result.current.run(input))
  const { taskId } = await clock.settle(page.client.tasks.create('ideogram/v3-reframe', input))
  const task = renderHook(() => useTask(taskId), { wrapper: page.wrapper })
  const plain = renderHook(() => useQuery(taskOptions(page.client, taskId)).data, {
    wrapper: page.wrapper,
  })
  await pass(6000)
  await pass(4000, () => disturb(page.queryClient))
  expect(run.result.current).toMatchObject({ status: 'pending' })
  await pass(60_000)
  expect(run.result.current).toMatchObject({ status: 'success' })
  expect(task.result.current).toMatchObject({ status: 'success' })
  expect(plain.result.current).toMatchObject({ state: 'success' })
  const before = requests().length
  await pass(60_000)
  expect(requests()).toHaveLength(before)
})

test('A query that nothing shows any more is not polled after clear.', async () => {
  const { load, pass, requests } = await createScene()
  const page = load()
  const { result, unmount } = page.show()
  await pass(5000, () => result.current.run(input))
  page.queryClient.clear()
  unmount()
  await pass(10)
  const before = requests().length
  await pass(60_000)
  expect(requests()).toHaveLength(before)
})

test('A suspended component that is shown again within a second polls again.', async () => {
  const { load, pass, clock } = await createScene()
  const page = load({ direct: true })
  const { taskId } = await clock.settle(page.client.tasks.create('ideogram/v3-reframe', input))
  const options = taskOptions(page.client, taskId)
  // Without data it suspends, and React shows it at a time of its own.
  page.queryClient.setQueryData(options.queryKey, await clock.settle(page.client.tasks.get(taskId)))
  const show = () => renderHook(() => useSuspenseQuery(options).data, { wrapper: page.wrapper })
  const first = show()
  await pass(10)
  expect(first.result.current).toMatchObject({ state: 'waiting' })
  first.unmount()
  const second = show()
  await pass(60_000)
  expect(second.result.current).toMatchObject({ state: 'success' })
})

test.each([
  ['select', { select: () => 'another value' }],
  ['notifyOnChangeProps', { notifyOnChangeProps: [] }],
  ['enabled', { enabled: false }],
  ['refetchOnMount', { refetchOnMount: false }],
])('A default %s of the application hides no end.', async (_, queries) => {
  const { load, pass, clock } = await createScene()
  const page = load({ direct: true })
  page.queryClient.setDefaultOptions({ queries })
  const first = page.show(named)
  await pass(10_000, () => first.result.current.run(input))
  first.unmount()
  const run = page.show(named)
  const { taskId } = await clock.settle(page.client.tasks.create('ideogram/v3-reframe', input))
  const task = renderHook(() => useTask(taskId), { wrapper: page.wrapper })
  await pass(60_000)
  expect(run.result.current).toMatchObject({ status: 'success', urls: [expect.any(String)] })
  expect(task.result.current).toMatchObject({ status: 'success', urls: [expect.any(String)] })
})
