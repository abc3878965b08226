import { renderHook } from '@testing-library/react'
import { useLayoutEffect } from 'react'
import { afterEach, expect, test } from 'vitest'
import { ApikleyProvider, useRun, type UseRunOptions } from '../src/index.ts'
import { createScene, input, leavePage } from './page.tsx'

afterEach(leavePage)

test('An option counts until the component omits it.', async () => {
  const { load, pass } = await createScene()
  const { wrapper } = load()
  const created: string[] = []
  const initialProps: UseRunOptions = { onCreated: (taskId) => created.push(taskId) }
  const { result, rerender } = renderHook(
    (options: UseRunOptions) => useRun('ideogram/v3-reframe', options),
    { wrapper, initialProps },
  )
  rerender({})
  await pass(60_000, () => result.current.run(input))
  expect(result.current.status).toBe('success')
  expect(created).toEqual([])
})

const initialProps: { model: 'ideogram/v3-reframe' } = { model: 'ideogram/v3-reframe' }

test('An effect of the render that changes the model runs the new model.', async () => {
  const { load, pass } = await createScene()
  const { client, wrapper } = load()
  const created: string[] = []
  const create: typeof client.tasks.create = (model, ...rest) => {
    created.push(model)
    return client.tasks.create(model, ...rest)
  }
  const spied = { ...client, tasks: { ...client.tasks, create } }
  const { rerender } = renderHook(
    ({ model }) => {
      const { run } = useRun(model)
      useLayoutEffect(() => {
        if (String(model) === 'another/model') {
          run(input)
        }
      }, [model, run])
    },
    {
      initialProps,
      wrapper: ({ children }) =>
        wrapper({ children: <ApikleyProvider client={spied}>{children}</ApikleyProvider> }),
    },
  )
  // @ts-expect-error an unknown model
  await pass(1000, () => rerender({ model: 'another/model' }))
  expect(created).toEqual(['another/model'])
})

test('A run continues when the model of its component changes.', async () => {
  const { load, pass } = await createScene()
  const { wrapper } = load()
  const { result, rerender } = renderHook(({ model }) => useRun(model), { wrapper, initialProps })
  await pass(10_000, () => result.current.run(input))
  const before = result.current
  expect(before).toMatchObject({ status: 'pending', phase: 'waiting' })
  // @ts-expect-error an unknown model
  rerender({ model: 'another/model' })
  expect(result.current).toEqual(before)
})

test('Without a provider, the error names ApikleyProvider.', () => {
  expect(() => renderHook(() => useRun('ideogram/v3-reframe'))).toThrow('ApikleyProvider')
})
