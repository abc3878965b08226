import { act } from '@testing-library/react'
import { afterEach, describe, expect, test } from 'vitest'
import {
  createRun,
  createScene,
  input,
  leavePage,
  named,
  plain,
  slowCreate,
  slowUpload,
  storageKey,
  upload,
  type Page,
  type PageOptions,
  type Scene,
  type Shown,
} from './page.tsx'

afterEach(leavePage)

type Intercept = NonNullable<PageOptions['intercept']>

/** Handles the creates of a page, and sends its other requests. */
const interceptCreates =
  (intercept: Intercept): Intercept =>
  (request, send) =>
    request.method === 'POST' && request.url.endsWith('/tasks') ? intercept(request, send) : send()

const creates = ({ requests }: Scene): number =>
  requests().filter((request) => request === 'POST tasks').length

test('Two components with one name show one run, and keep the onCreated of either.', async () => {
  const { load, pass, simulator } = await createScene()
  const page = load()
  const created: string[] = []
  const form = page.show({ ...named, onCreated: (taskId) => created.push(taskId) })
  const badge = page.show(named)
  act(() => {
    form.result.current.run(input)
    badge.result.current.run(input)
  })
  expect(badge.result.current).toMatchObject({ status: 'pending', phase: 'creating' })
  await pass(60_000)
  expect(badge.result.current).toMatchObject({ status: 'success', taskId: created[0] })
  expect(plain(badge.result.current)).toEqual(plain(form.result.current))
  expect(created).toHaveLength(1)
  expect(simulator.journal.tasks).toHaveLength(1)
})

describe('a lost response to a create', () => {
  test.each([undefined, 403, 503])(
    'The hook reads what became of a create after a dropped connection or HTTP %s.',
    async (status) => {
      const scene = await createScene()
      const intercept = interceptCreates(async (_, send) => {
        await send()
        if (status === undefined) {
          throw new TypeError('Failed to fetch')
        }
        // A proxy answers so to a copy that the browser sent.
        return new Response('<html>', { status })
      })
      const { result } = scene.load({ intercept }).show(named)
      await scene.pass(120_000, () => result.current.run(input))
      expect(result.current).toMatchObject({ status: 'success', urls: [expect.any(String)] })
      expect(scene.requests().slice(0, 3)).toEqual(['POST keys', 'POST tasks', 'GET keys'])
      expect(creates(scene)).toBe(1)
      expect(scene.simulator.journal.tasks).toHaveLength(1)
    },
  )

  /** A page that loses the response to its create, and the responses to some later requests. */
  async function loseResponses(count: number): Promise<Scene & Shown> {
    const scene = await createScene()
    let losses = 0
    const { result, ...shown } = scene
      .load({
        async intercept({ method, url }, send) {
          const response = await send()
          const isCreate = method === 'POST' && url.endsWith('/tasks')
          if (isCreate || (losses > 0 && losses <= count)) {
            losses += 1
            throw new TypeError('Failed to fetch')
          }
          return response
        },
      })
      .show(named)
    await scene.pass(120_000, () => result.current.run(input))
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind: 'unconfirmed', charge: 'possible', idempotencyKey: expect.any(String) },
      taskId: undefined,
      resumable: true,
    })
    return { ...scene, ...shown, result }
  }

  test('The error is unconfirmed while the proxy is unreachable, and resume() asks again.', async () => {
    const scene = await loseResponses(20)
    const { result, pass, requests, simulator } = scene
    // The hook shows it after the client has asked once, with its retries.
    expect(requests().filter((request) => request === 'GET keys')).toHaveLength(5)
    for (let tries = 0; tries < 20 && result.current.status === 'error'; tries += 1) {
      act(() => void result.current.resume())
      expect(result.current).toMatchObject({ status: 'pending', phase: 'creating' })
      await pass(120_000)
    }
    expect(result.current.status).toBe('success')
    expect(creates(scene)).toBe(1)
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('A reload asks again too.', async () => {
    const { pass, load, unmount, simulator } = await loseResponses(1000)
    unmount()
    const again = load().show(named)
    await pass(60_000)
    expect(again.result.current.status).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test.each([
    ['a dropped connection', { fault: 'reset', accepted: true } as const, 1],
    ['an unclear answer', { fault: 'html', times: 'always' } as const, 0],
  ])('Without a proxy, %s is unconfirmed, and nothing is resent.', async (_, fault, charged) => {
    const { load, pass, requests, simulator } = await createScene({
      faults: [{ operation: 'create-task', ...fault }],
    })
    const { result } = load({ direct: true }).show()
    await pass(1000, () => result.current.run(input))
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind: 'unconfirmed', charge: 'possible' },
      resumable: false,
    })
    await pass(60_000, () => result.current.resume())
    expect(result.current.status).toBe('error')
    expect(requests()).toEqual(['POST createTask'])
    expect(simulator.journal.tasks).toHaveLength(charged)
  })
})

