import {
  dehydrate,
  HydrationBoundary,
  QueryClient,
  skipToken,
  useQuery,
  useSuspenseQuery,
} from '@tanstack/react-query'
import { act, render, renderHook, waitFor } from '@testing-library/react'
import { Suspense, type ReactElement } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { apikleyOptions, taskOptions, useRun, useTask } from '../src/index.ts'
import { createScene, leavePage } from './page.tsx'

afterEach(leavePage)

const given = { taskId: 'task_1', result: { resultUrls: ['https://files.example.com/1.webp'] } }

/** A scene with a task that has ended, and its handle for pages. */
async function withTask() {
  const scene = await createScene()
  scene.simulator.control.addTask(given)
  return { ...scene, server: scene.load({ direct: true }).client }
}

describe('a page that a server has rendered', () => {
  test('begins idle, also where a run is remembered, and shows it then', async () => {
    const { load, pass, stored } = await createScene()
    stored.set(
      'apikley:ideogram/v3-reframe:hero',
      JSON.stringify({ taskId: 'task_1', at: 1_765_177_570_132, over: 'stopped' }),
    )
    const page = load()
    function Shown(): ReactElement {
      const run = useRun('ideogram/v3-reframe', {
        persistKey: 'hero',
        store: { getItem: (key) => stored.get(key), setItem: () => {}, removeItem: () => {} },
      })
      return <p>{run.status === 'idle' ? String(run.taskId) : run.status}</p>
    }
    const tree = <page.wrapper>{<Shown />}</page.wrapper>
    const html = renderToString(tree)
    expect(html).toContain('undefined')
    const container = document.createElement('div')
    container.innerHTML = html
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => {})
    await act(async () => hydrateRoot(container, tree))
    await pass(1)
    expect(container.textContent).toBe('task_1')
    expect(complaints).not.toHaveBeenCalled()
    complaints.mockRestore()
  })

  test('has the task that was fetched there, and asks nothing', async () => {
    const { load, pass, requests, server, clock } = await withTask()
    const onServer = new QueryClient()
    const options = apikleyOptions(server)
    await clock.settle(onServer.prefetchQuery(taskOptions(server, 'task_1')))
    await clock.settle(onServer.prefetchQuery(options.getTaskDetails({ taskId: 'task_1' })))
    const state = JSON.parse(JSON.stringify(dehydrate(onServer)))
    const before = requests().length
    const { client, wrapper } = load()
    function Shown(): ReactElement {
      const task = useTask('task_1')
      const { data } = useQuery({
        ...apikleyOptions(client).getTaskDetails({ taskId: 'task_1' }),
        staleTime: 60_000,
      })
      return (
        <p>
          {task.status === 'success' && task.urls[0]} {data?.state}
        </p>
      )
    }
    const tree = (
      <HydrationBoundary state={state}>
        <Shown />
      </HydrationBoundary>
    )
    const { container } = render(tree, { wrapper })
    expect(container.textContent).toBe('https://files.example.com/1.webp success')
    await pass(60_000)
    expect(requests()).toHaveLength(before)
  })
})

describe('suspense', () => {
  test('a task and a generated query show what is loading, and then their data', async () => {
    const { pass, server, load } = await withTask()
    const { wrapper } = load()
    function Shown(): ReactElement {
      const { data: task } = useSuspenseQuery(taskOptions(server, 'task_1'))
      const { data: credits } = useSuspenseQuery(apikleyOptions(server).getAccountCredits())
      return <p>{`${task.state} ${credits}`}</p>
    }
    const { container } = render(
      <Suspense fallback="loading">
        <Shown />
      </Suspense>,
      { wrapper },
    )
    expect(container.textContent).toBe('loading')
    await pass(1000)
    await waitFor(() => expect(container.textContent).toBe('success 1500'))
  })
})

describe('what is not known yet', () => {
  const nothing: readonly (undefined | typeof skipToken)[] = [undefined, skipToken]
  test.each(nothing)('asks nothing and is idle: useTask(%o)', async (none) => {
    const { load, pass, requests } = await withTask()
    const { wrapper } = load({ direct: true })
    const { result, rerender } = renderHook(
      ({ id }: { id: string | undefined | typeof skipToken }) => useTask(id),
      {
        wrapper,
        initialProps: { id: none },
      },
    )
    await pass(10_000)
    expect(result.current).toEqual({ status: 'idle' })
    expect(requests()).toEqual([])
    rerender({ id: 'task_1' })
    await pass(100)
    expect(result.current).toMatchObject({ status: 'success', urls: given.result.resultUrls })
  })

  test('asks nothing: skipToken in the place of parameters', async () => {
    const { load, pass, requests, server } = await withTask()
    const { wrapper } = load()
    const { result, rerender } = renderHook(
      ({ taskId }: { taskId?: string }) =>
        useQuery(
          apikleyOptions(server).getTaskDetails(taskId === undefined ? skipToken : { taskId }),
        ),
      { wrapper, initialProps: {} },
    )
    await pass(1000)
    expect(result.current).toMatchObject({ status: 'pending', fetchStatus: 'idle' })
    expect(requests()).toEqual([])
    rerender({ taskId: 'task_1' })
    await pass(1000)
    expect(result.current.data?.state).toBe('success')
  })
})

describe('useTask', () => {
  test('after a timeout resume waits again', async () => {
    const { load, pass, simulator } = await withTask()
    simulator.control.addTask({ taskId: 'task_2', state: 'stuck' })
    const { wrapper } = load({ direct: true })
    const { result } = renderHook(() => useTask('task_2', { timeout: 60_000 }), { wrapper })
    await pass(61_000)
    const { current } = result
    expect(current).toMatchObject({ status: 'error', error: { kind: 'timeout', taskId: 'task_2' } })
    await act(async () => current.status === 'error' && current.resume())
    expect(result.current).toMatchObject({ status: 'pending', task: { taskId: 'task_2' } })
    await pass(61_000)
    expect(result.current).toMatchObject({ status: 'error', error: { kind: 'timeout' } })
  })
})
