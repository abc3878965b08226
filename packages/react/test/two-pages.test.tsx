import { act } from '@testing-library/react'
import { locks as nodeLocks } from 'node:worker_threads'
import { FakeLocks } from 'test-kit/locks'
import { afterEach, describe, expect, test } from 'vitest'
import {
  createRun,
  createScene,
  input,
  leavePage,
  named,
  plain,
  setLocks,
  slowCreate,
  slowUpload,
  storageKey,
  upload,
} from './page.tsx'

afterEach(leavePage)

test('A page shows the run of another page that is in flight.', async () => {
  const { load, pass, simulator } = await createScene(slowUpload)
  const [one, other] = [load().show(named), load().show(named)]
  await pass(1000, () => one.result.current.run(upload))
  await pass(1000, () => other.result.current.run(input))
  expect(other.result.current).toMatchObject({ phase: 'waiting' })
  await pass(60_000)
  expect(one.result.current.status).toBe('success')
  expect(plain(other.result.current)).toEqual(plain(one.result.current))
  expect(simulator.journal.tasks).toHaveLength(1)
  // The run has ended, so the user may begin another one in both pages.
  window.dispatchEvent(new Event('click'))
  await pass(60_000, () => one.result.current.run(input))
  await pass(60_000, () => other.result.current.retry())
  expect(simulator.journal.tasks).toHaveLength(3)
})

describe('two pages that run at the same moment', () => {
  test('They create one task.', async () => {
    setLocks(nodeLocks)
    const { load, pass, simulator, requests } = await createScene()
    const pages = [load().show(named), load().show(named), load().show(named)]
    await pass(60_000, () => pages.forEach(({ result }) => result.current.run(input)))
    const states = pages.map(({ result }) => plain(result.current))
    expect(states[0]).toMatchObject({ status: 'success' })
    expect(states).toEqual([states[0], states[0], states[0]])
    expect(simulator.journal.tasks).toHaveLength(1)
    expect(requests().filter((request) => request === 'POST tasks')).toHaveLength(1)
  })

  test('The second one runs after the first one was refused.', async () => {
    setLocks(new FakeLocks())
    const { load, pass, simulator } = await createScene({
      faults: [{ operation: 'create-task', fault: 'code', code: 402 }],
    })
    const [one, other] = [load().show(named), load().show(named)]
    act(() => {
      one.result.current.run(input)
      other.result.current.run(input)
    })
    await pass(60_000)
    // Either page may be the first.
    const ends = [one, other].map(({ result: { current } }) =>
      current.status === 'error' ? current.error.kind : current.status,
    )
    expect([...ends].sort()).toEqual(['insufficient-credits', 'success'])
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('The second one takes over from a page that is closed with the lock.', async () => {
    const locks = new FakeLocks()
    setLocks(locks)
    const { load, pass, simulator } = await createScene(slowCreate)
    const first = load()
    const [one, other] = [first.show(named), load().show(named)]
    await pass(100, () => one.result.current.run(input))
    expect(locks.held).toEqual([storageKey])
    await pass(1000, () => other.result.current.run(input))
    expect(other.result.current).toMatchObject({ phase: 'creating' })
    first.close()
    locks.closeHolders()
    await pass(60_000)
    expect(other.result.current.status).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
    expect(locks.held).toEqual([])
  })

  test('Two pages that are loaded again while creating report the task once.', async () => {
    const locks = new FakeLocks()
    setLocks(locks)
    const { load, pass, simulator } = await createScene(slowCreate)
    const first = load()
    const { result } = first.show(named)
    await pass(1000, () => result.current.run(input))
    first.close()
    locks.closeHolders()
    const created: string[] = []
    const options = { ...named, onCreated: (taskId: string) => created.push(taskId) }
    const pages = [load().show(options), load().show(options)]
    await pass(60_000)
    expect(pages.map((page) => page.result.current.status)).toEqual(['success', 'success'])
    expect(created).toHaveLength(1)
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('Without locks they create nothing, if their store gives promises.', async () => {
    const { load, pass, simulator, stored } = await createScene()
    const pages = [1, 2].map(() => load({ slowStore: true }).show(named))
    await pass(60_000, () => pages.forEach(({ result }) => result.current.run(input)))
    for (const { result } of pages) {
      const message = expect.stringContaining('navigator.locks')
      expect(result.current).toMatchObject({ error: { kind: 'configuration', message } })
    }
    expect(simulator.journal.tasks).toEqual([])
    expect([...stored]).toEqual([])
  })

  test('A browser that refuses locks does not stop a run.', async () => {
    setLocks({ request: () => Promise.reject(new DOMException('Forbidden', 'SecurityError')) })
    const { result, pass, simulator } = await createRun({}, named)
    await pass(60_000, () => result.current.run(input))
    expect(result.current.status).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
  })
})

test('A run without a persistKey uses no locks.', async () => {
  setLocks({ request: () => Promise.reject(new Error('unused')) })
  const { load, pass, simulator } = await createScene()
  const [one, other] = [load().show(), load().show()]
  act(() => {
    one.result.current.run(input)
    other.result.current.run(input)
  })
  await pass(60_000)
  expect(simulator.journal.tasks).toHaveLength(2)
})

test.each([
  ['never answers', 0],
  ['answers after the timeout', 1_000_000],
])('A lock that %s creates nothing, and the error says so.', async (_name, ms) => {
  const { load, pass, simulator, clock } = await createScene()
  const request = (_: string, __: object, hold: () => Promise<void>): Promise<void> =>
    new Promise((resolve) => ms && clock.after(ms, () => void hold().then(resolve)))
  setLocks({ request })
  const { result } = load().show(named)
  await pass(2_000_000, () => result.current.run(input))
  expect(result.current).toMatchObject({ status: 'error', error: { charge: 'none' } })
  expect(simulator.journal.tasks).toEqual([])
})
