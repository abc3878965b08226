import { createAttempts } from '@apikley/server'
import { act, render } from '@testing-library/react'
import { useEffect, type ReactElement } from 'react'
import { afterEach, describe, expect, test } from 'vitest'
import { useRun, type RunStore } from '../src/index.ts'
import { createScene, input, leavePage, type Page, type Scene, type Shown } from './page.tsx'

afterEach(leavePage)

const named = { persistKey: 'hero' }
const file = (): Blob => new Blob(['bytes'], { type: 'image/png' })

describe('one action of the user makes one task', () => {
  test('in StrictMode, when an effect starts the run', async () => {
    const { load, pass, simulator } = await createScene()
    function Page(): ReactElement {
      const { run, status } = useRun('ideogram/v3-reframe')
      useEffect(() => run(input), [run])
      return <p>{status}</p>
    }
    const { getByText } = render(<Page />, { wrapper: load().wrapper })
    await pass(60_000)
    expect(getByText('success')).toBeDefined()
    expect(simulator.journal.bought).toBe(1)
  })

  test('whatever TanStack is told to retry, a failed create is sent as often as the client sends it', async () => {
    const { load, pass, simulator, requests } = await createScene({
      faults: [{ operation: 'create-task', fault: 'html', times: 'always' }],
    })
    const { result } = load({ direct: true }).show()
    act(() => result.current.run(input))
    await pass(60_000)
    expect(result.current).toMatchObject({ status: 'error', error: { kind: 'unconfirmed' } })
    expect(requests()).toEqual(['POST createTask'])
    expect(simulator.journal.bought).toBe(0)
  })

  test('a refusal for the moment is sent again by the client alone', async () => {
    const { load, pass, simulator, requests } = await createScene({
      faults: [{ operation: 'create-task', fault: 'code', code: 429, times: 2 }],
    })
    const { result } = load({ direct: true }).show()
    act(() => result.current.run(input))
    await pass(60_000)
    expect(result.current.status).toBe('success')
    expect(requests().filter((request) => request === 'POST createTask')).toHaveLength(3)
    expect(simulator.journal.bought).toBe(1)
  })

  test('two components under one name show one run', async () => {
    const { load, pass, simulator } = await createScene()
    const page = load()
    const [one, other] = [page.show(named), page.show(named)]
    act(() => {
      one.result.current.run(input)
      other.result.current.run(input)
    })
    expect(other.result.current).toMatchObject({ status: 'pending', phase: 'creating' })
    await pass(60_000)
    expect(one.result.current).toMatchObject({ status: 'success' })
    expect(other.result.current).toMatchObject({
      status: 'success',
      urls: one.result.current.status === 'success' && one.result.current.urls,
    })
    expect(simulator.journal.bought).toBe(1)
  })

  test('of two under one name, one that only shows the run does not take onCreated from the other', async () => {
    const { load, pass } = await createScene()
    const page = load()
    const created: string[] = []
    const form = page.show({ ...named, onCreated: (taskId) => created.push(taskId) })
    const badge = page.show(named)
    act(() => form.result.current.run(input))
    await pass(60_000)
    expect(badge.result.current).toMatchObject({ status: 'success', taskId: created[0] })
    expect(created).toHaveLength(1)
  })

  test('with an object in the input that has no prototype, as some parsers make them', async () => {
    const { load, pass, simulator } = await createScene()
    const { result } = load().show()
    act(() => result.current.run(Object.assign({ ...input }, { more: Object.create(null) })))
    await pass(60_000)
    expect(result.current.status).toBe('success')
    expect(simulator.journal.bought).toBe(1)
  })
})

