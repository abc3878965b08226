import type { ModelInput } from '@apikley/types'
import { act, render } from '@testing-library/react'
import { useEffect, type ReactElement } from 'react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { useRun } from '../src/index.ts'
import { AutomaticRuns, isSameInput } from '../src/same-input.ts'
import { createRun, createScene, file, input, leavePage, plain } from './page.tsx'

afterEach(leavePage)

/** Call it after `createScene`, which restores all mocks. */
const spyOnWarnings = () => vi.spyOn(console, 'warn').mockImplementation(() => {})

type Input = ModelInput<'ideogram/v3-reframe'>

/** A component that runs an input in an effect after each render, as the lint rule suggests. */
function Loop({ given }: { readonly given: Input }): ReactElement {
  const reframe = useRun('ideogram/v3-reframe')
  useEffect(() => {
    reframe.run({ ...given })
  }, [given, reframe])
  return <p>{reframe.status}</p>
}

describe('run() in an effect loop', () => {
  test('A loop of effects creates one task in 30 s, and warns.', async () => {
    const { load, pass, simulator } = await createScene({ latency: 1000 })
    const warn = spyOnWarnings()
    const { container } = render(<Loop given={input} />, { wrapper: load().wrapper })
    await pass(30_000)
    expect(container.textContent).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('retry()'))
    expect(warn.mock.calls.length).toBeLessThan(5)
  })

  test('A loop of effects stops after a refusal.', async () => {
    const { load, pass, requests } = await createScene({ credits: 0 })
    spyOnWarnings()
    const { container } = render(<Loop given={input} />, { wrapper: load().wrapper })
    await pass(30_000)
    expect(container.textContent).toBe('error')
    expect(requests()).toEqual(['POST keys', 'POST tasks'])
  })

  test('With another input in each render it stops after 5 tasks, and warns.', async () => {
    const { load, pass, simulator } = await createScene({ latency: 1000 })
    const warn = spyOnWarnings()
    let renders = 0
    function Changing(): ReactElement {
      const reframe = useRun('ideogram/v3-reframe')
      useEffect(() => {
        renders += 1
        reframe.run({ ...input, image_url: `https://files.example.com/${renders}.png` })
      })
      return <p>{reframe.status === 'error' ? reframe.error.kind : reframe.status}</p>
    }
    const { container } = render(<Changing />, { wrapper: load().wrapper })
    await pass(600_000)
    expect(container.textContent).toBe('configuration')
    expect(simulator.journal.tasks).toHaveLength(5)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('run() of the client'))
    expect(renders).toBeLessThan(100)
  })

  test('Another input creates another task.', async () => {
    const { load, pass, simulator } = await createScene({ latency: 1000 })
    spyOnWarnings()
    const { rerender } = render(<Loop given={input} />, { wrapper: load().wrapper })
    await pass(30_000)
    rerender(<Loop given={{ ...input, image_size: 'square' }} />)
    await pass(30_000)
    expect(simulator.journal.tasks).toHaveLength(2)
  })
})

describe('run() with the same input', () => {
  test.each(['click', 'keydown', 'change', 'drop', 'paste'])(
    'A %s in between creates another task.',
    async (type) => {
      const { load, pass, simulator } = await createScene()
      spyOnWarnings()
      const { result } = load().show()
      await pass(60_000, () => result.current.run(input))
      await pass(60_000, () => result.current.run(input))
      expect(simulator.journal.tasks).toHaveLength(1)
      window.dispatchEvent(new Event(type))
      await pass(60_000, () => result.current.run(input))
      expect(simulator.journal.tasks).toHaveLength(2)
    },
  )

  test('After stop() or reset() it creates another task.', async () => {
    const { load, pass, simulator } = await createScene()
    const warn = spyOnWarnings()
    const { result } = load().show()
    await pass(10_000, () => result.current.run(input))
    act(() => result.current.stop())
    await pass(60_000, () => result.current.run(input))
    act(() => result.current.reset())
    await pass(60_000, () => result.current.run(input))
    expect(simulator.journal.tasks).toHaveLength(3)
    expect(warn).not.toHaveBeenCalled()
  })

  test('React Native has no window events, so each call creates a task.', async () => {
    vi.resetModules()
    const { addEventListener } = window
    Reflect.set(window, 'addEventListener', undefined)
    try {
      const { countUserEvents } = await import('../src/same-input.ts')
      expect(countUserEvents() === countUserEvents()).toBe(false)
    } finally {
      Reflect.set(window, 'addEventListener', addEventListener)
    }
  })
})

