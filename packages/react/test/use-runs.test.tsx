import { act, renderHook } from '@testing-library/react'
import { FakeLocks } from 'test-kit/locks'
import { afterEach, describe, expect, test } from 'vitest'
import { useRuns, type RunOutcome, type UseRunsOptions, type UseRunsResult } from '../src/index.ts'
import {
  createScene,
  input,
  leavePage,
  reportWrites,
  setLocks,
  type Page,
  type Scene,
} from './page.tsx'

afterEach(leavePage)

type List = UseRunsResult<'ideogram/v3-reframe'>

function show(page: Page, options: UseRunsOptions<'ideogram/v3-reframe'> = {}): { current: List } {
  const { store } = page
  return renderHook(() => useRuns('ideogram/v3-reframe', { store, ...options }), {
    wrapper: page.wrapper,
  }).result
}

const inputs = (count: number): (typeof input)[] =>
  Array.from({ length: count }, (_, index) => ({
    ...input,
    image_url: `https://files.example.com/${index}.png` as typeof input.image_url,
  }))

const phases = ({ current }: { current: List }): string[] =>
  current.runs.map((run) => (run.status === 'pending' ? run.phase : run.status))

async function add(
  { pass }: Scene,
  list: { current: List },
  count: number,
  ms = 1000,
): Promise<RunOutcome[]> {
  const outcomes: RunOutcome[] = []
  await pass(ms, () => {
    for (const each of inputs(count)) {
      void list.current.add(each).then((outcome) => outcomes.push(outcome))
    }
  })
  return outcomes
}

test('Thirty runs succeed behind the default limits of the proxy.', async () => {
  const scene = await createScene({ latency: 8000 })
  const list = show(scene.load())
  const outcomes = await add(scene, list, 30)
  for (let minutes = 0; minutes < 15 && outcomes.length < 30; minutes += 1) {
    await scene.pass(60_000)
  }
  expect(outcomes.map(({ status }) => status)).toEqual(Array(30).fill('success'))
  expect(phases(list)).toEqual(Array(30).fill('success'))
  expect(scene.simulator.journal.tasks).toHaveLength(30)
}, 60_000)

test('Runs start in order, as many at a time as concurrency says.', async () => {
  const scene = await createScene()
  const list = show(scene.load(), { concurrency: 2 })
  await add(scene, list, 4)
  expect(phases(list)).toEqual(['waiting', 'waiting', 'queued', 'queued'])
  expect(list.current.runs.map((run) => run.input)).toEqual(inputs(4))
  await scene.pass(25_000)
  expect(phases(list)).toEqual(['success', 'success', 'waiting', 'waiting'])
})

describe('a run of a list', () => {
  test('remove() of a queued run charges nothing, and the next one moves up.', async () => {
    const scene = await createScene()
    const list = show(scene.load(), { concurrency: 1 })
    const outcomes = await add(scene, list, 3)
    const [, second] = list.current.runs
    await scene.pass(60_000, () => list.current.remove(second?.id ?? ''))
    expect(outcomes.map(({ status }) => status)).toEqual(['stopped', 'success', 'success'])
    expect(phases(list)).toEqual(['success', 'success'])
    expect(scene.simulator.journal.tasks).toHaveLength(2)
  })

  test('retry() creates another task of the same run, when its turn comes.', async () => {
    const scene = await createScene({
      faults: [{ operation: 'create-task', fault: 'code', code: 402 }],
    })
    const list = show(scene.load(), { concurrency: 1 })
    await add(scene, list, 2, 60_000)
    expect(phases(list)).toEqual(['error', 'success'])
    const outcomes: unknown[] = []
    const [first] = list.current.runs
    await scene.pass(60_000, () => {
      void list.current.retry(first?.id ?? '').then(({ status }) => outcomes.push(status))
    })
    expect(outcomes).toEqual(['success'])
    expect(scene.simulator.journal.tasks).toHaveLength(2)
    expect(await list.current.retry('unknown')).toEqual({ status: 'ignored', reason: 'no-run' })
  })

  test('resume() waits again after a timeout.', async () => {
    const scene = await createScene({ latency: 100_000 })
    const list = show(scene.load(), { timeout: 60_000 })
    await add(scene, list, 1, 65_000)
    expect(list.current.runs).toMatchObject([{ status: 'error', error: { kind: 'timeout' } }])
    const [first] = list.current.runs
    await scene.pass(60_000, () => void list.current.resume(first?.id ?? ''))
    expect(phases(list)).toEqual(['success'])
    expect(scene.simulator.journal.tasks).toHaveLength(1)
  })
})