describe('a component that unmounts', () => {
  test.each([
    ['uploading', upload],
    ['creating', input],
  ])('While %s, one task is created and reported, and nobody waits.', async (phase, given) => {
    const created: string[] = []
    const { result, unmount, pass, simulator, requests } = await createRun(
      { faults: [...slowUpload.faults, ...slowCreate.faults] },
      { onCreated: (taskId) => created.push(taskId) },
    )
    await pass(1000, () => result.current.run(given))
    expect(result.current).toMatchObject({ phase })
    unmount()
    await pass(600_000)
    expect(simulator.journal.tasks).toHaveLength(1)
    expect(created).toHaveLength(1)
    expect(requests()).not.toContain('GET tasks')
  })

  test.each([1000, 7000, 15_000])(
    'After %i ms its run is still there when it mounts again.',
    async (ms) => {
      const { load, pass, simulator } = await createScene(slowCreate)
      const page = load()
      const { result, unmount } = page.show(named)
      await pass(ms, () => result.current.run(input))
      const phase = ms < 5000 ? 'creating' : 'waiting'
      expect(result.current).toMatchObject({ phase })
      unmount()
      const again = page.show(named)
      expect(again.result.current).toMatchObject({ status: 'pending', phase })
      await pass(60_000)
      expect(again.result.current.status).toBe('success')
      expect(simulator.journal.tasks).toHaveLength(1)
    },
  )

  test('An unmount while waiting ends the polls.', async () => {
    const { result, unmount, pass, requests } = await createRun({ outcomes: [{ state: 'stuck' }] })
    await pass(10_000, () => result.current.run(input))
    unmount()
    const before = requests().length
    await pass(600_000)
    expect(requests()).toHaveLength(before)
  })
})

/** Starts a run on a page, and closes the page after some time. */
async function runAndClose(
  { pass }: Scene,
  page: Page,
  ms: number,
  given: Parameters<Shown['result']['current']['run']>[0] = input,
): Promise<Shown['result']['current']> {
  const { result } = page.show(named)
  await pass(ms, () => result.current.run(given))
  page.close()
  return result.current
}

