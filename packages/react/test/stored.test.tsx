import { act } from '@testing-library/react'
import { FakeLocks } from 'test-kit/locks'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RunStore } from '../src/index.ts'
import {
  createRun,
  createScene,
  file,
  input,
  leavePage,
  named,
  setLocks,
  slowCreate,
  storageKey,
  type Scene,
  type Shown,
} from './page.tsx'

afterEach(leavePage)

/** A page that finds an entry of an age, in ms by its clock. */
async function find(entry: object, age: number): Promise<Scene & Pick<Shown, 'result'>> {
  const scene = await createScene()
  scene.stored.set(storageKey, JSON.stringify({ ...entry, at: scene.clock.now() - age }))
  const { result } = scene.load().show(named)
  await scene.pass(1000)
  return { ...scene, result }
}

/** A store of these entries. */
const storeOf = (stored: Scene['stored'], more: Partial<RunStore>): RunStore => ({
  getItem: (key) => stored.get(key),
  setItem: (key, value) => stored.set(key, value),
  removeItem: (key) => stored.delete(key),
  ...more,
})

/** Acts after some time of the clock, as a slow store does. */
function after(clock: Scene['clock'], ms: number, act: () => unknown): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, () => {
      act()
      resolve()
    })
  })
}

describe('an entry', () => {
  test('A stored run never holds the input or a URL.', async () => {
    const { load, pass, stored, clock } = await createScene(slowCreate)
    const entries: string[] = []
    const store = storeOf(stored, {
      setItem(key, value) {
        entries.push(value)
        stored.set(key, value)
      },
    })
    const { result } = load().show({ ...named, store })
    const prompt = 'a cat with a secret'
    act(() => void result.current.run(Object.assign({ prompt }, input, { image_url: file() })))
    const startedAt = clock.now()
    await pass(60_000)
    expect(result.current.status).toBe('success')
    const at = expect.any(Number)
    const checksum = expect.stringMatching(/^\d+\.\d+$/)
    expect(entries.map((entry) => JSON.parse(entry))).toEqual([
      { idempotencyKey: expect.any(String), at: startedAt, checksum },
      { taskId: expect.any(String), at, checksum },
      { taskId: expect.any(String), at, over: 'ended', checksum },
    ])
    expect(entries.join()).not.toMatch(/secret|http|square/)
  })

  test.each([{ taskId: 'task_1' }, { idempotencyKey: 'key-1' }])(
    'It is valid for a day: %o.',
    async (entry) => {
      const route = 'taskId' in entry ? 'GET tasks' : 'GET keys'
      expect((await find(entry, 86_390_000)).requests()).toContain(route)
      leavePage()
      const { result, requests } = await find(entry, 86_400_000)
      expect(result.current.status).toBe('idle')
      expect(requests()).toEqual([])
    },
  )

  test('localStorage loses expired runs of all names, and nothing else.', async () => {
    const { load, pass, clock } = await createScene()
    const run = (age: number): string =>
      JSON.stringify({ taskId: 'task_1', at: clock.now() - age, over: 'ended' })
    const entries: [string, string][] = [
      ['apikley:a/b:old', run(86_400_000)],
      ['apikley:a/b:young', run(80_000_000)],
      ['apikley:settings', run(86_400_000)],
      ['apikley:a/b:text', 'not JSON'],
      ['other:a/b:old', run(86_400_000)],
    ]
    for (const entry of entries) {
      localStorage.setItem(...entry)
    }
    load().show({ ...named, store: localStorage })
    await pass(1000)
    const left = entries.filter(([key]) => localStorage.getItem(key) !== null)
    localStorage.clear()
    expect(left).toEqual(entries.slice(1))
  })

  test('A stored run may be from a clock that was set back since.', async () => {
    expect((await find({ idempotencyKey: 'key-1' }, -1000)).requests()).toContain('GET keys')
  })

  test('Showing a result does not renew it.', async () => {
    const { load, pass } = await createScene()
    let page = load()
    const { result } = page.show(named)
    await pass(60_000, () => result.current.run(input))
    const seen: string[] = []
    for (const ms of [40_000_000, 40_000_000, 10_000_000]) {
      page.close()
      await pass(ms)
      page = load()
      const again = page.show(named)
      await pass(1000)
      seen.push(again.result.current.status)
    }
    expect(seen).toEqual(['success', 'success', 'idle'])
  })

  test.each([
    '',
    'null',
    '{"taskId":"task_1"}',
    '{"taskId":"task_1","at":"1765177570132"}',
    '{"taskId":"","at":1765177570132}',
    '{"taskId":{"toString":1},"at":1765177570132}',
    '{"idempotencyKey":7,"at":1765177570132}',
    '{"idempotencyKey":"a b","at":1765177570132}',
    '{"__proto__":{"taskId":"task_1"},"at":1765177570132}',
  ])('A foreign value is ignored: %s', async (value) => {
    const { load, pass, stored, requests } = await createScene()
    stored.set(storageKey, value)
    const { result } = load().show(named)
    await pass(1000)
    expect(result.current).toMatchObject({ status: 'idle' })
    expect(requests()).toEqual([])
  })

  test('A run that fails before it is sent keeps the run of another page.', async () => {
    const { load, pass, stored } = await createScene()
    const offline = async (): Promise<never> => {
      throw new TypeError('Failed to fetch')
    }
    const [one, other] = [load().show(named), load({ intercept: offline }).show(named)]
    await pass(5000, () => one.result.current.run(input))
    const entry = stored.get(storageKey)
    await pass(10, () => other.result.current.run(input))
    for (let waited = 0; other.result.current.status === 'pending' && waited < 100; waited += 1) {
      await pass(100)
    }
    expect(other.result.current).toMatchObject({ error: { kind: 'connection', charge: 'none' } })
    expect(one.result.current.status).toBe('pending')
    expect(stored.get(storageKey)).toBe(entry)
  })

  test('A run is stored in localStorage by default.', async () => {
    const { result, pass } = await createRun({}, { persistKey: 'mine', store: undefined })
    await pass(60_000, () => result.current.run(input))
    const key = 'apikley:ideogram/v3-reframe:mine'
    expect(JSON.parse(localStorage.getItem(key) ?? '')).toMatchObject({ over: 'ended' })
    await pass(1, () => result.current.reset())
    expect(localStorage.getItem(key)).toBeNull()
  })
})

