import { act } from '@testing-library/react'
import { focusManager } from '@tanstack/react-query'
import { afterEach, describe, expect, test } from 'vitest'
import type { RunStore } from '../src/index.ts'
import { createScene, input, leavePage } from './page.tsx'

afterEach(leavePage)

const named = { persistKey: 'hero' }
const file = (): Blob => new Blob(['bytes'], { type: 'image/png' })

describe('stop', () => {
  test('while uploading: idle at once, and nothing is bought', async () => {
    const { load, pass, simulator } = await createScene({
      faults: [{ operation: 'upload-file-stream', fault: 'delay', ms: 5000 }],
    })
    const { result } = load().show()
    act(() => result.current.run({ image_url: file(), image_size: 'square' }))
    await pass(1000)
    expect(result.current).toMatchObject({ phase: 'uploading', progress: { total: 5 } })
    act(() => result.current.stop())
    expect(result.current).toMatchObject({ status: 'idle', taskId: undefined })
    await pass(60_000)
    expect(simulator.journal.bought).toBe(0)
  })

  test('while it is still read what is remembered: counts for the click before it', async () => {
    const { load, pass, simulator } = await createScene({
      faults: [{ operation: 'upload-file-stream', fault: 'delay', ms: 5000 }],
    })
    const { result } = load({ slowStore: true }).show(named)
    act(() => {
      result.current.run({ image_url: file(), image_size: 'square' })
      result.current.stop()
    })
    await pass(60_000)
    expect(result.current.status).toBe('idle')
    expect(simulator.journal.bought).toBe(0)
  })

  test('while creating: nothing can be called back, so it stops as soon as there is an answer', async () => {
    const { load, pass, simulator, requests } = await createScene({
      faults: [{ operation: 'create-task', fault: 'delay', ms: 5000 }],
    })
    const { result } = load().show()
    act(() => result.current.run(input))
    await pass(1000)
    act(() => result.current.stop())
    expect(result.current).toMatchObject({ status: 'pending', phase: 'creating' })
    await pass(60_000)
    expect(result.current).toMatchObject({ status: 'idle', taskId: expect.any(String) })
    expect(simulator.journal.bought).toBe(1)
    expect(requests()).not.toContain('GET recordInfo')
  })

  test('while waiting: idle, with the id; the task goes on, and resume finds it, also after a reload', async () => {
    const { load, pass, simulator, requests } = await createScene()
    const first = load()
    const { result } = first.show(named)
    act(() => result.current.run(input))
    await pass(10_000)
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
    act(() => again.result.current.resume())
    expect(again.result.current).toMatchObject({ status: 'pending', phase: 'waiting' })
    await pass(1000)
    expect(again.result.current.status).toBe('success')
    expect(simulator.journal.bought).toBe(1)
  })

  test('and run: another task, for it is another action', async () => {
    const { load, pass, simulator } = await createScene()
    const { result } = load().show(named)
    act(() => result.current.run(input))
    await pass(10_000)
    act(() => result.current.stop())
    act(() => result.current.run(input))
    await pass(60_000)
    expect(result.current.status).toBe('success')
    expect(simulator.journal.bought).toBe(2)
  })
})

describe('reset', () => {
  test('while creating: idle at once, the task is made and told, and the next run is not disturbed by it', async () => {
    const { load, pass, simulator, kept } = await createScene({
      faults: [{ operation: 'create-task', fault: 'delay', ms: 5000 }],
    })
    const created: string[] = []
    const { result } = load().show({ ...named, onCreated: (taskId) => created.push(taskId) })
    act(() => result.current.run(input))
    await pass(1000)
    act(() => result.current.reset())
    expect(result.current).toMatchObject({ status: 'idle', taskId: undefined })
    act(() => result.current.run(input))
    await pass(60_000)
    expect(simulator.journal.bought).toBe(2)
    expect(created).toHaveLength(2)
    expect(result.current).toMatchObject({ status: 'success', taskId: created[0] })
    expect(JSON.parse(kept.get('apikley:ideogram/v3-reframe:hero') ?? '')).toMatchObject({
      taskId: created[0],
    })
  })
})

describe('reset before the request has left', () => {
  test.each(['getItem', 'setItem'])(
    '%s of the store is in flight: nothing is sent',
    async (slow) => {
      const { load, pass, requests, clock } = await createScene()
      const answer = (name: string): Promise<null> =>
        new Promise((resolve) => {
          clock.after(name === slow ? 5000 : 0, () => resolve(null))
        })
      const store: RunStore = {
        getItem: () => answer('getItem'),
        setItem: () => answer('setItem'),
        removeItem: () => {},
      }
      const { result } = load().show({ ...named, store })
      await pass(5000)
      act(() => result.current.run(input))
      await pass(1000)
      expect(result.current).toMatchObject({ phase: 'creating' })
      act(() => result.current.reset())
      await pass(60_000)
      expect(result.current.status).toBe('idle')
      expect(requests()).toEqual([])
    },
  )
})