describe('a reload', () => {
  test.each([
    ['while waiting', 10_000, { status: 'pending', phase: 'waiting' }],
    ['after the end', 60_000, { status: 'success' }],
  ])('A reload %s creates nothing, and shows the same after one poll.', async (_, ms, state) => {
    const scene = await createScene()
    const { load, pass, simulator, requests, asked } = scene
    const before = await runAndClose(scene, load(), ms)
    expect(before).toMatchObject({ ...state, task: { state: expect.any(String) } })
    asked.length = 0
    const again = load().show(named)
    await pass(100)
    expect(requests()).toEqual(['GET tasks'])
    expect(plain(again.result.current)).toEqual(plain(before))
    await pass(60_000)
    expect(again.result.current.status).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('While a create is in flight, it waits for the task and calls onCreated.', async () => {
    const scene = await createScene({
      faults: [{ operation: 'create-task', fault: 'delay', ms: 15_000 }],
    })
    const { load, pass, simulator, stored } = scene
    expect(await runAndClose(scene, load(), 1000)).toMatchObject({ phase: 'creating' })
    const created: string[] = []
    const again = load().show({ ...named, onCreated: (taskId) => created.push(taskId) })
    await pass(10_000)
    expect(again.result.current).toMatchObject({ status: 'pending', phase: 'creating' })
    await pass(60_000, () => again.result.current.run(input))
    expect(again.result.current).toMatchObject({ status: 'success', taskId: created[0] })
    expect(created).toHaveLength(1)
    expect(simulator.journal.tasks).toHaveLength(1)
    expect(creates(scene)).toBe(1)
    const entry = { taskId: created[0], over: 'ended' }
    expect(JSON.parse(stored.get(storageKey) ?? '')).toMatchObject(entry)
  })

  test.each([
    ['was refused', { credits: 0 }, { kind: 'insufficient-credits', charge: 'none' }],
    [
      'got an unclear answer',
      { faults: [{ operation: 'create-task', fault: 'html', times: 'always' }] } as const,
      { kind: 'unconfirmed', charge: 'possible' },
    ],
  ])('It shows the error: the create %s', async (_, scenario, error) => {
    const scene = await createScene(scenario)
    const { load, pass, simulator, stored } = scene
    const intercept = interceptCreates(async (_request, send) => {
      await send()
      return new Promise(() => {})
    })
    await runAndClose(scene, load({ intercept }), 1000)
    const { result } = load().show(named)
    await pass(60_000)
    const state = { status: 'error', error, taskId: undefined, resumable: false }
    expect(result.current).toMatchObject(state)
    expect([...stored]).toEqual([])
    act(() => void result.current.resume())
    await pass(60_000, () => result.current.retry())
    expect(result.current.status).toBe('error')
    expect(creates(scene)).toBe(1)
    expect(simulator.journal.tasks).toEqual([])
  })

  test('A create that arrives after the reload found it void creates no task.', async () => {
    const scene = await createScene()
    const { load, pass, simulator, stored } = scene
    let deliver = async (): Promise<unknown> => undefined
    const intercept = interceptCreates((_request, send) => {
      deliver = send
      return new Promise(() => {})
    })
    await runAndClose(scene, load({ intercept }), 1000)
    const { result } = load().show(named)
    await pass(10_000)
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind: 'connection', charge: 'none' },
      taskId: undefined,
      resumable: false,
    })
    expect([...stored]).toEqual([])
    await Promise.all([deliver(), pass(10_000)])
    expect(simulator.journal.tasks).toEqual([])
    window.dispatchEvent(new Event('click'))
    await pass(60_000, () => result.current.run(input))
    expect(result.current.status).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('Without a proxy, a create in flight is unconfirmed and never resent.', async () => {
    const scene = await createScene(slowCreate)
    const { load, pass, simulator, requests } = scene
    await runAndClose(scene, load({ direct: true }), 1000)
    const { result } = load({ direct: true }).show(named)
    await pass(1000)
    const error = { kind: 'unconfirmed' }
    const state = { status: 'error', error, taskId: undefined, resumable: false }
    expect(result.current).toMatchObject(state)
    await pass(60_000, () => result.current.resume())
    expect(result.current).toMatchObject(state)
    expect(requests()).toEqual(['POST createTask'])
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('While uploading, the run is idle and nothing is charged.', async () => {
    const scene = await createScene({
      faults: [{ operation: 'upload-file-stream', fault: 'hang' }],
    })
    const before = await runAndClose(scene, scene.load(), 1000, upload)
    expect(before).toMatchObject({ phase: 'uploading' })
    const again = scene.load().show(named)
    await scene.pass(60_000)
    expect(again.result.current.status).toBe('idle')
    expect(scene.simulator.journal.tasks).toEqual([])
  })

  test('A user who has to sign in first finds the create afterwards.', async () => {
    const scene = await createScene(slowCreate)
    const { load, pass, simulator } = scene
    await runAndClose(scene, load(), 1000)
    const signedOut = load({ user: '' })
    const { result } = signedOut.show(named)
    await pass(10_000)
    const error = { kind: 'unconfirmed', cause: { kind: 'authentication' } }
    expect(result.current).toMatchObject({ status: 'error', error, resumable: true })
    signedOut.close()
    const signedIn = load().show(named)
    await pass(60_000)
    expect(signedIn.result.current.status).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
  })
})
