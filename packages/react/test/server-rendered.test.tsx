import {
  dehydrate,
  HydrationBoundary,
  QueryClient,
  useQuery,
  useSuspenseQuery,
} from '@tanstack/react-query'
import { act, render, waitFor } from '@testing-library/react'
import { Suspense, type ReactElement } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { apikleyOptions, taskOptions, useRun, useTask } from '../src/index.ts'
import { createScene, createTaskScene, leavePage } from './page.tsx'

afterEach(leavePage)

const given = { result: { resultUrls: ['https://files.example.com/1.webp'] } }

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

  test('a page has the task that the server fetched, and sends no request', async () => {
    const { load, pass, requests, page, clock } = await createTaskScene(given)
    const server = page.client
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
    const { pass, page } = await createTaskScene()
    const { client, wrapper } = page
    function Shown(): ReactElement {
      const { data: task } = useSuspenseQuery(taskOptions(client, 'task_1'))
      const { data: credits } = useSuspenseQuery(apikleyOptions(client).getAccountCredits())
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