test('A reload finds the runs that were sent, and no others.', async () => {
  const scene = await createScene()
  const options = { persistKey: 'list', concurrency: 2 }
  const page = scene.load()
  const before = show(page, options)
  await add(scene, before, 3)
  const ids = before.current.runs.map(({ id }) => id)
  page.close()
  const again = show(scene.load(), options)
  await scene.pass(1)
  expect(again.current.runs.map(({ id }) => id)).toEqual(ids.slice(0, 2))
  await scene.pass(60_000)
  expect(phases(again)).toEqual(['success', 'success'])
  expect(scene.simulator.journal.tasks).toHaveLength(2)
  expect(JSON.stringify([...scene.stored])).not.toContain('example.com')
  await scene.pass(1, () => again.current.runs.forEach(({ id }) => again.current.remove(id)))
  expect(again.current.runs).toEqual([])
  expect(JSON.stringify([...scene.stored])).not.toMatch(ids.slice(0, 2).join('|'))
})

test('Lists of two tabs and of two components are merged.', async () => {
  const scene = await createScene()
  const options = { persistKey: 'list' }
  const page = scene.load()
  const [one, twin, other] = [show(page, options), show(page, options), show(scene.load(), options)]
  await add(scene, one, 1)
  await add(scene, other, 1)
  expect(twin.current.runs).toEqual(one.current.runs)
  const again = show(scene.load(), options)
  await scene.pass(60_000)
  expect(phases(again)).toEqual(['success', 'success'])
  expect(scene.simulator.journal.tasks).toHaveLength(2)
})

test('A tab shows a queued run of another tab when it is sent.', async () => {
  setLocks(new FakeLocks())
  const scene = await createScene()
  const options = { persistKey: 'list', concurrency: 1 }
  const [one, other] = [show(scene.load(), options), show(scene.load(), options)]
  const report = reportWrites(scene.stored)
  await add(scene, one, 2)
  await scene.pass(1, report)
  expect(phases(one)).toEqual(['waiting', 'queued'])
  expect(phases(other)).toEqual(['waiting'])
  await scene.pass(25_000)
  await scene.pass(1, report)
  expect(phases(other)).toEqual(['success', 'waiting'])
  await scene.pass(60_000)
  const again = show(scene.load(), options)
  await scene.pass(1000)
  expect(phases(again)).toEqual(['success', 'success'])
  expect(scene.simulator.journal.tasks).toHaveLength(2)
})

test('Without a model, the list takes runs of all models.', async () => {
  const models = ['ideogram/v3-reframe', 'elevenlabs/speech-to-text'] as const
  const scene = await createScene({}, { models })
  const { result } = renderHook(() => useRuns(), { wrapper: scene.load().wrapper })
  await scene.pass(60_000, () => {
    void result.current.add(models[0], input)
    void result.current.add(models[1], { audio_url: 'https://files.example.com/a.mp3' })
  })
  expect(result.current.runs).toMatchObject(models.map((model) => ({ model, status: 'success' })))
})

test('An effect that adds in each render stops after 100 tasks.', async () => {
  const scene = await createScene()
  const list = show(scene.load())
  await add(scene, list, 1)
  const ignored: unknown[] = []
  await act(async () => {
    for (const each of inputs(120)) {
      void list.current.add(each).then((outcome) => outcome.status === 'ignored' && ignored.push(1))
    }
  })
  expect(list.current.runs).toHaveLength(100)
  expect(ignored).toHaveLength(21)
})
