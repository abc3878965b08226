import { act, cleanup, render, renderHook, screen, waitFor } from '@testing-library/react'
import { useLayoutEffect } from 'react'
import { afterEach, describe, expect, test } from 'vitest'
import { ApikleyProvider, useRun, type UseRunOptions } from '../src/index.ts'
import { setup } from './setup.tsx'

const input = {
  image_url: 'https://files.example.com/source.webp',
  image_size: 'square_hd',
} as const

afterEach(cleanup)

describe('useRun', () => {
  test('creates one task on a double click, waits for it and shows its result', async () => {
    const { wrapper, requests } = setup()
    function Reframe(): React.ReactElement {
      const reframe = useRun('ideogram/v3-reframe')
      return (
        <>
          <button onClick={() => reframe.run(input)}>Reframe</button>
          <p>{reframe.status}</p>
          {reframe.status === 'success' && <img alt="result" src={reframe.urls[0]} />}
        </>
      )
    }
    render(<Reframe />, { wrapper })
    expect(screen.getByText('idle')).toBeDefined()
    act(() => {
      screen.getByRole('button').click()
      screen.getByRole('button').click()
    })
    const image = await screen.findByRole('img')
    expect(image.getAttribute('src')).toBe('https://files.example.com/result.webp')
    expect(requests).toEqual(['POST /api/v1/jobs/createTask', 'GET /api/v1/jobs/recordInfo'])
  })

  test('an option counts until the component leaves it out', async () => {
    const { wrapper } = setup()
    const created: string[] = []
    const initialProps: UseRunOptions = { onCreated: (taskId) => created.push(taskId) }
    const { result, rerender } = renderHook(
      (options: UseRunOptions) => useRun('ideogram/v3-reframe', options),
      { wrapper, initialProps },
    )
    rerender({})
    act(() => result.current.run(input))
    await waitFor(() => expect(result.current.status).toBe('success'))
    expect(created).toEqual([])
  })

  test('reset goes back to idle, stops waiting, and the next run is a new one', async () => {
    const { wrapper, requests } = setup({ recordInfo: 'example=waiting' })
    const { result } = renderHook(() => useRun('ideogram/v3-reframe'), { wrapper })
    act(() => result.current.run(input))
    await waitFor(() =>
      expect(result.current).toMatchObject({ phase: 'waiting', task: { state: 'waiting' } }),
    )
    act(() => result.current.reset())
    await waitFor(() => expect(result.current.status).toBe('idle'))
    act(() => result.current.run(input))
    await waitFor(() =>
      expect(result.current).toMatchObject({ phase: 'waiting', task: { state: 'waiting' } }),
    )
    act(() => result.current.run(input))
    expect(requests.filter((request) => request.startsWith('POST'))).toHaveLength(2)
  })

  test('a click means the model that is shown, also in an effect of the same render', async () => {
    const { wrapper, client } = setup()
    const created: string[] = []
    const create: typeof client.tasks.create = (model, ...rest) => {
      created.push(model)
      return client.tasks.create(model, ...rest)
    }
    const spied = { ...client, tasks: { ...client.tasks, create } }
    const { rerender } = renderHook(
      ({ model }: { model: 'ideogram/v3-reframe' }) => {
        const { run, ...state } = useRun(model)
        useLayoutEffect(() => {
          if (String(model) === 'another/model') {
            run(input)
          }
        }, [model, run])
        return state
      },
      {
        initialProps: { model: 'ideogram/v3-reframe' },
        wrapper: ({ children }) =>
          wrapper({ children: <ApikleyProvider client={spied}>{children}</ApikleyProvider> }),
      },
    )
    // @ts-expect-error made up, to have another one
    rerender({ model: 'another/model' })
    await waitFor(() => expect(created).toEqual(['another/model']))
  })

  test('a run goes on when the model is changed under it', async () => {
    const { wrapper } = setup({ recordInfo: 'example=waiting' })
    const { result, rerender } = renderHook(
      ({ model }: { model: 'ideogram/v3-reframe' }) => useRun(model),
      {
        initialProps: { model: 'ideogram/v3-reframe' },
        wrapper,
      },
    )
    act(() => result.current.run(input))
    await waitFor(() => expect(result.current).toMatchObject({ phase: 'waiting' }))
    // @ts-expect-error made up, to have another one
    rerender({ model: 'another/model' })
    expect(result.current).toMatchObject({
      status: 'pending',
      phase: 'waiting',
      taskId: 'task_ideogram_1765177570132',
    })
  })

  test('without a provider it says what is missing', () => {
    expect(() => renderHook(() => useRun('ideogram/v3-reframe'))).toThrow('ApikleyProvider')
  })
})