describe('a component that goes', () => {
  test.each([
    ['uploading', { image_url: file(), image_size: 'square_hd' } as const],
    ['creating', input],
  ])('while %s: the task is made, once, and told; nobody waits for it', async (phase, given) => {
    const { load, pass, simulator, requests } = await createScene({
      faults: [
        { operation: 'upload-file-stream', fault: 'delay', ms: 5000 },
        { operation: 'create-task', fault: 'delay', ms: 5000 },
      ],
    })
    const created: string[] = []
    const { result, unmount } = load().show({ onCreated: (taskId) => created.push(taskId) })
    act(() => result.current.run(given))
    await pass(1000)
    expect(result.current).toMatchObject({ phase })
    unmount()
    await pass(600_000)
    expect(simulator.journal.bought).toBe(1)
    expect(created).toHaveLength(1)
    expect(requests()).not.toContain('GET recordInfo')
  })

  test.each([1000, 7000, 15_000])(
    'after %i ms, and comes back: its run is still there',
    async (ms) => {
      const { load, pass, simulator } = await createScene({
        faults: [{ operation: 'create-task', fault: 'delay', ms: 5000 }],
      })
      const page = load()
      const { result, unmount } = page.show(named)
      act(() => result.current.run(input))
      await pass(ms)
      const before = result.current
      unmount()
      const again = page.show(named)
      expect(again.result.current).toMatchObject({
        status: 'pending',
        phase: before.status === 'pending' && before.phase,
      })
      await pass(60_000)
      expect(again.result.current.status).toBe('success')
      expect(simulator.journal.bought).toBe(1)
    },
  )

  test('while waiting: nothing is asked any more', async () => {
    const { load, pass, requests } = await createScene({ outcomes: [{ state: 'stuck' }] })
    const { result, unmount } = load().show()
    act(() => result.current.run(input))
    await pass(10_000)
    unmount()
    const before = requests().length
    await pass(600_000)
    expect(requests()).toHaveLength(before)
  })
})

/** Starts a run on a page, and closes the page after some time. */
async function runAndClose(
  pass: Scene['pass'],
  page: Page,
  ms: number,
  given: Parameters<Shown['result']['current']['run']>[0] = input,
): Promise<Shown['result']['current']> {
  const { result } = page.show(named)
  act(() => result.current.run(given))
  await pass(ms)
  page.close()
  return result.current
}

describe('a page that is loaded again', () => {
  test('while waiting: no create, one request at the most, and the same fields', async () => {
    const { load, pass, simulator, requests, asked } = await createScene()
    const before = await runAndClose(pass, load(), 10_000)
    expect(before).toMatchObject({
      status: 'pending',
      phase: 'waiting',
      task: { state: 'generating' },
    })
    asked.length = 0
    const again = load().show(named)
    await pass(100)
    expect(requests()).toEqual(['GET recordInfo'])
    expect(plain(again.result.current)).toEqual(plain(before))
    await pass(60_000)
    expect(again.result.current.status).toBe('success')
    expect(simulator.journal.bought).toBe(1)
  })

  test('after the end: the same result, for one request', async () => {
    const { load, pass, requests, asked } = await createScene()
    const before = await runAndClose(pass, load(), 60_000)
    expect(before.status).toBe('success')
    asked.length = 0
    const again = load().show(named)
    await pass(100)
    expect(plain(again.result.current)).toEqual(plain(before))
    expect(requests()).toEqual(['GET recordInfo'])
  })

  test('while creating: the same attempt is made again through the proxy, and gives the same task', async () => {
    const { load, pass, simulator, asked, kept } = await createScene({
      faults: [{ operation: 'create-task', fault: 'delay', ms: 5000 }],
    })
    expect(await runAndClose(pass, load(), 1000)).toMatchObject({ phase: 'creating' })
    const created: string[] = []
    const again = load().show({ ...named, onCreated: (taskId) => created.push(taskId) })
    expect(again.result.current).toMatchObject({ status: 'pending', phase: 'creating' })
    await pass(60_000)
    expect(again.result.current).toMatchObject({ status: 'success', taskId: created[0] })
    expect(simulator.journal.bought).toBe(1)
    const [one, other] = asked.filter(({ method }) => method === 'POST')
    expect(other?.headers.get('idempotency-key')).toBe(one?.headers.get('idempotency-key'))
    expect([one, other].map((request) => request?.headers.get('idempotency-repeat'))).toEqual([
      null,
      expect.stringMatching(/^\d+$/),
    ])
    expect(JSON.parse(kept.get('apikley:ideogram/v3-reframe:hero') ?? '')).toMatchObject({
      taskId: created[0],
      over: 'ended',
    })
  })

  test('while creating, when the request never left, and the proxy can tell: the one task that was asked for is made', async () => {
    const { load, pass, simulator } = await createScene(
      {},
      { attempts: { ...createAttempts(), inMemory: false } },
    )
    await runAndClose(pass, load({ intercept: () => new Promise(() => {}) }), 1000)
    const again = load().show(named)
    await pass(60_000)
    expect(again.result.current.status).toBe('success')
    expect(simulator.journal.bought).toBe(1)
  })

  test('while creating, when the proxy does not know the attempt and cannot tell: unconfirmed, and nothing is bought', async () => {
    const { load, pass, simulator, asked } = await createScene()
    await runAndClose(pass, load({ client: { fetch: () => new Promise(() => {}) } }), 1000)
    const again = load().show(named)
    await pass(1000)
    const unsure = {
      status: 'error',
      error: { kind: 'unconfirmed' },
      taskId: undefined,
      resumable: true,
    }
    expect(again.result.current).toMatchObject(unsure)
    act(() => again.result.current.resume())
    await pass(1000)
    expect(again.result.current).toMatchObject(unsure)
    expect(asked.map(({ headers }) => headers.get('idempotency-repeat'))).toEqual(
      [1, 2].map(() => expect.stringMatching(/^\d+$/)),
    )
    expect(simulator.journal.bought).toBe(0)
  })

  test('while creating, without a proxy: unconfirmed, and never sent again', async () => {
    const { load, pass, simulator, requests } = await createScene({
      faults: [{ operation: 'create-task', fault: 'delay', ms: 5000 }],
    })
    await runAndClose(pass, load({ direct: true }), 1000)
    const again = load({ direct: true }).show(named)
    expect(again.result.current).toMatchObject({
      status: 'error',
      error: { kind: 'unconfirmed' },
      taskId: undefined,
      resumable: false,
    })
    act(() => again.result.current.resume())
    await pass(60_000)
    expect(again.result.current).toMatchObject({ status: 'error', resumable: false })
    expect(requests()).toEqual(['POST createTask'])
    // What the user does now is another action.
    act(() => again.result.current.run(input))
    await pass(60_000)
    expect(again.result.current.status).toBe('success')
    expect(simulator.journal.bought).toBe(2)
  })

  test('while uploading: idle, and nothing is bought', async () => {
    const { load, pass, simulator } = await createScene({
      faults: [{ operation: 'upload-file-stream', fault: 'hang' }],
    })
    expect(
      await runAndClose(pass, load(), 1000, { image_url: file(), image_size: 'square' }),
    ).toMatchObject({ phase: 'uploading' })
    const again = load().show(named)
    await pass(60_000)
    expect(again.result.current.status).toBe('idle')
    expect(simulator.journal.bought).toBe(0)
  })

  test('while creating, by somebody who has to sign in first: the attempt is kept, and can be resumed', async () => {
    const { load, pass, simulator } = await createScene({
      faults: [{ operation: 'create-task', fault: 'delay', ms: 5000 }],
    })
    await runAndClose(pass, load(), 1000)
    const signedOut = load({ user: '' })
    const again = signedOut.show(named)
    await pass(10_000)
    expect(again.result.current).toMatchObject({
      status: 'error',
      error: { kind: 'authentication' },
      resumable: true,
    })
    signedOut.close()
    const signedIn = load().show(named)
    await pass(60_000)
    expect(signedIn.result.current.status).toBe('success')
    expect(simulator.journal.bought).toBe(1)
  })
})

