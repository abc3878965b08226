import { act } from '@testing-library/react'
import { focusManager, onlineManager } from '@tanstack/react-query'
import { afterEach, describe, expect, test } from 'vitest'
import type { RunStore } from '../src/index.ts'
import {
  createRun,
  createScene,
  input,
  leavePage,
  named,
  setLocks,
  slowCreate,
  slowUpload,
  storageKey,
  upload,
} from './page.tsx'

afterEach(leavePage)

describe('stop()', () => {
  test('stop() while the store is read stops the run of the click.', async () => {
    const { load, pass, simulator } = await createScene(slowUpload)
    const { result } = load({ slowStore: true }).show(named)
    act(() => {
      result.current.run(upload)
      result.current.stop()
    })
    await pass(60_000)
    expect(result.current.status).toBe('idle')
    expect(simulator.journal.tasks).toEqual([])
  })

  test('stop() while creating takes effect when the response arrives.', async () => {
    const { result, pass, simulator, requests } = await createRun(slowCreate)
    await pass(1000, () => result.current.run(input))
    act(() => result.current.stop())
    expect(result.current).toMatchObject({ status: 'pending', phase: 'creating' })
    await pass(60_000)
    expect(result.current).toMatchObject({ status: 'idle', taskId: expect.any(String) })
    expect(simulator.journal.tasks).toHaveLength(1)
    expect(requests()).not.toContain('GET tasks')
  })

  test('stop() while waiting keeps the id for resume(), also after a reload.', async () => {
    const { load, pass, simulator, requests } = await createScene()
    const first = load()
    const { result } = first.show(named)
    await pass(10_000, () => result.current.run(input))
    act(() => result.current.stop())
    const before = requests().length
    expect(result.current).toMatchObject({ status: 'idle', taskId: expect.any(String) })
    await pass(60_000)
    expect(requests()).toHaveLength(before)
    first.close()
    const again = load().show(named)
    await pass(60_000)
    expect(again.result.current).toMatchObject({
      status: 'idle',
      taskId: result.current.status === 'idle' && result.current.taskId,
    })
    act(() => void again.result.current.resume())
    expect(again.result.current).toMatchObject({ status: 'pending', phase: 'waiting' })
    await pass(1000)
    expect(again.result.current.status).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
  })
})

describe('reset()', () => {
  test('reset() while creating is idle at once, and the task is still reported.', async () => {
    const created: string[] = []
    const { result, pass, simulator, stored } = await createRun(slowCreate, {
      ...named,
      onCreated: (taskId) => created.push(taskId),
    })
    await pass(1000, () => result.current.run(input))
    act(() => result.current.reset())
    expect(result.current).toMatchObject({ status: 'idle', taskId: undefined })
    await pass(60_000, () => result.current.run(input))
    expect(simulator.journal.tasks).toHaveLength(2)
    expect(created).toHaveLength(2)
    expect(result.current).toMatchObject({ status: 'success', taskId: created[0] })
    expect(JSON.parse(stored.get(storageKey) ?? '')).toMatchObject({ taskId: created[0] })
  })
})

describe.each(['stop', 'reset'] as const)('%s() before the create is sent', (control) => {
  test.each(['the lock', 'getItem', 'setItem', 'the request for a key'])(
    'While %s is in flight, it is idle at once, and no create is sent.',
    async (slow) => {
      const { load, pass, requests, clock, stored } = await createScene()
      const wait = (name: string): Promise<void> =>
        new Promise((resolve) => {
          clock.after(name === slow ? 5000 : 0, resolve)
        })
      setLocks({
        request: (_: string, __: object, hold: () => Promise<void>) => wait('the lock').then(hold),
      })
      const store: RunStore = {
        getItem: (key) => wait('getItem').then(() => stored.get(key)),
        setItem: (key, value) => wait('setItem').then(() => stored.set(key, value)),
        removeItem: (key) => stored.delete(key),
      }
      const page = load({
        intercept: (_request, send) => wait('the request for a key').then(send),
      })
      const { result } = page.show({ ...named, store })
      await pass(5000)
      await pass(1000, () => result.current.run(input))
      expect(result.current).toMatchObject({ phase: 'creating' })
      await pass(1, () => result.current[control]())
      expect(result.current).toMatchObject({ status: 'idle', taskId: undefined })
      await pass(60_000)
      expect(result.current.status).toBe('idle')
      expect(requests()).not.toContain('POST tasks')
      expect([...stored]).toEqual([])
    },
  )
})

describe('resume()', () => {
  test('After a timeout it waits again for the same task.', async () => {
    const { result, pass, simulator } = await createRun({ latency: 100_000 }, { timeout: 60_000 })
    await pass(65_000, () => result.current.run(input))
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind: 'timeout' },
      taskId: expect.any(String),
      resumable: true,
    })
    await pass(10, () => result.current.resume())
    expect(result.current).toMatchObject({
      status: 'pending',
      phase: 'waiting',
      task: { state: 'generating' },
    })
    await pass(59_000)
    expect(result.current.status).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('With an id it waits for any task.', async () => {
    const { load, pass, simulator, stored } = await createScene()
    const client = load()
    const created = client.client.tasks.create('ideogram/v3-reframe', input)
    await pass(1000)
    const { taskId } = await created
    const { result } = load().show(named)
    await pass(60_000, () => result.current.resume(taskId))
    expect(result.current).toMatchObject({ status: 'success', taskId })
    expect(stored.get(storageKey)).toContain(taskId)
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('After onCreated failed, the error has the id, and resume() waits.', async () => {
    const onCreated = async (): Promise<never> => Promise.reject(new Error('down'))
    const { result, pass } = await createRun({}, { onCreated })
    await pass(1000, () => result.current.run(input))
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind: 'configuration' },
      taskId: expect.any(String),
      resumable: true,
    })
    await pass(60_000, () => result.current.resume())
    expect(result.current.status).toBe('success')
  })
})

