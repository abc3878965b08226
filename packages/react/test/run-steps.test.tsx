import { ApikleyError, createApikley } from '@apikley/client'
import { QueryClient } from '@tanstack/react-query'
import { expect, test, vi } from 'vitest'
import { Run } from '../src/run.ts'
import type { RunContext, RunStore } from '../src/types.ts'

const input = { image_url: 'https://files.example.com/cat.png', image_size: 'square_hd' } as const
const accepted = { code: 200, data: { taskId: 'task_1' } }

interface Scene {
  readonly run: Run
  /** Answers the request in flight. */
  readonly answer: (body: object) => void
  readonly requests: string[]
}

function scene(store?: RunStore): Scene {
  const requests: string[] = []
  let answer: (body: object) => void = () => {}
  const client = createApikley({
    apiKey: 'test-key',
    dangerouslyAllowBrowser: true,
    maxRetries: 0,
    fetch: async (url) => {
      requests.push(new URL(String(url)).pathname.split('/').at(-1) ?? '')
      return new Promise((resolve) => {
        answer = (body) => resolve(Response.json(body))
      })
    },
  })
  const model = 'ideogram/v3-reframe'
  const context: RunContext = { client, queryClient: new QueryClient(), model, options: { store } }
  const run = new Run(context, store && 'name')
  run.use(context)
  return { run, answer: (body) => answer(body), requests }
}

test('A run without a file goes from new over storing and sending to waiting and ended.', async () => {
  const { run, answer } = scene()
  expect(run.step).toBe('new')
  run.controls.run(input)
  expect(run.step).toBe('storing')
  await vi.waitFor(() => expect(run.step).toBe('sending'))
  await vi.waitFor(() => answer(accepted))
  await vi.waitFor(() => expect(run.step).toBe('waiting'))
  const error = new ApikleyError({ kind: 'timeout', message: 'late' })
  run.onRendered('task_1', { status: 'error', error, taskId: 'task_1', resumable: true })
  expect(run.step).toBe('ended')
})

test('A run with a file starts with uploading, and stop goes back to idle.', async () => {
  const { run, requests } = scene()
  run.controls.run({ ...input, image_url: new Blob(['a']) })
  expect(run.step).toBe('uploading')
  run.controls.stop()
  expect(run.step).toBe('idle')
  expect(requests).not.toContain('createTask')
})

test('A refused create leads to failed, and another run may start.', async () => {
  const { run, answer } = scene()
  run.controls.run(input)
  await vi.waitFor(() => expect(run.step).toBe('sending'))
  await vi.waitFor(() => answer({ code: 402, msg: 'no credits' }))
  await vi.waitFor(() => expect(run.step).toBe('failed'))
  run.controls.run(input)
  expect(run.step).toBe('storing')
})

test('A reset while the attempt is stored sends nothing.', async () => {
  const store: RunStore = { getItem: async () => null, setItem: () => {}, removeItem: () => {} }
  const { run, requests } = scene(store)
  run.controls.run(input)
  expect(run.step).toBe('restoring')
  run.controls.reset()
  await vi.waitFor(() => expect(run.step).toBe('idle'))
  expect(requests).toEqual([])
})

test('A run that is stopped while it is sent keeps its task and becomes idle.', async () => {
  const { run, answer } = scene()
  run.controls.run(input)
  await vi.waitFor(() => expect(run.step).toBe('sending'))
  run.controls.stop()
  expect(run.step).toBe('sending')
  await vi.waitFor(() => answer(accepted))
  await vi.waitFor(() => expect(run.getState()).toEqual({ status: 'idle', taskId: 'task_1' }))
  expect(run.step).toBe('idle')
})
