import { act, renderHook } from '@testing-library/react'
import { startTransition, useTransition, version } from 'react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { useRun, type RunOutcome, type UseRunOptions } from '../src/index.ts'
import {
  createRun,
  createScene,
  input,
  leavePage,
  named,
  slowUpload,
  upload,
  type Shown,
} from './page.tsx'

afterEach(leavePage)

const stopped = { status: 'stopped', taskId: expect.any(String) }
const ignored = (reason: string): object => ({ status: 'ignored', reason })

/** Runs an input, acts after a second, and returns what the call resolves to, and the tasks. */
async function outcomeOf(
  scenario: Parameters<typeof createRun>[0],
  given: Parameters<Shown['result']['current']['run']>[0] = input,
  interfere: (shown: Shown) => unknown = () => {},
): Promise<{ outcome: unknown; charged: number }> {
  const scene = await createRun(scenario)
  const outcomes: unknown[] = []
  await scene.pass(
    1000,
    () => void scene.result.current.run(given).then((outcome) => outcomes.push(outcome)),
  )
  await scene.pass(60_000, () => void interfere(scene))
  return { outcome: outcomes[0], charged: scene.simulator.journal.tasks.length }
}

describe('run() resolves to what happened to the call', () => {
  test('After a success, to the value of run() of the client.', async () => {
    const { outcome } = await outcomeOf({})
    expect(outcome).toEqual({
      status: 'success',
      taskId: expect.any(String),
      urls: [expect.any(String)],
      text: '',
      object: expect.any(Object),
      task: expect.objectContaining({ state: 'success' }),
    })
  })

  test.each<[string, object, charged: number, Parameters<typeof outcomeOf>]>([
    [
      'a refusal',
      { status: 'error', error: { kind: 'insufficient-credits' }, resumable: false },
      0,
      [{ credits: 0 }],
    ],
    [
      'a failed task',
      { status: 'error', error: { kind: 'task-failed' }, taskId: expect.any(String) },
      1,
      [{ outcomes: [{ state: 'fail' }] }],
    ],
    [
      'stop() while uploading',
      { status: 'stopped', taskId: undefined },
      0,
      [slowUpload, upload, ({ result }) => result.current.stop()],
    ],
    ['stop() while waiting', stopped, 1, [{}, input, ({ result }) => result.current.stop()]],
    ['reset()', { ...stopped, taskId: undefined }, 1, [{}, input, (s) => s.result.current.reset()]],
    ['an unmount while waiting', stopped, 1, [{}, input, ({ unmount }) => unmount()]],
    ['an unmount while uploading', stopped, 1, [slowUpload, upload, ({ unmount }) => unmount()]],
  ])('After %s.', async (_name, outcome, charged, call) => {
    expect(await outcomeOf(...call)).toMatchObject({ outcome, charged })
  })

  test('A call that does nothing says why.', async () => {
    const { result, pass } = await createRun()
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    expect(await result.current.retry()).toEqual(ignored('no-run'))
    expect(await result.current.resume()).toEqual(ignored('no-run'))
    await pass(1000, () => void result.current.run(input))
    expect(await result.current.run({ ...input, image_size: 'square' })).toEqual(ignored('pending'))
    await pass(60_000)
    expect(await result.current.run(input)).toEqual(ignored('repeated'))
  })

  test('A run of another tab is in flight.', async () => {
    const { load, pass } = await createScene()
    const [one, other] = [load().show(named), load().show(named)]
    await pass(1000, () => void one.result.current.run(input))
    const outcomes: RunOutcome[] = []
    const another = { ...input, image_size: 'square' } as const
    await pass(1000, () => void other.result.current.run(another).then((o) => outcomes.push(o)))
    expect(outcomes).toEqual([ignored('other-tab')])
    expect(other.result.current).toMatchObject({ phase: 'waiting', input: undefined })
  })

  test('A reload and resume() resolve too.', async () => {
    const { load, pass } = await createScene()
    const first = load()
    const shown = first.show(named)
    await pass(1000, () => void shown.result.current.run(input))
    await pass(1000, () => shown.result.current.stop())
    first.close()
    const again = load().show(named)
    await pass(1)
    const outcomes: RunOutcome[] = []
    await pass(60_000, () => void again.result.current.resume().then((o) => outcomes.push(o)))
    expect(outcomes).toMatchObject([{ status: 'success' }])
  })
})

test.skipIf(version.startsWith('18'))('run() is an Action.', async () => {
  const { load, pass } = await createScene({ credits: 0 })
  const { result } = renderHook(
    () => {
      const [isPending, start] = useTransition()
      const { run } = useRun('ideogram/v3-reframe')
      return { isPending, start: () => start(async () => void (await run(input))) }
    },
    { wrapper: load().wrapper },
  )
  act(() => startTransition(() => result.current.start()))
  expect(result.current.isPending).toBe(true)
  await pass(60_000)
  expect(result.current.isPending).toBe(false)
})

test('The input is in the state until the run is forgotten.', async () => {
  const { result, pass } = await createRun()
  expect(result.current.input).toBeUndefined()
  await pass(1000, () => void result.current.run(upload))
  expect(result.current.input).toBe(upload)
  await pass(60_000)
  expect(result.current).toMatchObject({ status: 'success', input: upload })
  act(() => result.current.reset())
  expect(result.current).toMatchObject({ status: 'idle', input: undefined })
})

describe('onSuccess, onError and onSettled', () => {
  function record(): { calls: unknown[][]; options: UseRunOptions<'ideogram/v3-reframe'> } {
    const calls: unknown[][] = []
    return {
      calls,
      options: {
        ...named,
        onSuccess: (...values) => calls.push(['success', ...values]),
        onError: (...values) => calls.push(['error', ...values]),
        onSettled: (...values) => calls.push(['settled', ...values]),
      },
    }
  }
  const result = expect.objectContaining({ urls: [expect.any(String)] })
  const error = expect.objectContaining({ kind: 'insufficient-credits' })

  test.each([
    [
      'a success',
      {},
      [
        ['success', result, input],
        ['settled', result, undefined, input],
      ],
    ],
    [
      'a refusal',
      { credits: 0 },
      [
        ['error', error, input],
        ['settled', undefined, error, input],
      ],
    ],
  ])('They report %s once, and not again after a reload.', async (_name, scenario, expected) => {
    const { load, pass } = await createScene(scenario)
    const { calls, options } = record()
    const page = load()
    const shown = page.show(options)
    await pass(60_000, () => void shown.result.current.run(input))
    expect(calls).toEqual(expected)
    page.close()
    load().show(options)
    await pass(60_000)
    expect(calls).toHaveLength(2)
  })

  test('They report a run that a reload finds pending, without its input.', async () => {
    const { load, pass } = await createScene()
    const page = load()
    const shown = page.show(named)
    await pass(1000, () => void shown.result.current.run(input))
    page.close()
    const { calls, options } = record()
    load().show(options)
    await pass(60_000)
    expect(calls[0]).toEqual(['success', result, undefined])
  })

  test('Their errors are logged, and change nothing.', async () => {
    const onSuccess = async (): Promise<never> => Promise.reject(new Error('the toast failed'))
    const scene = await createRun({}, { onSuccess })
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    await scene.pass(60_000, () => void scene.result.current.run(input))
    expect(scene.result.current.status).toBe('success')
    expect(log).toHaveBeenCalledWith(new Error('the toast failed'))
  })
})