describe('resume', () => {
  test('after unconfirmed, through the proxy: the same attempt again, which buys nothing more', async () => {
    const { load, pass, simulator, asked } = await createScene()
    let cut = true
    const { result } = load({
      intercept: async (request, send) => {
        const response = await send()
        if (!cut || !request.url.endsWith('createTask')) {
          return response
        }
        cut = false
        throw new TypeError('Failed to fetch')
      },
    }).show()
    act(() => result.current.run({ image_url: file(), image_size: 'square' }))
    await pass(1000)
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind: 'unconfirmed' },
      resumable: true,
    })
    expect(simulator.journal.bought).toBe(1)
    act(() => {
      result.current.resume()
      result.current.resume()
    })
    expect(result.current).toMatchObject({ status: 'pending', phase: 'creating' })
    await pass(60_000)
    expect(result.current.status).toBe('success')
    expect(simulator.journal.bought).toBe(1)
    const names = asked.map(({ headers }) => headers.get('idempotency-key')).filter(Boolean)
    expect(asked.filter(({ headers }) => headers.has('idempotency-repeat'))).toHaveLength(1)
    expect(names).toHaveLength(2)
    expect(new Set(names).size).toBe(1)
  })

  test('after unconfirmed, without a proxy: is not offered and does nothing, for it could buy twice', async () => {
    const { load, pass, simulator, requests } = await createScene({
      faults: [{ operation: 'create-task', fault: 'reset', accepted: true }],
    })
    const { result } = load({ direct: true }).show()
    act(() => result.current.run(input))
    await pass(1000)
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind: 'unconfirmed' },
      resumable: false,
    })
    act(() => result.current.resume())
    await pass(60_000)
    expect(requests()).toEqual(['POST createTask'])
    expect(simulator.journal.bought).toBe(1)
  })

  test('after timeout: waits again for the same task', async () => {
    const { load, pass, simulator } = await createScene({ latency: 100_000 })
    const { result } = load().show({ timeout: 60_000 })
    act(() => result.current.run(input))
    await pass(65_000)
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind: 'timeout' },
      taskId: expect.any(String),
      resumable: true,
    })
    act(() => result.current.resume())
    await pass(10)
    expect(result.current).toMatchObject({
      status: 'pending',
      phase: 'waiting',
      task: { state: 'generating' },
    })
    await pass(59_000)
    expect(result.current.status).toBe('success')
    expect(simulator.journal.bought).toBe(1)
  })

  test('by an id: any task, also one that this page has not made', async () => {
    const { load, pass, simulator, kept } = await createScene()
    const client = load()
    const created = client.client.tasks.create('ideogram/v3-reframe', input)
    await pass(1000)
    const { taskId } = await created
    const { result } = load().show(named)
    act(() => result.current.resume(taskId))
    await pass(60_000)
    expect(result.current).toMatchObject({ status: 'success', taskId })
    expect(kept.get('apikley:ideogram/v3-reframe:hero')).toContain(taskId)
    expect(simulator.journal.bought).toBe(1)
  })

  test('is not offered after a failure, and does nothing where there is nothing', async () => {
    const { load, pass, requests } = await createScene({ credits: 0 })
    const { result } = load().show()
    act(() => result.current.resume())
    expect(result.current.status).toBe('idle')
    act(() => result.current.run(input))
    await pass(1000)
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind: 'insufficient-credits' },
      resumable: false,
    })
    const before = requests().length
    act(() => result.current.resume())
    await pass(1000)
    expect(result.current.status).toBe('error')
    expect(requests()).toHaveLength(before)
  })

  test('when the id could not be kept by onCreated, the error has it and resume waits', async () => {
    const { load, pass } = await createScene()
    const { result } = load().show({
      onCreated: () => {
        throw new Error('the database is down')
      },
    })
    act(() => result.current.run(input))
    await pass(1000)
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind: 'configuration' },
      taskId: expect.any(String),
      resumable: true,
    })
    act(() => result.current.resume())
    await pass(60_000)
    expect(result.current.status).toBe('success')
  })
})

describe('a component that comes back', () => {
  test('to a task whose end was not seen waits again, and a click buys nothing meanwhile', async () => {
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
    act(() => result.current.run(input))
    await pass(600_000)
    expect(result.current).toMatchObject({ status: 'error', error: { kind: 'connection' } })
    unmount()
    const again = page.show(named)
    expect(again.result.current).toMatchObject({ status: 'pending', phase: 'waiting' })
    act(() => again.result.current.run(input))
    await pass(1000)
    expect(simulator.journal.bought).toBe(1)
  })

  test('to a task that failed shows that, and asks nothing', async () => {
    const { load, pass, requests } = await createScene({ outcomes: [{ state: 'fail' }] })
    const page = load()
    const { result, unmount } = page.show(named)
    act(() => result.current.run(input))
    await pass(60_000)
    const before = requests().length
    unmount()
    const again = page.show(named)
    await pass(60_000)
    expect(new Set(again.rendered.map(({ status }) => status))).toEqual(new Set(['error']))
    expect(requests()).toHaveLength(before)
  })
})