describe('what is remembered', () => {
  /** A page that finds an entry of a certain age, in ms by its clock. */
  async function find(entry: object, age: number): Promise<Scene & Pick<Shown, 'result'>> {
    const scene = await createScene()
    scene.kept.set(
      'apikley:ideogram/v3-reframe:hero',
      JSON.stringify({ ...entry, at: scene.clock.now() - age }),
    )
    const { result } = scene.load().show(named)
    await scene.pass(1000)
    return { ...scene, result }
  }
  const attempt = { attemptId: 'attempt-1', model: 'ideogram/v3-reframe', input }

  test.each([
    ['The proxy may have forgotten an attempt that is older than 9 minutes.', 540_000],
    ['An attempt from the future has an unknown age.', -3_600_000],
  ])('%s It is not repeated.', async (_why, age) => {
    const { requests, pass, result } = await find(attempt, age)
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind: 'unconfirmed' },
      resumable: false,
    })
    act(() => result.current.resume())
    await pass(1000)
    expect(requests()).toEqual([])
  })

  test('An attempt is repeated if the clock was set back by a second meanwhile.', async () => {
    expect((await find(attempt, -1000)).requests()).toEqual(['POST createTask'])
  })

  test('A task is found for a day.', async () => {
    const entry = { taskId: 'task_1' }
    expect((await find(entry, 86_390_000)).requests()).toContain('GET recordInfo')
    leavePage()
    const { result, requests } = await find(entry, 86_400_000)
    expect(result.current.status).toBe('idle')
    expect(requests()).toEqual([])
  })

  test('an attempt that grew old while it was shown is not made again either', async () => {
    const { load, pass, requests } = await createScene({
      faults: [{ operation: 'create-task', fault: 'html', times: 'always' }],
    })
    const { result } = load().show(named)
    act(() => result.current.run(input))
    await pass(1000)
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind: 'unconfirmed' },
      resumable: true,
    })
    await pass(540_000)
    const before = requests().length
    act(() => result.current.resume())
    await pass(1000)
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind: 'unconfirmed' },
      resumable: false,
    })
    expect(requests()).toHaveLength(before)
  })

  test('a result is found for a day, however often it is looked at', async () => {
    const { load, pass } = await createScene()
    let page = load()
    const { result } = page.show(named)
    act(() => result.current.run(input))
    await pass(60_000)
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
    'not JSON',
    'null',
    '[]',
    '{"at":1765177570132}',
    '{"taskId":"task_1"}',
    '{"taskId":"task_1","at":"1765177570132"}',
    '{"taskId":"","at":1765177570132}',
    '{"taskId":{"toString":1},"at":1765177570132}',
    '{"taskId":"task_1","at":9e99}',
    '{"attemptId":"a","model":"another/model","input":{},"at":1765177570132}',
    '{"attemptId":"a","model":"ideogram/v3-reframe","input":"x","at":1765177570132}',
    '{"attemptId":7,"model":"ideogram/v3-reframe","input":{},"at":1765177570132}',
    '{"attemptId":"a b","model":"ideogram/v3-reframe","input":{},"at":1765177570132}',
    '{"attemptId":"a\\u0000","model":"ideogram/v3-reframe","input":{},"at":1765177570132}',
    '{"__proto__":{"taskId":"task_1"},"at":1765177570132}',
  ])('what is not its own is ignored: %s', async (value) => {
    const { load, pass, kept, requests } = await createScene()
    kept.set('apikley:ideogram/v3-reframe:hero', value)
    const { result } = load().show(named)
    await pass(1000)
    expect(result.current).toMatchObject({ status: 'idle' })
    expect(requests()).toEqual([])
  })

  test('is gone after reset', async () => {
    const { load, pass, kept } = await createScene()
    const { result } = load().show(named)
    act(() => result.current.run(input))
    await pass(60_000)
    act(() => result.current.reset())
    await pass(1)
    expect(result.current.status).toBe('idle')
    expect([...kept]).toEqual([])
  })

  test.each<[string, Parameters<typeof createScene>[0], unknown]>([
    ['insufficient-credits', { credits: 0 }, undefined],
    ['task-failed', { outcomes: [{ state: 'fail' }] }, expect.any(String)],
  ])('A run that ended with %s is forgotten.', async (kind, scenario, taskId) => {
    const { load, pass, kept } = await createScene(scenario)
    const { result } = load().show(named)
    act(() => result.current.run(input))
    await pass(60_000)
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind },
      taskId,
      resumable: false,
    })
    expect([...kept]).toEqual([])
  })

  test('a store that fails costs nothing but the memory', async () => {
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
      act(() => result.current.run(input))
      await pass(60_000)
      expect(result.current.status).toBe('success')
      act(() => result.current.reset())
      leavePage()
    }
    expect(simulator.journal.bought).toBe(2)
  })

  test('a store that becomes full brings no old task back: each click buys one', async () => {
    const { load, pass, simulator, kept } = await createScene()
    let isFull = false
    const unlessFull = <Value,>(act: () => Value): Value => {
      if (isFull) {
        throw new Error('the quota is used up')
      }
      return act()
    }
    const store: RunStore = {
      getItem: (key) => kept.get(key),
      setItem: (key, value) => unlessFull(() => kept.set(key, value)),
      removeItem: (key) => unlessFull(() => kept.delete(key)),
    }
    const { result } = load().show({ ...named, store })
    act(() => result.current.run(input))
    await pass(10_000)
    isFull = true
    await pass(60_000)
    expect(result.current.status).toBe('success')
    for (const bought of [2, 3]) {
      act(() => result.current.run(input))
      await pass(60_000)
      expect(result.current.status).toBe('success')
      expect(simulator.journal.bought).toBe(bought)
    }
    act(() => result.current.reset())
    act(() => result.current.run(input))
    await pass(60_000)
    expect(simulator.journal.bought).toBe(4)
  })

  test('a store that is slow to write brings no old task back either', async () => {
    const { load, pass, simulator, kept, clock } = await createScene()
    const store: RunStore = {
      getItem: async (key) => kept.get(key),
      setItem: (key, value) => after(clock, 5000, () => kept.set(key, value)),
      removeItem: (key) => after(clock, 5000, () => kept.delete(key)),
    }
    const { result } = load().show({ ...named, store })
    await pass(1)
    act(() => result.current.run(input))
    for (let waited = 0; waited < 60_000 && result.current.status !== 'success'; waited += 100) {
      await pass(100)
    }
    act(() => result.current.run(input))
    await pass(60_000)
    expect(result.current.status).toBe('success')
    expect(simulator.journal.bought).toBe(2)
  })

  test('a store that never comes to an end with the id keeps nobody waiting for it', async () => {
    const { load, pass, kept } = await createScene()
    const created: string[] = []
    const store: RunStore = {
      getItem: (key) => kept.get(key),
      setItem: (_key, value) => (value.includes('taskId') ? new Promise(() => {}) : undefined),
      removeItem: () => {},
    }
    const { result } = load().show({ ...named, store, onCreated: (taskId) => created.push(taskId) })
    act(() => result.current.run(input))
    await pass(60_000)
    expect(created).toHaveLength(1)
    expect(result.current.status).toBe('success')
  })

  test('a store that is slower than it is waited for keeps the order: what was refused is not bought by a page that is loaded again', async () => {
    const { load, pass, simulator, kept, clock } = await createScene({
      faults: [{ operation: 'create-task', fault: 'code', code: 402 }],
    })
    let writes = 0
    const store: RunStore = {
      getItem: async (key) => kept.get(key),
      setItem: (key, value) =>
        after(clock, ++writes === 1 ? 11_000 : 1, () => kept.set(key, value)),
      removeItem: (key) => after(clock, 1, () => kept.delete(key)),
    }
    const first = load()
    const { result } = first.show({ ...named, store })
    await pass(1)
    act(() => result.current.run(input))
    await pass(30_000)
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind: 'insufficient-credits' },
    })
    expect([...kept]).toEqual([])
    first.close()
    const again = load().show({ ...named, store })
    await pass(60_000)
    expect(again.result.current.status).toBe('idle')
    expect(simulator.journal.bought).toBe(0)
  })

  test('a store that never answers holds nobody up for ever', async () => {
    const { load, pass, simulator } = await createScene()
    const dead = (): Promise<null> => new Promise(() => {})
    const { result } = load().show({
      ...named,
      store: { getItem: dead, setItem: dead, removeItem: dead },
    })
    act(() => result.current.run(input))
    await pass(9000)
    expect(result.current.status).toBe('idle')
    await pass(120_000)
    expect(result.current.status).toBe('success')
    expect(simulator.journal.bought).toBe(1)
  })

  test("is in the browser's own store, unless there is another", async () => {
    const { load, pass } = await createScene()
    const { result } = load().show({ persistKey: 'mine', store: undefined })
    act(() => result.current.run(input))
    await pass(60_000)
    expect(
      JSON.parse(localStorage.getItem('apikley:ideogram/v3-reframe:mine') ?? ''),
    ).toMatchObject({ over: 'ended' })
    act(() => result.current.reset())
    await pass(1)
    expect(localStorage.getItem('apikley:ideogram/v3-reframe:mine')).toBeNull()
  })

  test('a click while a slow store is read waits for what it finds', async () => {
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
    act(() => again.result.current.run(input))
    await pass(60_000)
    expect(again.result.current.status).toBe('success')
    expect(simulator.journal.bought).toBe(1)
  })
})

describe('another page with the same name', () => {
  test('shows the run that is under way, instead of buying another', async () => {
    const { load, pass, simulator } = await createScene({
      faults: [{ operation: 'upload-file-stream', fault: 'delay', ms: 5000 }],
    })
    const [one, other] = [load().show(named), load().show(named)]
    act(() => one.result.current.run({ image_url: file(), image_size: 'square' }))
    await pass(1000)
    act(() => other.result.current.run(input))
    await pass(1000)
    expect(other.result.current).toMatchObject({ phase: 'waiting' })
    await pass(60_000)
    expect(one.result.current.status).toBe('success')
    expect(plain(other.result.current)).toEqual(plain(one.result.current))
    expect(simulator.journal.bought).toBe(1)
    // That one has ended; now another can begin.
    act(() => one.result.current.run(input))
    await pass(60_000)
    act(() => other.result.current.run(input))
    await pass(60_000)
    expect(simulator.journal.bought).toBe(3)
  })
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

/** A state without its functions. */
function plain(state: object): unknown {
  return JSON.parse(JSON.stringify(state))
}