test('5 runs an hour need no user, and each action of the user allows 5 more.', () => {
  const runs = new AutomaticRuns()
  const takes = (now: number): boolean[] => Array.from({ length: 6 }, () => runs.take(now))
  expect(takes(0)).toEqual([true, true, true, true, true, false])
  expect(runs.take(3_599_999)).toBe(false)
  expect(takes(3_600_000)).toEqual([true, true, true, true, true, false])
  window.dispatchEvent(new Event('click'))
  expect(takes(3_600_000)).toEqual([true, true, true, true, true, false])
})

describe('isSameInput', () => {
  const one = file()

  test.each<[string, unknown, unknown, boolean]>([
    ['equal objects', { a: [1, { b: 'c' }] }, { a: [1, { b: 'c' }] }, true],
    ['other values', { a: [1, { b: 'c' }] }, { a: [1, { b: 'd' }] }, false],
    ['undefined fields', { a: 1 }, { a: 1, b: undefined }, true],
    ['the same File', { a: one }, { a: one }, true],
    ['another File with the same bytes', { a: one }, { a: file() }, false],
    ['another buffer', { a: new ArrayBuffer(1) }, { a: new ArrayBuffer(1) }, false],
    ['another stream', { a: new Response('a').body }, { a: new Response('b').body }, false],
    ['Files in another order', [one, one], [one, file()], false],
    ['a File and an object', { a: one }, { a: {} }, false],
  ])('%s', (_name, a, b, expected) => {
    expect(isSameInput(a, b)).toBe(expected)
  })

  test('A value that JSON cannot hold is another input.', () => {
    const circular: Record<string, unknown> = {}
    circular.self = circular
    expect(isSameInput(circular, circular)).toBe(false)
  })
})

describe('retry()', () => {
  test('retry() creates another task with the same input.', async () => {
    const { result, pass, simulator } = await createRun()
    await pass(60_000, () => result.current.run(input))
    const before = plain(result.current)
    act(() => {
      result.current.retry()
      result.current.retry()
    })
    expect(result.current).toMatchObject({ status: 'pending', phase: 'creating' })
    await pass(60_000)
    expect(result.current.status).toBe('success')
    expect(plain(result.current)).not.toEqual(before)
    const bodies = simulator.journal.requests.filter(({ body }) => body).map(({ body }) => body)
    expect(bodies).toHaveLength(2)
    expect(bodies[0]).toEqual(bodies[1])
    expect(simulator.journal.tasks).toHaveLength(2)
  })

  test('retry() does nothing while a run is pending, before a run, and after a reload.', async () => {
    const { load, pass, simulator } = await createScene()
    const first = load()
    const { result } = first.show({ persistKey: 'hero' })
    act(() => void result.current.retry())
    expect(result.current.status).toBe('idle')
    act(() => void result.current.run(input))
    await pass(10_000, () => result.current.retry())
    await pass(60_000, () => result.current.retry())
    first.close()
    const again = load().show({ persistKey: 'hero' })
    await pass(1000)
    await pass(60_000, () => again.result.current.retry())
    expect(again.result.current.status).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
  })

  test('After an error it creates a task.', async () => {
    const { result, pass, simulator } = await createRun({
      faults: [{ operation: 'create-task', fault: 'code', code: 402 }],
    })
    await pass(60_000, () => result.current.run(input))
    expect(result.current.status).toBe('error')
    await pass(60_000, () => result.current.retry())
    expect(result.current.status).toBe('success')
    expect(simulator.journal.tasks).toHaveLength(1)
  })
})