test('A component that mounts during the next run shows that run, not the last result.', async () => {
  const { load, pass, simulator } = await createScene({
    faults: [{ operation: 'upload-file-stream', fault: 'delay', ms: 5000 }],
  })
  const page = load()
  const { result, unmount } = page.show(named)
  act(() => result.current.run(input))
  await pass(60_000)
  expect(result.current.status).toBe('success')
  act(() => result.current.run({ image_url: file(), image_size: 'square' }))
  await pass(1000)
  unmount()
  const again = page.show(named)
  await pass(1000)
  expect(again.result.current).toMatchObject({ status: 'pending', phase: 'uploading' })
  await pass(60_000)
  expect(simulator.journal.bought).toBe(2)
})

describe('what an application has for its other queries', () => {
  test('refetchOnMount: a component that comes back waits on all the same', async () => {
    const { load, pass } = await createScene()
    const page = load()
    page.queryClient.setDefaultOptions({ queries: { refetchOnMount: false } })
    const { result, unmount } = page.show(named)
    act(() => result.current.run(input))
    await pass(10_000)
    expect(result.current).toMatchObject({ phase: 'waiting', task: { taskId: expect.any(String) } })
    unmount()
    const again = page.show(named)
    await pass(60_000)
    expect(again.result.current.status).toBe('success')
  })
})

describe('while the page is hidden', () => {
  test('nothing is asked; when it is seen again, at once', async () => {
    const { load, pass, requests, asked, clock } = await createScene({ latency: 300_000 })
    const { result } = load().show()
    act(() => result.current.run(input))
    await pass(100_000)
    act(() => focusManager.setFocused(false))
    asked.length = 0
    await pass(3_600_000)
    expect(requests()).toEqual([])
    expect(clock.pending).toBe(0)
    act(() => focusManager.setFocused(true))
    await pass(10)
    expect(requests()).toEqual(['GET recordInfo'])
    expect(result.current.status).toBe('success')
  })

  test('for a moment: one look at once, and then as before', async () => {
    const { load, pass, requests, asked } = await createScene({ outcomes: [{ state: 'stuck' }] })
    load().show()
    const { result } = load().show()
    act(() => result.current.run(input))
    await pass(300_000)
    asked.length = 0
    // Just after a look another one has to wait.
    for (let waited = 0; waited < 120_000 && asked.length === 0; waited += 100) {
      await pass(100)
    }
    await pass(2500)
    asked.length = 0
    act(() => focusManager.setFocused(false))
    act(() => focusManager.setFocused(true))
    await pass(10)
    expect(requests()).toEqual(['GET recordInfo'])
    await pass(10_000)
    expect(requests()).toHaveLength(1)
  })

  test('its time does not run out', async () => {
    const { load, pass } = await createScene({ latency: 2_000_000 })
    const { result } = load().show()
    act(() => result.current.run(input))
    await pass(600_000)
    act(() => focusManager.setFocused(false))
    await pass(1_000_000)
    act(() => focusManager.setFocused(true))
    await pass(460_000)
    expect(result.current.status).toBe('success')
  })
})

describe('renders', () => {
  test('once for each change of state', async () => {
    const { load, pass } = await createScene({
      faults: [{ operation: 'upload-file-stream', fault: 'delay', ms: 100 }],
    })
    const { result, rendered } = load().show()
    // StrictMode renders everything twice.
    expect(rendered).toHaveLength(2)
    act(() => result.current.run({ image_url: file(), image_size: 'square' }))
    await pass(60_000)
    const states = rendered
      .filter((_, index) => index % 2 === 1)
      .map((state) => JSON.stringify(state))
    expect(rendered).toHaveLength(2 * new Set(states).size)
    expect(
      rendered
        .filter((_, index) => index % 2 === 1)
        .map((state) => (state.status === 'pending' ? state.phase : state.status)),
    ).toEqual([
      'idle',
      'uploading',
      'uploading',
      'creating',
      'waiting',
      'waiting',
      'waiting',
      'success',
    ])
  })

  test('what it gives to call stays the same', async () => {
    const { load, pass } = await createScene()
    const { result } = load().show({ onCreated: () => {} })
    const { run, resume, stop, reset } = result.current
    act(() => run(input))
    await pass(60_000)
    expect(result.current).toMatchObject({ run, resume, stop, reset })
  })
})
