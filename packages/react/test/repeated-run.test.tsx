import type { ModelInput } from '@apikley/types'
import { act, render } from '@testing-library/react'
import { useEffect, useRef, useState, version, type ReactElement } from 'react'
import { flushSync } from 'react-dom'
import { idle } from 'test-kit/clock'
import { FakeLocks } from 'test-kit/locks'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { useRun, useRuns, type UseRunOptions, type UseRunResult } from '../src/index.ts'
import { checksumOf, LoopGuard } from '../src/loop-guard.ts'
import {
  createRun,
  createScene,
  file,
  input,
  leavePage,
  named,
  plain,
  reportWrites,
  setLocks,
  type Page,
} from './page.tsx'

afterEach(leavePage)

/** Call it after `createScene`, which restores all mocks. */
const spyOnWarnings = () => vi.spyOn(console, 'warn').mockImplementation(() => {})

const MODEL = 'ideogram/v3-reframe'

let inputs = 0
const another = (): ModelInput<typeof MODEL> => {
  inputs += 1
  return { ...input, image_url: `https://files.example.com/${inputs}.png` }
}

interface LoopProps {
  readonly given: ModelInput<typeof MODEL>
  readonly options?: UseRunOptions
}

type Component = () => ReactElement

/** In the oldest React the effects of a list run once more. */
const LIST_RUNS = version.startsWith('18') ? 6 : 5

/** A component that runs an input in an effect after each render, as the lint rule suggests. */
function Loop({ given, options }: LoopProps): ReactElement {
  const reframe = useRun(MODEL, options)
  useEffect(() => {
    reframe.run({ ...given })
  }, [given, reframe])
  return <p>{reframe.status}</p>
}

describe('run() in an effect loop', () => {
  test('A loop of effects stops after a refusal.', async () => {
    const { load, pass, requests } = await createScene({ credits: 0 })
    spyOnWarnings()
    const { container } = render(<Loop given={input} />, { wrapper: load().wrapper })
    await pass(30_000)
    expect(container.textContent).toBe('error')
    expect(requests()).toEqual(['POST keys', 'POST tasks'])
  })

  /** Tests a component with an effect that charges. */
  function testEffect(what: string, charged: number, status: string, Effect: Component): void {
    test(`An effect that ${what} creates ${charged} tasks in an hour, and warns.`, async () => {
      const { load, pass, simulator } = await createScene({ latency: 1000 })
      const warn = spyOnWarnings()
      Object.defineProperty(navigator, 'userActivation', { value: {}, configurable: true })
      const { container } = render(<Effect />, load({ direct: true }))
      await pass(3_500_000)
      Reflect.deleteProperty(navigator, 'userActivation')
      expect(simulator.journal.tasks).toHaveLength(charged)
      expect(container.textContent).toBe(status)
      expect(warn).toHaveBeenCalledWith(expect.stringContaining('Call retry()'))
      expect(warn.mock.calls.length).toBeLessThan(5)
    })
  }

  testEffect('runs after each render', 1, 'success', () => <Loop given={input} />)

  testEffect('runs another input after each render', 5, 'success', () => {
    const r = useRun(MODEL)
    useEffect(() => void r.run(another()))
    return <p>{r.status}</p>
  })

  testEffect('stops its run before the next one', 0, 'error', () => {
    const r = useRun(MODEL)
    useEffect(() => {
      r.run({ ...input })
      return () => r.stop()
    }, [r])
    return <p>{r.status}</p>
  })

  testEffect('resets each result', 5, 'error', () => {
    const r = useRun(MODEL)
    useEffect(() => void (r.status === 'success' ? r.reset() : r.run({ ...input })), [r])
    return <p>{r.status}</p>
  })

  testEffect('retries each end', 5, 'success', () => {
    const r = useRun(MODEL)
    useEffect(() => void (r.status === 'idle' ? r.run({ ...input }) : r.retry()), [r])
    return <p>{r.status}</p>
  })

  testEffect('retries each end of a list', LIST_RUNS, 'success', () => {
    const { runs, add, retry } = useRuns(MODEL)
    const id = runs[0]?.id
    useEffect(() => void add({ ...input }), [add])
    useEffect(() => void (id === undefined || retry(id)), [id, runs, retry])
    return <p>{runs[0]?.status}</p>
  })

  testEffect('makes its file anew', 1, 'success', () => {
    const r = useRun(MODEL)
    useEffect(() => void r.run({ ...input, image_url: file() }), [r])
    return <p>{r.status}</p>
  })

  testEffect('mounts again after each result', 100, 'error', () => {
    const [count, setCount] = useState(0)
    const Child = (): ReactElement => {
      const { run, status } = useRun(MODEL, { onSuccess: () => setCount(count + 1) })
      useEffect(() => void run({ ...input }), [run])
      return <p>{status}</p>
    }
    return <Child key={count} />
  })

  testEffect('clicks the button', 1, 'success', () => {
    const r = useRun(MODEL)
    const button = useRef<HTMLButtonElement>(null)
    useEffect(() => button.current?.click(), [r])
    return (
      <button ref={button} onClick={() => r.run({ ...input })}>
        {r.status}
      </button>
    )
  })

  testEffect('shares its run with an effect of another order of fields', 1, 'success', () => {
    const [one, other] = [useRun(MODEL, named), useRun(MODEL, named)]
    const { image_url, image_size } = input
    useEffect(() => void one.run({ image_url, image_size }), [one, image_url, image_size])
    useEffect(() => void other.run({ image_size, image_url }), [other, image_url, image_size])
    return <p>{one.status}</p>
  })

  test.each([
    ['three reloads', (page: Page, unmount: () => void) => [unmount(), page.close()]],
    ['three tabs', () => []],
  ])('A loop of effects creates one task in %s.', async (_name, leave) => {
    setLocks(new FakeLocks())
    const { load, pass, simulator, stored } = await createScene({ latency: 1000 })
    const warn = spyOnWarnings()
    const report = reportWrites(stored)
    for (let count = 0; count < 3; count += 1) {
      const page = load()
      const options = { ...named, store: page.store }
      const { unmount } = render(<Loop given={input} options={options} />, page)
      await pass(10_000, report)
      leave(page, unmount)
      await pass(10_000, report)
    }
    expect(simulator.journal.tasks).toHaveLength(1)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('retry()'))
  })

  test('Actions of the user elsewhere, and renders, cause no other task.', async () => {
    const { load, pass, simulator } = await createScene({ latency: 1000 })
    spyOnWarnings()
    const { rerender } = render(<Loop given={input} />, load())
    for (let count = 0; count < 100; count += 1) {
      await pass(100, () => window.dispatchEvent(new Event('click')))
      rerender(<Loop given={input} />)
    }
    expect(simulator.journal.tasks).toHaveLength(1)
  })
})