describe('a component that mounts again', () => {
  test('After a failed wait, a new mount waits again, and a click creates no task.', async () => {
    const { load, pass, simulator } = await createScene()
    const page = load({
      intercept: async (request, send) => {
        if (request.method === 'GET') {
          throw new TypeError('Failed to fetch')
        }
        return send()
      },
    })
    const { result, unmount } = page.show(named)
    await pass(600_000, () => result.current.run(input))
    expect(result.current).toMatchObject({ status: 'error', error: { kind: 'connection' } })
    unmount()
    const again = page.show(named)
    expect(again.result.current).toMatchObject({ status: 'pending', phase: 'waiting' })
    await pass(1000, () => again.result.current.run(input))
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('After a failed task it shows the error without a poll.', async () => {
    const { load, pass, requests, stored } = await createScene({ outcomes: [{ state: 'fail' }] })
    const page = load()
    const { result, unmount } = page.show(named)
    await pass(60_000, () => result.current.run(input))
    const before = requests().length
    unmount()
    const again = page.show(named)
    await pass(60_000)
    expect(new Set(again.rendered.map(({ status }) => status))).toEqual(new Set(['error']))
    expect(again.result.current).toMatchObject({ taskId: expect.any(String), resumable: false })
    expect([...stored]).toEqual([])
    expect(requests()).toHaveLength(before)
  })
})

test('A component that mounts during the next run shows that run, not the last result.', async () => {
  const { load, pass, simulator } = await createScene(slowUpload)
  const page = load()
  const { result, unmount } = page.show(named)
  await pass(60_000, () => result.current.run(input))
  expect(result.current.status).toBe('success')
  await pass(1000, () => result.current.run(upload))
  unmount()
  const again = page.show(named)
  await pass(1000)
  expect(again.result.current).toMatchObject({ status: 'pending', phase: 'uploading' })
  await pass(60_000)
  expect(simulator.journal.tasks).toHaveLength(2)
})

describe('a hidden page', () => {
  test.each([
    ['hidden', (isOn: boolean) => focusManager.setFocused(isOn), {}],
    ['offline', (isOn: boolean) => onlineManager.setOnline(isOn), { isOffline: true }],
  ])('A page that is %s polls nothing, and polls at once afterwards.', async (_, set, state) => {
    const { result, pass, requests, asked, clock } = await createRun({ latency: 300_000 })
    await pass(100_000, () => result.current.run(input))
    expect(result.current).toMatchObject({ isOffline: false })
    act(() => set(false))
    asked.length = 0
    await pass(3_600_000)
    expect(result.current).toMatchObject({ status: 'pending', ...state })
    expect(requests()).toEqual([])
    expect(clock.pending).toBe(0)
    await pass(10, () => set(true))
    expect(requests()).toEqual(['GET tasks'])
    expect(result.current.status).toBe('success')
  })

  test('A page polls once after it was hidden for a moment.', async () => {
    const { load, pass, requests, asked } = await createScene({ outcomes: [{ state: 'stuck' }] })
    load().show()
    const { result } = load().show()
    await pass(300_000, () => result.current.run(input))
    asked.length = 0
    // Polls keep a minimum interval.
    for (let waited = 0; waited < 120_000 && asked.length === 0; waited += 100) {
      await pass(100)
    }
    await pass(2500)
    asked.length = 0
    act(() => focusManager.setFocused(false))
    await pass(10, () => focusManager.setFocused(true))
    expect(requests()).toEqual(['GET tasks'])
    await pass(10_000)
    expect(requests()).toHaveLength(1)
  })

  test('The time of a hidden page does not count for the timeout.', async () => {
    const { result, pass } = await createRun({ latency: 2_000_000 })
    await pass(600_000, () => result.current.run(input))
    await pass(1_000_000, () => focusManager.setFocused(false))
    await pass(460_000, () => focusManager.setFocused(true))
    expect(result.current.status).toBe('success')
  })
})

test('A run renders once for each change of its state, with the same controls.', async () => {
  const { result, rendered, pass } = await createRun(slowUpload)
  const { run, retry, resume, stop, reset } = result.current
  // StrictMode renders everything twice.
  expect(rendered).toHaveLength(2)
  await pass(60_000, () => run(upload))
  expect(result.current).toMatchObject({ run, retry, resume, stop, reset })
  const shown = rendered.filter((_, index) => index % 2 === 1)
  expect(rendered).toHaveLength(2 * new Set(shown.map((state) => JSON.stringify(state))).size)
  const steps = shown.map((state) => (state.status === 'pending' ? state.phase : state.status))
  const uploads = ['uploading', 'uploading', 'creating', 'waiting', 'waiting', 'waiting']
  expect(steps).toEqual(['idle', ...uploads, 'success'])
})
