import { act } from '@testing-library/react'
import { afterEach, describe, expect, test } from 'vitest'
import {
  createRun,
  createScene,
  file,
  input,
  leavePage,
  named,
  plain,
  storageKey,
  type Page,
  type Scene,
  type Shown,
} from './page.tsx'

afterEach(leavePage)

describe('one action of the user creates one task', () => {
  test('Retries that TanStack is configured for do not resend a create.', async () => {
    const { load, pass, simulator, requests } = await createScene({
      faults: [{ operation: 'create-task', fault: 'html', times: 'always' }],
    })
    const { result } = load({ direct: true }).show()
    await pass(60_000, () => result.current.run(input))
    expect(result.current).toMatchObject({ status: 'error', error: { kind: 'unconfirmed' } })
    expect(requests()).toEqual(['POST createTask'])
    expect(simulator.journal.tasks).toEqual([])
  })

  test('Two components with one name show one run.', async () => {
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
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('A component that only shows a run keeps the onCreated of the other.', async () => {
    const { load, pass } = await createScene()
    const page = load()
    const created: string[] = []
    const form = page.show({ ...named, onCreated: (taskId) => created.push(taskId) })
    const badge = page.show(named)
    await pass(60_000, () => form.result.current.run(input))
    expect(badge.result.current).toMatchObject({ status: 'success', taskId: created[0] })
    expect(created).toHaveLength(1)
  })
})

describe('a lost response to a create', () => {
  /** A page that loses the response to its create, and a count of later requests to lose. */
  async function loseResponse(laterLosses: number): Promise<Scene & Shown> {
    const scene = await createScene()
    let losses = 0
    const shown = scene
      .load({
        async intercept({ method, url }, send) {
          const response = await send()
          const isCreate = method === 'POST' && url.endsWith('/tasks')
          if (isCreate || (losses > 0 && losses <= laterLosses)) {
            losses += 1
            throw new TypeError('Failed to fetch')
          }
          return response
        },
      })
      .show(named)
    act(() => void shown.result.current.run(input))
    return { ...scene, ...shown }
  }

  test('The hook reads what became of it, and ends with its task.', async () => {
    const { result, pass, requests, simulator } = await loseResponse(0)
    await pass(60_000)
    expect(result.current).toMatchObject({ status: 'success', urls: [expect.any(String)] })
    expect(requests().slice(0, 3)).toEqual(['POST keys', 'POST tasks', 'GET keys'])
    expect(requests().filter((request) => request === 'POST tasks')).toHaveLength(1)
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('The error is unconfirmed while the proxy is unreachable, and resume() asks again.', async () => {
    const { result, pass, requests, simulator } = await loseResponse(20)
    await pass(120_000)
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind: 'unconfirmed', charge: 'possible', idempotencyKey: expect.any(String) },
      taskId: undefined,
      resumable: true,
    })
    // The hook shows it after the client has asked once, with its retries.
    expect(requests().filter((request) => request === 'GET keys')).toHaveLength(5)
    for (let tries = 0; tries < 20 && result.current.status === 'error'; tries += 1) {
      act(() => void result.current.resume())
      expect(result.current).toMatchObject({ status: 'pending', phase: 'creating' })
      await pass(120_000)
    }
    expect(result.current.status).toBe('success')
    expect(requests().filter((request) => request === 'POST tasks')).toHaveLength(1)
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test.each([403, 503])(
    'HTTP %i for a copy that the browser sent does not hide the task.',
    async (status) => {
      const { load, pass, simulator, requests } = await createScene()
      const { result } = load({
        async intercept({ method, url }, send) {
          const response = await send()
          const isCreate = method === 'POST' && url.endsWith('/tasks')
          return isCreate ? new Response('<html>', { status }) : response
        },
      }).show(named)
      act(() => void result.current.run(input))
      await pass(120_000)
      expect(result.current.status).toBe('success')
      expect(requests()).toContain('GET keys')
      expect(simulator.journal.tasks).toHaveLength(1)
    },
  )

  test('A reload asks again too.', async () => {
    const { result, pass, load, unmount, simulator } = await loseResponse(1000)
    await pass(120_000)
    expect(result.current).toMatchObject({ status: 'error', resumable: true })
    unmount()
    const again = load().show(named)
    await pass(60_000)
    expect(again.result.current.status).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('Without a proxy the error says what the client knows, and nothing can be resumed.', async () => {
    const { load, pass, requests, simulator } = await createScene({
      faults: [{ operation: 'create-task', fault: 'reset', accepted: true }],
    })
    const { result } = load({ direct: true }).show()
    await pass(1000, () => result.current.run(input))
    expect(result.current).toMatchObject({
      status: 'error',
      error: { kind: 'unconfirmed', charge: 'possible', cause: expect.any(Error) },
      resumable: false,
    })
    await pass(60_000, () => result.current.resume())
    expect(result.current.status).toBe('error')
    expect(requests()).toEqual(['POST createTask'])
    expect(simulator.journal.tasks).toHaveLength(1)
  })
})

describe('a component that unmounts', () => {
  test.each([
    ['uploading', { image_url: file(), image_size: 'square_hd' } as const],
    ['creating', input],
  ])('While %s, one task is created and reported, and nobody waits.', async (phase, given) => {
    const created: string[] = []
    const { result, unmount, pass, simulator, requests } = await createRun(
      {
        faults: [
          { operation: 'upload-file-stream', fault: 'delay', ms: 5000 },
          { operation: 'create-task', fault: 'delay', ms: 5000 },
        ],
      },
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
      const { load, pass, simulator } = await createScene({
        faults: [{ operation: 'create-task', fault: 'delay', ms: 5000 }],
      })
      const page = load()
      const { result, unmount } = page.show(named)
      await pass(ms, () => result.current.run(input))
      const before = result.current
      unmount()
      const again = page.show(named)
      expect(again.result.current).toMatchObject({
        status: 'pending',
        phase: before.status === 'pending' && before.phase,
      })
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
  pass: Scene['pass'],
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
  test('A reload while waiting creates nothing, polls once and shows the same fields.', async () => {
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
    expect(requests()).toEqual(['GET tasks'])
    expect(plain(again.result.current)).toEqual(plain(before))
    await pass(60_000)
    expect(again.result.current.status).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('A reload after the end shows the same result after one poll.', async () => {
    const { load, pass, requests, asked } = await createScene()
    const before = await runAndClose(pass, load(), 60_000)
    expect(before.status).toBe('success')
    asked.length = 0
    const again = load().show(named)
    await pass(100)
    expect(plain(again.result.current)).toEqual(plain(before))
    expect(requests()).toEqual(['GET tasks'])
  })

  test('While a create is in flight, it waits for the task and calls onCreated.', async () => {
    const { load, pass, simulator, requests, stored } = await createScene({
      faults: [{ operation: 'create-task', fault: 'delay', ms: 15_000 }],
    })
    expect(await runAndClose(pass, load(), 1000)).toMatchObject({ phase: 'creating' })
    const created: string[] = []
    const again = load().show({ ...named, onCreated: (taskId) => created.push(taskId) })
    await pass(10_000)
    expect(again.result.current).toMatchObject({ status: 'pending', phase: 'creating' })
    await pass(60_000, () => again.result.current.run(input))
    expect(again.result.current).toMatchObject({ status: 'success', taskId: created[0] })
    expect(created).toHaveLength(1)
    expect(simulator.journal.tasks).toHaveLength(1)
    expect(requests().filter((request) => request === 'POST tasks')).toHaveLength(1)
    expect(JSON.parse(stored.get(storageKey) ?? '')).toMatchObject({
      taskId: created[0],
      over: 'ended',
    })
  })

  test.each([
    {
      outcome: 'was refused',
      scenario: { credits: 0 },
      error: { kind: 'insufficient-credits', charge: 'none' },
    },
    {
      outcome: 'got an unclear answer',
      scenario: { faults: [{ operation: 'create-task', fault: 'html', times: 'always' }] as const },
      error: { kind: 'unconfirmed', charge: 'possible' },
    },
    {
      outcome: 'did not arrive',
      isLost: true,
      error: { kind: 'connection', charge: 'none' },
    },
  ])('It shows the error: the create $outcome', async ({ scenario, isLost, error }) => {
    const { load, pass, simulator, stored, requests } = await createScene(scenario)
    const page = load({
      async intercept({ url }, send) {
        if (!url.endsWith('/tasks')) {
          return send()
        }
        await (isLost || send())
        return new Promise(() => {})
      },
    })
    expect(await runAndClose(pass, page, 1000)).toMatchObject({ phase: 'creating' })
    const again = load().show(named)
    await pass(60_000)
    expect(again.result.current).toMatchObject({
      status: 'error',
      error,
      taskId: undefined,
      resumable: false,
    })
    expect([...stored]).toEqual([])
    act(() => void again.result.current.resume())
    await pass(60_000, () => again.result.current.retry())
    expect(again.result.current.status).toBe('error')
    expect(requests().filter((request) => request === 'POST tasks')).toHaveLength(1)
    expect(simulator.journal.tasks).toEqual([])
  })

  test('A create that arrives after the reload found it void creates no task.', async () => {
    const { load, pass, simulator } = await createScene()
    let deliver = async (): Promise<unknown> => undefined
    const page = load({
      async intercept({ url }, send) {
        if (!url.endsWith('/tasks')) {
          return send()
        }
        deliver = send
        return new Promise(() => {})
      },
    })
    await runAndClose(pass, page, 1000)
    const again = load().show(named)
    await pass(10_000)
    expect(again.result.current).toMatchObject({ error: { kind: 'connection', charge: 'none' } })
    await Promise.all([deliver(), pass(10_000)])
    expect(simulator.journal.tasks).toEqual([])
    window.dispatchEvent(new Event('click'))
    await pass(60_000, () => again.result.current.run(input))
    expect(again.result.current.status).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('Without a proxy, a create in flight is unconfirmed and never resent.', async () => {
    const { load, pass, simulator, requests } = await createScene({
      faults: [{ operation: 'create-task', fault: 'delay', ms: 5000 }],
    })
    await runAndClose(pass, load({ direct: true }), 1000)
    const again = load({ direct: true }).show(named)
    await pass(1000)
    expect(again.result.current).toMatchObject({
      status: 'error',
      error: { kind: 'unconfirmed' },
      taskId: undefined,
      resumable: false,
    })
    await pass(60_000, () => again.result.current.resume())
    expect(again.result.current).toMatchObject({ status: 'error', resumable: false })
    expect(requests()).toEqual(['POST createTask'])
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('While uploading, the run is idle and nothing is charged.', async () => {
    const { load, pass, simulator } = await createScene({
      faults: [{ operation: 'upload-file-stream', fault: 'hang' }],
    })
    expect(
      await runAndClose(pass, load(), 1000, { image_url: file(), image_size: 'square' }),
    ).toMatchObject({ phase: 'uploading' })
    const again = load().show(named)
    await pass(60_000)
    expect(again.result.current.status).toBe('idle')
    expect(simulator.journal.tasks).toEqual([])
  })

  test('A user who has to sign in first finds the create afterwards.', async () => {
    const { load, pass, simulator } = await createScene({
      faults: [{ operation: 'create-task', fault: 'delay', ms: 5000 }],
    })
    await runAndClose(pass, load(), 1000)
    const signedOut = load({ user: '' })
    const again = signedOut.show(named)
    await pass(10_000)
    expect(again.result.current).toMatchObject({
      status: 'error',
      error: { kind: 'unconfirmed', cause: { kind: 'authentication' } },
      resumable: true,
    })
    signedOut.close()
    const signedIn = load().show(named)
    await pass(60_000)
    expect(signedIn.result.current.status).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
  })
})