describe('runs that follow each other', () => {
  type Run = UseRunResult<typeof MODEL>['run']
  async function loop(run: Run, count: number): Promise<void> {
    for (const each of Array.from({ length: count }, another)) {
      await run(each)
    }
  }

  /** Tests how a run continues with the next one, in a component whose button was clicked. */
  function testChain(what: string, charged: number, Chain: Component): void {
    test(`After a click, ${what} creates ${charged} tasks in an hour.`, async () => {
      const { load, pass, simulator } = await createScene({ latency: 1000 })
      spyOnWarnings()
      const { getByRole } = render(<Chain />, load({ direct: true }))
      await pass(3_500_000, () => getByRole('button').click())
      expect(simulator.journal.tasks).toHaveLength(charged)
    })
  }

  testChain('a handler that awaits each run', 100, () => {
    const { run } = useRun(MODEL)
    return <button onClick={() => void loop(run, 101)} />
  })

  testChain('a handler that awaits a function around run()', 10, () => {
    const { run } = useRun(MODEL)
    const around: Run = async (given) => {
      const outcome = await run(given)
      return outcome
    }
    return <button onClick={() => void loop(around, 10)} />
  })

  testChain('a handler that awaits something else too', 5, () => {
    const { run } = useRun(MODEL)
    const around: Run = (given) => run(given).finally(idle)
    return <button onClick={() => void loop(around, 10)} />
  })

  testChain('a callback', 10, () => {
    const queue = useRef(Array.from({ length: 9 }, another))
    const { run }: UseRunResult<typeof MODEL> = useRun(MODEL, {
      onSettled(): unknown {
        const next = queue.current.pop()
        return next && run(next)
      },
    })
    return <button onClick={() => void run(input)} />
  })

  testChain('a callback that retries', 5, () => {
    const { run, retry }: UseRunResult<typeof MODEL> = useRun(MODEL, {
      onSettled: (): unknown => retry(),
    })
    return <button onClick={() => void run(input)} />
  })

  testChain('a state that an effect follows', 5, () => {
    const [isOn, setOn] = useState(false)
    const r = useRun(MODEL)
    useEffect(() => void (isOn && r.run(another())), [isOn, r])
    return <button onClick={() => setOn(true)} />
  })

  testChain('a state that is set when a run ends', 5, () => {
    const [count, setCount] = useState(0)
    const { run } = useRun(MODEL)
    useEffect(() => {
      if (count > 0) {
        void run(another()).then(
          ({ status }) => status === 'success' && flushSync(() => setCount(count + 1)),
        )
      }
    }, [count, run])
    return <button onClick={() => setCount(1)} />
  })

  test('Each hour and each action of the user allow 5 more runs, and a refusal keeps the result.', async () => {
    const { result, pass, clock } = await createRun()
    spyOnWarnings()
    const start = clock.now()
    const outcomes: unknown[] = []
    const run = async (): Promise<unknown> => {
      const given = another()
      await pass(60_000, () => void result.current.run(given).then((each) => outcomes.push(each)))
      return outcomes.at(-1)
    }
    const error = { kind: 'configuration', message: expect.stringContaining('useRuns') }
    const allow5 = async (): Promise<void> => {
      for (let count = 0; count < 5; count += 1) {
        expect(await run()).toMatchObject({ status: 'success' })
      }
      const before = result.current
      expect(await run()).toMatchObject({ status: 'error', error })
      expect(result.current).toBe(before)
    }
    await allow5()
    await pass(start + 3_600_000 - clock.now())
    await allow5()
    window.dispatchEvent(new Event('click'))
    await allow5()
  })
})

