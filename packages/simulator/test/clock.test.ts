import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { createRealClock, createVirtualClock } from '../src/index.ts'

test('a virtual clock stands still until it moves, and calls each timer at its time', async () => {
  const clock = createVirtualClock(1000)
  const called: [string, number][] = []
  const timers = { late: 300, soon: 100, later: 900 }
  for (const [name, ms] of Object.entries(timers)) {
    clock.after(ms, () => called.push([name, clock.now()]))
  }
  clock.after(200, () => clock.after(50, () => called.push(['between', clock.now()])))
  await clock.advance(500)
  expect(called).toEqual([
    ['soon', 1100],
    ['between', 1250],
    ['late', 1300],
  ])
  expect(clock.now()).toBe(1500)
  expect(clock.pending).toBe(1)
})

test('a virtual clock jumps from timer to timer until a promise has settled', async () => {
  const clock = createVirtualClock(0)
  clock.after(10_000, () => {})
  const value = await clock.settle(
    new Promise((resolve) => clock.after(5000, () => clock.after(1000, () => resolve('done')))),
  )
  expect(value).toBe('done')
  expect(clock.now()).toBe(6000)
})

test('the virtual clock does not jump over work in flight', async () => {
  const clock = createVirtualClock(0)
  const late = vi.fn<() => void>()
  clock.after(1000, late)
  // A thread answers, which takes more than a few turns.
  const work = clock.during(promisify(pbkdf2)('password', 'salt', 20_000, 32, 'sha256'))
  await clock.settle(work)
  expect(late).not.toHaveBeenCalled()
})

test('a real clock can be set forward, and calls the due timers in order', async () => {
  const clock = createRealClock()
  const called: string[] = []
  clock.after(200_000, () => called.push('second'))
  clock.after(100_000, () => called.push('first'))
  const cancel = clock.after(900_000, () => called.push('never'))
  const before = clock.now()
  await clock.advance(300_000)
  expect(called).toEqual(['first', 'second'])
  expect(clock.now() - before).toBeGreaterThanOrEqual(300_000)
  expect(clock.pending).toBe(1)
  cancel()
  expect(clock.pending).toBe(0)
})

test('a real clock waits longer than a platform timer can', async () => {
  const clock = createRealClock()
  const call = vi.fn<() => void>()
  const cancel = clock.after(2 ** 32, call)
  await new Promise((resolve) => clock.after(5, () => resolve(undefined)))
  expect(call).not.toHaveBeenCalled()
  cancel()
})