describe('a store that fails or is slow', () => {
  beforeEach(() => setLocks(new FakeLocks()))

  test('Failures do not stop a run.', async () => {
    const { load, pass, simulator } = await createScene()
    const fail = (): never => {
      throw new Error('the quota is used up')
    }
    for (const store of [
      { getItem: fail, setItem: fail, removeItem: fail },
      { getItem: async () => fail(), setItem: async () => fail(), removeItem: async () => fail() },
    ]) {
      const { result } = load().show({ ...named, store })
      await pass(1)
      await pass(60_000, () => result.current.run(input))
      expect(result.current.status).toBe('success')
      act(() => result.current.reset())
      leavePage()
      setLocks(new FakeLocks())
    }
    expect(simulator.journal.tasks).toHaveLength(2)
  })

  test('A full store does not bring back an old task.', async () => {
    const { load, pass, simulator, stored } = await createScene()
    let isFull = false
    const unlessFull = (act: () => unknown): unknown => {
      if (isFull) {
        throw new Error('the quota is used up')
      }
      return act()
    }
    const store = storeOf(stored, {
      setItem: (key, value) => unlessFull(() => stored.set(key, value)),
      removeItem: (key) => unlessFull(() => stored.delete(key)),
    })
    const { result } = load().show({ ...named, store })
    await pass(10_000, () => result.current.run(input))
    isFull = true
    await pass(60_000)
    expect(result.current.status).toBe('success')
    for (const count of [2, 3]) {
      await pass(60_000, () => result.current.retry())
      expect(result.current.status).toBe('success')
      expect(simulator.journal.tasks).toHaveLength(count)
    }
    act(() => result.current.reset())
    await pass(60_000, () => result.current.run(input))
    expect(simulator.journal.tasks).toHaveLength(4)
  })

  test('Writes stay in order when one of them times out.', async () => {
    const { load, pass, simulator, stored, clock } = await createScene({
      faults: [{ operation: 'create-task', fault: 'code', code: 402 }],
    })
    let writes = 0
    const store: RunStore = {
      getItem: async (key) => stored.get(key),
      setItem: (key, value) =>
        after(clock, ++writes === 1 ? 11_000 : 1, () => stored.set(key, value)),
      removeItem: (key) => after(clock, 1, () => stored.delete(key)),
    }
    const first = load()
    const { result } = first.show({ ...named, store })
    await pass(1)
    await pass(30_000, () => result.current.run(input))
    const error = { kind: 'insufficient-credits' }
    expect(result.current).toMatchObject({ status: 'error', error })
    expect([...stored]).toEqual([])
    first.close()
    const again = load().show({ ...named, store })
    await pass(60_000)
    expect(again.result.current.status).toBe('idle')
    expect(simulator.journal.tasks).toEqual([])
  })

  test('A store that never answers delays a run by at most 10 s for each call.', async () => {
    const { load, pass, simulator } = await createScene()
    const dead = (): Promise<null> => new Promise(() => {})
    const store = { getItem: dead, setItem: dead, removeItem: dead }
    const { result } = load().show({ ...named, store })
    await pass(9000, () => result.current.run(input))
    expect(result.current.status).toBe('idle')
    await pass(120_000)
    expect(result.current.status).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('A click while a slow store is read waits for its entry.', async () => {
    const { load, pass, simulator } = await createScene()
    const first = load({ slowStore: true })
    const { result } = first.show(named)
    act(() => {
      result.current.run(input)
      result.current.run(input)
    })
    await pass(10_000)
    expect(result.current).toMatchObject({ phase: 'waiting' })
    first.close()
    const again = load({ slowStore: true }).show(named)
    await pass(60_000, () => again.result.current.run(input))
    expect(again.result.current.status).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
  })
})