describe('run() with the same input', () => {
  test('A click, a key, a change, a drop and a paste each allow another task.', async () => {
    const { result, pass, simulator } = await createRun({ latency: 1000 })
    spyOnWarnings()
    for (const type of ['click', 'keydown', 'change', 'drop', 'paste']) {
      window.dispatchEvent(new Event(type))
      await pass(60_000, () => result.current.run(input))
      await pass(60_000, () => result.current.run(input))
    }
    expect(simulator.journal.tasks).toHaveLength(5)
  })

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
      const { countUserEvents } = await import('../src/loop-guard.ts')
      expect(countUserEvents() === countUserEvents()).toBe(false)
    } finally {
      Reflect.set(window, 'addEventListener', addEventListener)
    }
  })
})

test('A run of the user is continued for less than one turn of the event loop.', async () => {
  const guard = new LoopGuard({})
  window.dispatchEvent(new Event('click'))
  guard.take({}, 0, false)
  void guard.onSettle()
  expect(guard.isContinued).toBe(true)
  await idle()
  expect(guard.isContinued).toBe(false)
})

describe('two inputs', () => {
  const one = file()
  const png = (bytes: string, name: string): File => new File([bytes], name, { type: 'image/png' })
  const circular: Record<string, unknown> = {}
  circular.self = circular

  test.each<[string, unknown, unknown, boolean]>([
    ['fields in another order', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }, true],
    ['a new Blob of the same size', { a: one }, { a: file() }, true],
    ['a new buffer of the same size', { a: new ArrayBuffer(1) }, { a: new ArrayBuffer(1) }, true],
    ['other values', { a: [1, { b: 'c' }] }, { a: [1, { b: 'd' }] }, false],
    ['other dates', { a: new Date(1) }, { a: new Date(2) }, false],
    ['a File of another name', { a: png('x', 'a') }, { a: png('x', 'b') }, false],
    ['a File of another size', { a: png('x', 'a') }, { a: png('xy', 'a') }, false],
    ['a File and an object', { a: one }, { a: {} }, false],
    ['a buffer of another size', { a: new Uint8Array(1) }, { a: new Uint8Array(2) }, false],
  ])('%s', (_name, a, b, expected) => {
    expect(checksumOf(a) === checksumOf(b)).toBe(expected)
  })

  test('A value that JSON cannot hold has no checksum.', () => {
    expect([circular, undefined, { a: 1n }].map(checksumOf)).toEqual(Array(3).fill(undefined))
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
})
